//! `cargo xtask bench`: the benchmarks of the runtime.

use std::ffi::OsString;
use std::path::Path;
use std::path::absolute;
use std::process::ExitCode;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

use crate::setup;
use crate::toolchain;
use crate::wasm;
use crate::wasmtime;
use crate::workspace;

pub(crate) fn run(peers: Option<&Path>, args: &[OsString]) -> Result<ExitCode> {
  toolchain::check_c_compiler()?;
  setup::run()?;
  let target_dir = workspace::target_dir()?;
  let tools = wasm::Tools::find(&target_dir).write(&target_dir)?;
  let mut command = workspace::cargo();
  command.env(wasm::VARIABLE, tools).args(["bench", "--package", "plugbay_cli"]).args(args);
  if times_components(args) {
    command.env(wasmtime::BENCH_VARIABLE, wasmtime::build_bench()?);
  }
  if let Some(peers) = peers {
    ensure!(peers.is_dir(), "{} is no directory", peers.display());
    // The benchmarks run in another directory.
    command.env("PLUGBAY_PEERS", absolute(peers).context("the current directory is gone")?);
  }
  Ok(workspace::exit_code(workspace::status(&mut command)?))
}

/// Whether the benchmark of components is among those that are run: wasmtime takes some minutes to build.
fn times_components(args: &[OsString]) -> bool {
  let named = args.windows(2).filter(|pair| pair[0] == "--bench").map(|pair| &pair[1]).collect::<Vec<_>>();
  named.is_empty() || named.iter().any(|name| *name == "components")
}
