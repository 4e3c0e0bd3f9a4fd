//! `cargo xtask test`: every test of the workspace.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::setup;
use crate::toolchain;
use crate::typescript;
use crate::wasm;
use crate::wasmtime;
use crate::workspace;

/// Plugins that the integration tests build themselves: some are broken on purpose, and none has tests.
const FIXTURES: &[&str] = &["bad_plugins", "calls_back", "deno2020", "deno2020_edition2024", "kit", "raisfast_plugin"];

pub(crate) fn run(args: &[OsString]) -> Result<ExitCode> {
  toolchain::check_c_compiler()?;
  setup::run()?;
  let typescript = typescript::run()?;
  let target_dir = workspace::target_dir()?;
  let tools = wasm::Tools::find(&target_dir);
  for missing in tools.missing() {
    eprintln!("{missing}\nThe tests of guests in that language are skipped.");
  }
  let tools = tools.write(&target_dir)?;
  let wasmtime = wasmtime::build()?;
  let fixtures = FIXTURES.iter().flat_map(|name| ["--exclude", *name]);
  let mut command = workspace::cargo();
  command.args(["test", "--workspace"]).args(fixtures).args(args).env("PLUGBAY_TYPESCRIPT", typescript);
  command.env(wasm::VARIABLE, tools).env(wasmtime::VARIABLE, wasmtime);
  let tested = workspace::status(&mut command)?;
  Ok(workspace::exit_code(tested))
}
