//! componentize-js, which makes components of JavaScript: packages of the npm registry, kept in the target directory,
//! and a Node.js with npm that are there already.

use std::fmt;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use anyhow::Result;
use anyhow::anyhow;
use sha2::Digest;
use sha2::Sha256;

use super::Missing;
use super::assemblyscript::NODE;
use super::assemblyscript::node;
use super::on_path;
use super::stdout;

/// What is installed: the package and, by their hashes, all that it depends on.
const FILES: [(&str, &str); 2] = [
  ("package.json", include_str!("componentize_js/package.json")),
  ("package-lock.json", include_str!("componentize_js/package-lock.json")),
];
/// Its command.
const CLI: &str = "node_modules/@bytecodealliance/componentize-js/src/cli.js";

/// The command and what runs it.
#[derive(Debug)]
pub(crate) struct ComponentizeJs {
  node: PathBuf,
  cli: PathBuf,
}

impl ComponentizeJs {
  /// Its command, to be run by Node.js.
  pub(crate) fn path(&self) -> &Path {
    &self.cli
  }

  /// The command, to be given arguments.
  pub(crate) fn command(&self) -> Command {
    let mut command = Command::new(&self.node);
    command.arg(&self.cli);
    command
  }
}

impl fmt::Display for ComponentizeJs {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "components in JavaScript are built with {}, run by {}", self.cli.display(), self.node.display())
  }
}

/// Finds Node.js, and the packages or downloads them.
pub(super) fn find(target_dir: &Path) -> Result<ComponentizeJs, Missing> {
  let missing = |tried, remedy: String| Missing { what: "componentize-js", tried: vec![tried], remedy };
  let install = format!("install Node.js {NODE} or newer with npm, https://nodejs.org");
  let node = node().map_err(|tried| missing(tried, install.clone()))?;
  let npm = on_path("npm").ok_or_else(|| missing("there is no npm in PATH to download it".into(), install))?;
  let cli = place(&npm, &target_dir.join("componentize-js"));
  let cli = cli.map_err(|error| missing(format!("{error:#}"), "see to the above and do this again".into()))?;
  Ok(ComponentizeJs { node, cli })
}

/// Puts the packages into a directory of their versions, unless they are there; gives the path of the command.
fn place(npm: &Path, directory: &Path) -> Result<PathBuf> {
  let hash = FILES.iter().fold(Sha256::new(), |hash, (_, text)| hash.chain_update(text)).finalize();
  let installed = directory.join(&format!("{hash:x}")[..16]);
  let cli = installed.join(CLI);
  if cli.is_file() {
    return Ok(cli);
  }
  fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
  // In the same file system, to be moved into place when it is whole.
  let temporary = tempfile::tempdir_in(directory)?;
  let whole = temporary.path().join("whole");
  fs::create_dir(&whole)?;
  for (name, text) in FILES {
    fs::write(whole.join(name), text)?;
  }
  eprintln!("wasm: npm ci of componentize-js, once (some 190 MB)");
  let mut command = Command::new(npm);
  command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&whole);
  stdout(&mut command).map_err(|error| anyhow!(error))?;
  match fs::rename(&whole, &installed) {
    // Somebody else may have done the same meanwhile.
    Err(_) if cli.is_file() => {}
    renamed => renamed.with_context(|| format!("cannot move the packages to {}", installed.display()))?,
  }
  Ok(cli)
}
