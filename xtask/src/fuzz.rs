//! `cargo xtask fuzz`: the targets in fuzz/, for a while each, on a stable toolchain.
//!
//! cargo-fuzz itself is not needed: what it would do without a sanitizer is to build with the flags below and to run
//! libFuzzer's binary. The directory is laid out for it, so that `cargo fuzz run TARGET` works for who has it.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::path::absolute;
use std::process::Command;
use std::process::ExitCode;
use std::process::ExitStatus;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use anyhow::ensure;
use tempfile::TempDir;

use crate::toolchain;
use crate::workspace;

/// What tells libFuzzer where the code has been and what it compared. All of it is known to stable compilers.
const FLAGS: &[&str] = &[
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "-Ccodegen-units=1",
  "--cfg=fuzzing",
];

/// The same for every target: seconds that one input may take, megabytes, the longest input and how fast inputs get
/// longer, and what is said: what was found and how much was tried. With the same seed a run that is repeated goes the
/// same way.
const LIMITS: &[&str] = &[
  "-timeout=10",
  "-seed=1",
  "-rss_limit_mb=2048",
  "-max_len=16384",
  "-len_control=0",
  "-verbosity=0",
  "-print_final_stats=1",
];

/// Runs the targets, or only the one; with an input, only that.
pub(crate) fn run(seconds: u64, target: Option<&str>, input: Option<&Path>) -> Result<ExitCode> {
  ensure!(cfg!(unix), "the fuzz targets run on Unix only");
  toolchain::check_c_compiler()?;
  toolchain::check_cpp_compiler()?;
  let targets = targets()?;
  let chosen: Vec<&str> = match target {
    None => targets.iter().map(String::as_str).collect(),
    Some(name) => targets.iter().map(String::as_str).filter(|target| *target == name).collect(),
  };
  ensure!(
    !chosen.is_empty(),
    "there is no fuzz target {:?}; there are {}",
    target.unwrap_or_default(),
    targets.join(", ")
  );
  // The targets run in another directory.
  let input = input.map(absolute).transpose().context("the current directory is gone")?;
  let directory = directory()?;
  let host = host()?;
  let mut cargo = cargo("build", FLAGS)?;
  cargo.args(chosen.iter().flat_map(|target| ["--bin", target]));
  let built = workspace::status(&mut cargo)?;
  if !built.success() {
    return Ok(workspace::exit_code(built));
  }
  let each = (seconds / chosen.len() as u64).max(1);
  let mut failed = Vec::new();
  for target in chosen {
    let binary = directory.join("build").join(&host).join("release").join(target);
    let found_nothing = match &input {
      Some(input) => repeat(&binary, input)?,
      None => fuzz(&binary, target, &directory, each)?,
    };
    if !found_nothing {
      failed.push(target);
    }
  }
  if failed.is_empty() {
    return Ok(ExitCode::SUCCESS);
  }
  eprintln!("fuzz: failed: {}", failed.join(", "));
  Ok(ExitCode::FAILURE)
}

/// Clippy on the targets, which are no members of the workspace, and on what the crates have for them alone.
pub(crate) fn lint() -> Result<ExitStatus> {
  toolchain::check_cpp_compiler()?;
  workspace::status(cargo("clippy", &["--cfg=fuzzing"])?.args(["--", "--deny", "warnings"]))
}

/// A command of cargo's for the directory.
fn cargo(command: &str, flags: &[&str]) -> Result<Command> {
  let mut cargo = workspace::cargo();
  // With a target build scripts and macros are compiled without the flags.
  cargo.args([command, "--release", "--target", &host()?, "--manifest-path", "fuzz/Cargo.toml"]);
  cargo.env("CARGO_TARGET_DIR", directory()?.join("build")).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
  cargo.env_remove("RUSTFLAGS");
  Ok(cargo)
}

/// Where everything of it goes.
fn directory() -> Result<PathBuf> {
  Ok(workspace::target_dir()?.join("fuzz"))
}

/// Runs a target; whether it found nothing.
fn fuzz(binary: &Path, target: &str, directory: &Path, seconds: u64) -> Result<bool> {
  let (corpus, artifacts) = (directory.join("corpus").join(target), directory.join("artifacts").join(target));
  fs::create_dir_all(&corpus)?;
  fs::create_dir_all(&artifacts)?;
  eprintln!("fuzz: {target} for {seconds} s");
  let (mut command, _temporary) = command(binary)?;
  // libFuzzer puts the input's name behind the prefix.
  let mut prefix = OsString::from("-artifact_prefix=");
  prefix.push(artifacts.join(""));
  command.arg(prefix).arg(format!("-max_total_time={seconds}")).arg(corpus);
  let output = command.output().with_context(|| format!("cannot run {}", binary.display()))?;
  let says = String::from_utf8_lossy(&output.stderr);
  if output.status.success() {
    let number = |name: &str| says.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("?").trim();
    let (runs, rate) = (number("stat::number_of_executed_units:"), number("stat::average_exec_per_sec:"));
    eprintln!("fuzz: {target} found nothing in {runs} runs, {rate} a second");
    return Ok(true);
  }
  eprintln!("{says}fuzz: {target} failed: {}", output.status);
  match says.lines().find_map(|line| line.split_once("Test unit written to ")) {
    Some((_, input)) => eprintln!("  the input: {input}\n  to repeat: cargo xtask fuzz {target} --input {input}"),
    None => eprintln!("  it left no input"),
  }
  Ok(false)
}

/// Runs a target with one input; whether it found nothing.
fn repeat(binary: &Path, input: &Path) -> Result<bool> {
  ensure!(input.is_file(), "{} is no file", input.display());
  let (mut command, _temporary) = command(binary)?;
  Ok(workspace::status(command.arg(input))?.success())
}

/// The target's binary, and the directory for what it leaves: targets end without tidying up.
fn command(binary: &Path) -> Result<(Command, TempDir)> {
  let mut directory = tempfile::Builder::new();
  directory.prefix("plugbay-fuzz-");
  // In memory directories are made ten times as fast.
  let memory = Path::new("/dev/shm");
  let directory =
    if memory.is_dir() { directory.tempdir_in(memory).or_else(|_| directory.tempdir()) } else { directory.tempdir() };
  let directory = directory.context("cannot make a temporary directory")?;
  let mut command = Command::new(binary);
  command.args(LIMITS).env("TMPDIR", directory.path()).current_dir(workspace::root());
  Ok((command, directory))
}

/// The names of the targets, as fuzz/fuzz_targets has them.
fn targets() -> Result<Vec<String>> {
  let directory = workspace::root().join("fuzz").join("fuzz_targets");
  let mut targets = Vec::new();
  for entry in fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))? {
    let name = entry?.file_name();
    targets.extend(name.to_str().and_then(|name| name.strip_suffix(".rs")).map(str::to_owned));
  }
  targets.sort();
  Ok(targets)
}

/// The target triple of this machine.
fn host() -> Result<String> {
  let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
  let output = Command::new(rustc).arg("-vV").output().context("cannot run rustc")?;
  let text = String::from_utf8_lossy(&output.stdout).into_owned();
  match text.lines().find_map(|line| line.strip_prefix("host: ")) {
    Some(host) => Ok(host.to_owned()),
    None => bail!("rustc -vV does not name its host: {}", String::from_utf8_lossy(&output.stderr).trim()),
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn every_target_is_in_the_manifest() {
    let manifest = fs::read_to_string(workspace::root().join("fuzz/Cargo.toml")).unwrap();
    let named: Vec<_> = manifest.lines().filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")).collect();
    let files: Vec<_> = targets().unwrap().iter().map(|target| format!("{target}.rs\"")).collect();
    assert_eq!(named, files);
  }

  #[test]
  fn the_compiler_names_its_host() {
    assert!(host().unwrap().contains('-'));
  }
}
