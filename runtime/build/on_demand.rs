//! The module that has the imports of those that are loaded on demand.

use deno_core::ExtensionFileSource;

/// The text of `ext:plugbay/on_demand_imports.js`: for each of `files`, which of them it imports.
///
/// # Panics
///
/// When they import one another in a circle.
pub(crate) fn module(files: &[ExtensionFileSource]) -> String {
  let imports = files.iter().map(|file| {
    let text = file.load().expect("the snapshot reads it too");
    let is_imported = |other: &&ExtensionFileSource| text.as_str().contains(&format!("from \"{}\";", other.specifier));
    (file.specifier, files.iter().filter(is_imported).map(|other| other.specifier).collect::<Vec<_>>())
  });
  let imports = imports.collect::<Vec<_>>();
  assert_no_circle(&imports);
  let entries = imports.iter().map(|(specifier, imports)| format!("  {specifier:?}: list({imports:?}),\n"));
  format!(
    "import {{ list }} from \"ext:plugbay/own.js\";\n\
    export const IMPORTS = {{\n  __proto__: null,\n{}}};\n",
    entries.collect::<String>()
  )
}

/// Takes away those whose imports are gone, until nothing is left.
fn assert_no_circle(imports: &[(&str, Vec<&str>)]) {
  let mut left = imports.iter().collect::<Vec<_>>();
  while !left.is_empty() {
    let names = left.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    let count = left.len();
    left.retain(|(_, imports)| imports.iter().any(|import| names.contains(import)));
    assert!(left.len() < count, "modules that are loaded on demand import one another in a circle: {names:?}");
  }
}
