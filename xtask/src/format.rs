//! `cargo xtask format`: Rust by rustfmt, JavaScript by dprint.

use std::process::ExitCode;

use anyhow::Result;

use crate::dprint;
use crate::wasmtime;
use crate::workspace;

/// The workspace, and packages that are none of it.
const PACKAGES: &[&str] = &[
  "Cargo.toml",
  "examples/mixed-app/totals/Cargo.toml",
  "examples/mixed-app/words/Cargo.toml",
  "examples/spin-app/Cargo.toml",
  "fuzz/Cargo.toml",
  wasmtime::MANIFEST,
];

/// Formats everything, or with `check` tells what is not formatted.
///
/// # Errors
///
/// When a formatter cannot be had or started.
pub(crate) fn run(check: bool) -> Result<ExitCode> {
  for package in PACKAGES {
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
