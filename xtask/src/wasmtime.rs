//! The program in tests/wasmtime/, which tells what wasmtime answers: a package of its own, as those in fuzz/ are.

use std::path::PathBuf;
use std::process::Command;
use std::process::ExitStatus;

use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

/// The variable that tells tests where the program is.
pub(crate) const VARIABLE: &str = "PLUGBAY_WASMTIME";

/// The variable that tells benchmarks where theirs is.
pub(crate) const BENCH_VARIABLE: &str = "PLUGBAY_WASMTIME_BENCH";

/// Where it is described.
pub(crate) const MANIFEST: &str = "tests/wasmtime/Cargo.toml";

/// Builds the program; gives its path.
///
/// # Errors
///
/// When it cannot be built.
pub(crate) fn build() -> Result<PathBuf> {
  let built = workspace::status(&mut cargo("build")?)?;
  ensure!(built.success(), "wasmtime cannot be built");
  Ok(directory()?.join("debug").join("wasmtime_answers").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Builds the program that times components, optimised; gives its path.
///
/// # Errors
///
/// When it cannot be built.
pub(crate) fn build_bench() -> Result<PathBuf> {
  let built = workspace::status(cargo("build")?.args(["--release", "--features", "bench", "--bin", "wasmtime_bench"]))?;
  ensure!(built.success(), "wasmtime cannot be built");
  Ok(directory()?.join("release").join("wasmtime_bench").with_extension(std::env::consts::EXE_EXTENSION))
}

/// Runs clippy on it.
///
/// # Errors
///
/// When cargo cannot be started.
pub(crate) fn lint() -> Result<ExitStatus> {
  workspace::status(cargo("clippy")?.args(["--all-features", "--", "--deny", "warnings"]))
}

fn cargo(command: &str) -> Result<Command> {
  let mut cargo = workspace::cargo();
  cargo.args([command, "--manifest-path", MANIFEST]).env("CARGO_TARGET_DIR", directory()?);
  Ok(cargo)
}

fn directory() -> Result<PathBuf> {
  Ok(workspace::target_dir()?.join("wasmtime"))
}
