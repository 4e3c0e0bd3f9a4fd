//! What a WebAssembly file asks of its host.

use std::collections::BTreeSet;
use std::path::Path;

use wasmparser::Parser;
use wasmparser::Payload;

/// The names of interfaces and modules that a file imports, as far as it can be read.
pub(crate) fn imports_of(file: &Path) -> BTreeSet<String> {
  let bytes = std::fs::read(file).unwrap_or_default();
  let mut names = BTreeSet::new();
  for payload in Parser::new(0).parse_all(&bytes).map_while(Result::ok) {
    match payload {
      Payload::ComponentImportSection(imports) => {
        names.extend(imports.into_iter().filter_map(Result::ok).map(|import| import.name.0.to_string()));
      }
      Payload::ImportSection(imports) => {
        let imports = imports.into_imports().filter_map(Result::ok);
        names.extend(imports.map(|import| import.module.to_string()));
      }
      _ => {}
    }
  }
  names
}
