//! Packages of Debian and its kin, where this runs as root, as it does in containers.

use std::process::Command;
use std::sync::OnceLock;

use super::on_path;
use super::stdout;

/// Installs the packages, and says so.
///
/// # Errors
///
/// When that is not possible here, and when it fails, in words.
pub(super) fn install(packages: &[&str]) -> Result<(), String> {
  static UPDATED: OnceLock<Result<(), String>> = OnceLock::new();

  let names = packages.join(" ");
  if on_path("apt-get").is_none() {
    return Err(format!("cannot install {names}: there is no apt-get here"));
  }
  if stdout(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() != "0") {
    return Err(format!("did not install {names}: not root"));
  }
  eprintln!("wasm: apt-get install {names}");
  let failed = |error| format!("cannot install {names}: {error}");
  if stdout(&mut command(packages)).is_ok() {
    return Ok(());
  }
  // The list of packages may be old, or not be there at all.
  UPDATED.get_or_init(|| stdout(apt_get().arg("update")).map(drop)).clone().map_err(failed)?;
  stdout(&mut command(packages)).map(drop).map_err(failed)
}

/// Installs without questions, and rather not at all than in the place of something else.
fn command(packages: &[&str]) -> Command {
  let mut command = apt_get();
  command.args(["install", "--yes", "--no-install-recommends", "--no-remove"]).args(packages);
  command
}

/// Waits for another one that is at work, but not for a network that does not answer.
fn apt_get() -> Command {
  let mut command = Command::new("apt-get");
  command.env("DEBIAN_FRONTEND", "noninteractive");
  command.args(["-qq", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=1"]);
  command.args(["-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20"]);
  command
}
