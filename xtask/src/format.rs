//! `cargo xtask format`: Rust by rustfmt, JavaScript by dprint.

use std::process::ExitCode;

use anyhow::Result;

use crate::dprint;
use crate::wasmtime;
use crate::workspace;

/// Formats everything, or with `check` tells what is not formatted.
///
/// # Errors
///
/// When a formatter cannot be had or started.
pub(crate) fn run(check: bool) -> Result<ExitCode> {
  for package in ["Cargo.toml", "fuzz/Cargo.toml", wasmtime::MANIFEST] {
    let mut rustfmt = workspace::cargo();
    rustfmt.args(["fmt", "--manifest-path", package, "--all"]);
    if check {
      rustfmt.arg("--check");
    }
    let formatted = workspace::status(&mut rustfmt)?;
    if !formatted.success() {
      return Ok(workspace::exit_code(formatted));
    }
  }
  Ok(dprint::run(check)?.map_or(ExitCode::SUCCESS, workspace::exit_code))
}
