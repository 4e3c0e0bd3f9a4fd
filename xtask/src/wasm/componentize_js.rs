//! componentize-js, which makes components of JavaScript: packages of the npm registry, kept in the target directory,
//! and a Node.js with npm that are there already.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use anyhow::anyhow;
use sha2::Digest;
use sha2::Sha256;

use super::Missing;
use super::node;
use super::node::NodeTool;
use super::on_path;
use super::stdout;
use crate::whole;

/// What is installed: the package and, by their hashes, all that it depends on.
const FILES: [(&str, &str); 2] = [
  ("package.json", include_str!("componentize_js/package.json")),
  ("package-lock.json", include_str!("componentize_js/package-lock.json")),
];
/// Its command, and that of jco, which it comes with.
const CLI: &str = "node_modules/@bytecodealliance/componentize-js/src/cli.js";
const JCO: &str = "../../jco/src/jco.js";

/// Finds Node.js, and the packages or downloads them.
pub(super) fn find(target_dir: &Path) -> Result<NodeTool, Missing> {
  let missing = |tried, remedy: String| Missing { what: "componentize-js", tried: vec![tried], remedy };
  let install = format!("install Node.js {} or newer with npm, https://nodejs.org", node::VERSION);
  let node = node::find().map_err(|tried| missing(tried, install.clone()))?;
  let npm = on_path("npm").ok_or_else(|| missing("there is no npm in PATH to download it".into(), install))?;
  let cli = place(&npm, &target_dir.join("componentize-js"));
  let script = cli.map_err(|error| missing(format!("{error:#}"), "see to the above and do this again".into()))?;
  Ok(NodeTool { builds: "components in JavaScript", node, script })
}

/// The command of jco beside that of componentize-js: it makes modules of JavaScript of components.
pub(super) fn jco(tool: &NodeTool) -> PathBuf {
  tool.script.parent().unwrap_or(Path::new("")).join(JCO)
}

/// Puts the packages into a directory of their versions, unless they are there; gives the path of the command.
fn place(npm: &Path, directory: &Path) -> Result<PathBuf> {
  let hash = FILES.iter().fold(Sha256::new(), |hash, (_, text)| hash.chain_update(text)).finalize();
  let installed = directory.join(&format!("{hash:x}")[..16]);
  let cli = installed.join(CLI);
  if cli.is_file() {
    return Ok(cli);
  }
  whole::make(
    &installed,
    || cli.is_file(),
    |temporary| {
      let packages = temporary.join("whole");
      fs::create_dir(&packages)?;
      for (name, text) in FILES {
        fs::write(packages.join(name), text)?;
      }
      eprintln!("wasm: npm ci of componentize-js, once (some 190 MB)");
      let mut command = Command::new(npm);
      command.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&packages);
      stdout(&mut command).map_err(|error| anyhow!(error))?;
      Ok(packages)
    },
  )?;
  Ok(cli)
}
