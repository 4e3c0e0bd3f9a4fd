//! `cargo deny`: licences, sources and advisories of the crates, as deny.toml has it. It is built once, into the target folder.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;

use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

const VERSION: &str = "0.20.2";

/// # Errors
///
/// When cargo-deny cannot be built.
pub(crate) fn run() -> Result<ExitStatus> {
  let binary = binary()?;
  let deny = |arguments: &[&str]| {
    let mut command = Command::new(&binary);
    command.current_dir(workspace::root()).args(["--all-features", "--locked"]).args(arguments);
    command
  };
  let fetched = workspace::status(deny(&["fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null()))?;
  let mut checks = vec!["check", "bans", "licenses", "sources"];
  match fetched.success() {
    true => checks.push("advisories"),
    false => eprintln!("the database of advisories cannot be had: they are not looked at"),
  }
  workspace::status(&mut deny(&checks))
}

/// The path of cargo-deny.
fn binary() -> Result<PathBuf> {
  let folder = workspace::target_dir()?.join("cargo-deny").join(VERSION);
  let binary = folder.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX));
  if binary.is_file() {
    return Ok(binary);
  }
  let build = folder.join("build");
  let mut install = workspace::cargo();
  // What it does takes a second either way.
  install.args(["install", "cargo-deny", "--version", VERSION, "--locked", "--debug", "--root"]).arg(&folder);
  install.arg("--target-dir").arg(&build).env("CARGO_PROFILE_DEV_DEBUG", "0");
  ensure!(workspace::status(&mut install)?.success(), "cargo-deny {VERSION} does not build");
  fs::remove_dir_all(build)?;
  Ok(binary)
}
