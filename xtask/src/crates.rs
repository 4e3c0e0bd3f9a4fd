//! `cargo xtask crates`: the table of crates in ARCHITECTURE.md, and the rules that it states. What a crate imports is
//! below it, and so is what a file of a crate imports.

use std::path::Path;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

use crate::circles;
use crate::generated;
use crate::workspace;

/// The crates of the product, from the lowest to the highest: each may import those above it in this list, and no
/// others of this repository.
const LAYERS: &[&str] = &[
  "plugin_abi",
  "plugin_wire",
  "plugin_api_macros",
  "plugin_api",
  "plugbay_core",
  "plugbay_http",
  "plugbay_sockets",
  "plugbay_services",
  "plugbay_ops",
  "plugbay_lanes",
  "plugin_handshake",
  "plugbay_native",
  "v8_bridge",
  "module_cache",
  "guest_worlds",
  "wasi_preview1",
  "wasm_rewrite",
  "component_plan",
  "guest_component",
  "app_manifest",
  "app_templates",
  "app_doctor",
  "wasm_host",
  "plugbay",
  "plugbay_app",
  "plugbay_cli",
];

/// What a plugin is made of does not know the host, and the other way round.
const OF_PLUGINS: &[&str] = &["plugin_api", "plugin_api_macros"];

/// A crate of the product as it is.
struct Crate {
  name: String,
  directory: String,
  imports: Vec<String>,
  lines: usize,
  unsafe_blocks: usize,
  forbids_unsafe: bool,
  /// The modules whose files import one another in a circle.
  in_circles: Vec<String>,
}

/// Makes the table. With `check` only tells whether it is the one that would be made.
///
/// # Errors
///
/// When a crate imports what it may not, has files that import one another in a circle, or has no
/// `forbid(unsafe_code)` though it could; with `check` when the table is another.
pub(crate) fn run(check: bool) -> Result<()> {
  let crates = read()?;
  for one in &crates {
    check_imports(one)?;
    check_circles(one)?;
    ensure!(
      one.unsafe_blocks > 0 || one.forbids_unsafe,
      "crate {} has no unsafe code: say #![forbid(unsafe_code)] in it",
      one.name
    );
  }
  generated::update("ARCHITECTURE.md", "crates", check, &table(&crates))
}

fn check_imports(one: &Crate) -> Result<()> {
  let place = |name: &str| LAYERS.iter().position(|layer| *layer == name);
  let own =
    place(&one.name).with_context(|| format!("crate {} has no place in LAYERS of xtask/src/crates.rs", one.name))?;
  for import in &one.imports {
    let below =
      place(import).with_context(|| format!("crate {import} has no place in LAYERS of xtask/src/crates.rs"))?;
    ensure!(below < own, "crate {} imports {import}, which does not stand below it", one.name);
    let crosses = OF_PLUGINS.contains(&import.as_str()) && !OF_PLUGINS.contains(&one.name.as_str());
    ensure!(!crosses, "crate {} imports {import}, which is for plugins", one.name);
  }
  Ok(())
}

fn check_circles(one: &Crate) -> Result<()> {
  ensure!(
    one.in_circles.is_empty(),
    "files of crate {} import one another in a circle: {}; move what they share to a file below them",
    one.name,
    one.in_circles.join(", ")
  );
  Ok(())
}

/// The crates in plugin_api/ and runtime/, from the lowest to the highest.
fn read() -> Result<Vec<Crate>> {
  let metadata = workspace::metadata()?;
  let mut crates = Vec::new();
  for package in metadata["packages"].as_array().context("cargo metadata names no packages")? {
    let manifest = Path::new(package["manifest_path"].as_str().context("a package has no manifest")?);
    let directory = manifest.parent().context("a manifest is in a directory")?;
    let directory = directory.strip_prefix(workspace::root()).unwrap_or(directory);
    let is_product = ["plugin_api", "runtime"].iter().any(|top| directory.starts_with(top));
    if !is_product || directory.starts_with("runtime/cli/benches") {
      continue;
    }
    let dependencies = package["dependencies"].as_array().context("a package has no dependencies")?;
    let imports = dependencies.iter().filter(|it| it["kind"].is_null() && it["path"].is_string());
    let mut one = Crate {
      name: package["name"].as_str().context("a package has no name")?.to_string(),
      directory: directory.display().to_string(),
      imports: imports.filter_map(|it| Some(it["name"].as_str()?.to_string())).collect(),
      lines: 0,
      unsafe_blocks: 0,
      forbids_unsafe: false,
      in_circles: circles::find(&manifest.with_file_name("src"))?,
    };
    count(&manifest.with_file_name("src"), &mut one)?;
    crates.push(one);
  }
  crates.sort_by_key(|one| LAYERS.iter().position(|layer| *layer == one.name));
  Ok(crates)
}

fn count(directory: &Path, one: &mut Crate) -> Result<()> {
  for path in workspace::files(directory, &["rs"], &[])? {
    let text = workspace::read(&path)?;
    let code = || text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    one.lines += text.lines().count();
    one.unsafe_blocks += code().map(|line| line.matches("unsafe {").count()).sum::<usize>();
    one.forbids_unsafe |= code().any(|line| line == "#![forbid(unsafe_code)]");
  }
  Ok(())
}

fn table(crates: &[Crate]) -> String {
  let mut table =
    "| crate | folder | imports | lines, in hundreds | unsafe blocks |\n|---|---|---|---|---|\n".to_string();
  for one in crates {
    let imports = one.imports.iter().map(|import| format!("`{import}`")).collect::<Vec<_>>().join(", ");
    let unsafe_blocks = if one.forbids_unsafe { "forbidden".to_string() } else { one.unsafe_blocks.to_string() };
    let row = (
      &one.name,
      &one.directory,
      if imports.is_empty() { "–" } else { &imports },
      one.lines.div_ceil(100),
      unsafe_blocks,
    );
    table.push_str(&format!("| `{}` | `{}/` | {} | {} | {} |\n", row.0, row.1, row.2, row.3, row.4));
  }
  table
}

#[cfg(test)]
mod tests {
  use super::*;

  fn importing(name: &str, imports: &[&str]) -> Crate {
    let imports = imports.iter().map(ToString::to_string).collect();
    Crate {
      name: name.to_string(),
      directory: String::new(),
      imports,
      lines: 1,
      unsafe_blocks: 0,
      forbids_unsafe: true,
      in_circles: Vec::new(),
    }
  }

  #[test]
  fn a_crate_imports_what_stands_below_it() {
    assert!(check_imports(&importing("plugbay_ops", &["plugbay_core", "plugin_abi"])).is_ok());
    for (name, import) in
      [("plugbay_core", "plugbay_ops"), ("plugbay", "plugin_api"), ("plugbay", "xtask"), ("else", "plugin_abi")]
    {
      assert!(check_imports(&importing(name, &[import])).is_err(), "{name} imports {import}");
    }
  }

  #[test]
  fn files_in_circles_are_named() {
    let mut one = importing("plugbay_ops", &[]);
    assert!(check_circles(&one).is_ok());
    one.in_circles = vec!["crate::block".to_string(), "crate::table".to_string()];
    let refused = check_circles(&one).unwrap_err().to_string();
    assert!(refused.contains("plugbay_ops") && refused.contains("crate::block, crate::table"), "{refused}");
  }

  #[test]
  fn a_row_tells_of_a_crate() {
    let made = table(&[importing("plugbay_core", &["plugin_wire"])]);
    assert!(made.ends_with("| `plugbay_core` | `/` | `plugin_wire` | 1 | forbidden |\n"), "{made}");
  }
}
