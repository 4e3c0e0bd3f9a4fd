//! Where things are, and how to run cargo on them.

use std::env;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use std::process::ExitStatus;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

/// The top folder of the repository.
pub(crate) fn root() -> PathBuf {
  // What cargo says now: two checkouts with one target folder may share a binary that was compiled in the other.
  let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
  Path::new(&xtask).parent().expect("xtask is in a folder of the repository").to_owned()
}

/// The cargo that runs this, in the top folder.
pub(crate) fn cargo() -> Command {
  let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
  command.current_dir(root());
  command
}

/// The folder cargo builds in, wherever environment and configuration put it.
pub(crate) fn target_dir() -> Result<PathBuf> {
  let output = cargo().args(["metadata", "--no-deps", "--format-version=1"]).output().context("cannot run cargo")?;
  ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
  let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")?;
  let target_dir = metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?;
  Ok(PathBuf::from(target_dir))
}

/// Runs the command and waits for it.
///
/// # Errors
///
/// When it cannot be started.
pub(crate) fn status(command: &mut Command) -> Result<ExitStatus> {
  command.status().with_context(|| format!("cannot run {}", command.get_program().display()))
}

/// The exit code to end with when the last thing that ran ended with `status`.
pub(crate) fn exit_code(status: ExitStatus) -> ExitCode {
  // None: a signal ended it.
  ExitCode::from(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn the_root_is_the_workspace() {
    assert!(root().join("Cargo.toml").is_file() && root().join("plugin_api/abi").is_dir());
    assert!(target_dir().unwrap().is_absolute());
  }
}
