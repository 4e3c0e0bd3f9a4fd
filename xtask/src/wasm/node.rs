//! Node.js, and tools that it runs.

use std::fmt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use super::on_path;
use super::stdout;

/// Major version of Node.js that the tools ask for.
pub(super) const VERSION: u32 = 20;

/// A tool and what runs it.
#[derive(Debug)]
pub(crate) struct NodeTool {
  /// What is built with it.
  pub(super) builds: &'static str,
  pub(super) node: PathBuf,
  pub(super) script: PathBuf,
}

impl NodeTool {
  /// Its script, to be run by Node.js.
  pub(crate) fn path(&self) -> &Path {
    &self.script
  }

  /// The tool, to be given arguments.
  pub(crate) fn command(&self) -> Command {
    let mut command = Command::new(&self.node);
    command.arg(&self.script);
    command
  }
}

impl fmt::Display for NodeTool {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Self { builds, node, script } = self;
    write!(f, "{builds} are built with {}, run by {}", script.display(), node.display())
  }
}

/// A Node.js that is new enough.
pub(super) fn find() -> Result<PathBuf, String> {
  let node = on_path("node").ok_or("there is no node in PATH to run it")?;
  let version = stdout(Command::new(&node).arg("--version"))?;
  let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
  if major.is_none_or(|major: u32| major < VERSION) {
    return Err(format!("{} is {}, but {VERSION} or newer is needed", node.display(), version.trim()));
  }
  Ok(node)
}
