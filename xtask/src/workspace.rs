//! Where things are, and how to run cargo on them.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;
use std::process::ExitStatus;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

/// The top directory of the repository.
pub(crate) fn root() -> PathBuf {
  // What cargo says now: two checkouts with one target directory may share a binary that was compiled in the other.
  let xtask = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
  Path::new(&xtask).parent().expect("xtask is in a directory of the repository").to_owned()
}

/// The cargo that runs this, in the top directory.
pub(crate) fn cargo() -> Command {
  let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
  command.current_dir(root());
  command
}

/// What cargo says of the packages of this repository.
pub(crate) fn metadata() -> Result<serde_json::Value> {
  let output = cargo().args(["metadata", "--no-deps", "--format-version=1"]).output().context("cannot run cargo")?;
  ensure!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
  serde_json::from_slice(&output.stdout).context("cargo metadata is not JSON")
}

/// The directory cargo builds in, wherever environment and configuration put it.
pub(crate) fn target_dir() -> Result<PathBuf> {
  let metadata = metadata()?;
  let target_dir = metadata["target_directory"].as_str().context("cargo metadata names no target_directory")?;
  Ok(PathBuf::from(target_dir))
}

/// The text of a file.
pub(crate) fn read(path: &Path) -> Result<String> {
  fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The files in a directory and in those in it that have one of the extensions. Directories of a name in `skipped` and
/// links are not followed.
pub(crate) fn files(directory: &Path, extensions: &[&str], skipped: &[&str]) -> Result<Vec<PathBuf>> {
  let mut found = Vec::new();
  for entry in fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))? {
    let entry = entry?;
    let (path, name) = (entry.path(), entry.file_name());
    let is_wanted = || path.extension().is_some_and(|extension| extensions.iter().any(|wanted| extension == *wanted));
    match entry.file_type()? {
      kind if kind.is_dir() && !skipped.iter().any(|skipped| name == *skipped) => {
        found.extend(files(&path, extensions, skipped)?);
      }
      kind if kind.is_file() && is_wanted() => found.push(path),
      _ => {}
    }
  }
  Ok(found)
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
