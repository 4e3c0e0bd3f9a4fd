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
use crate::workspace;

pub(crate) fn run(peers: Option<&Path>, args: &[OsString]) -> Result<ExitCode> {
  toolchain::check_c_compiler()?;
  setup::run()?;
  let target_dir = workspace::target_dir()?;
  let tools = wasm::Tools::find(&target_dir).write(&target_dir)?;
  let mut command = workspace::cargo();
  command.env(wasm::VARIABLE, tools).args(["bench", "--package", "plugbay_cli"]).args(args);
  if let Some(peers) = peers {
    ensure!(peers.is_dir(), "{} is no directory", peers.display());
    // The benchmarks run in another directory.
    command.env("PLUGBAY_PEERS", absolute(peers).context("the current directory is gone")?);
  }
  Ok(workspace::exit_code(workspace::status(&mut command)?))
}
