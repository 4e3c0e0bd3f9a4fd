//! `cargo xtask lint`: format, links, JavaScript, dependencies and clippy.

use std::process::ExitCode;

use anyhow::Result;

use crate::deny;
use crate::links;
use crate::oxlint;
use crate::setup;
use crate::toolchain;
use crate::workspace;

pub(crate) fn run() -> Result<ExitCode> {
  let formatted = workspace::status(workspace::cargo().args(["fmt", "--all", "--check"]))?;
  if !formatted.success() {
    return Ok(workspace::exit_code(formatted));
  }
  links::check()?;
  if let Some(linted) = oxlint::run()?.filter(|linted| !linted.success()) {
    return Ok(workspace::exit_code(linted));
  }
  let allowed = deny::run()?;
  if !allowed.success() {
    return Ok(workspace::exit_code(allowed));
  }
  // Clippy runs the build scripts, and with them V8's and SQLite's.
  toolchain::check_c_compiler()?;
  setup::run()?;
  let clippy = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
  Ok(workspace::exit_code(workspace::status(workspace::cargo().args(clippy))?))
}
