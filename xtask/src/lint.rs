//! `cargo xtask lint`: format, comments, links, layers, codes of errors, the book, JavaScript, dependencies, clippy
//! (also on fuzz/ and tests/wasmtime/), and what the runtime's JavaScript must not do (tests/lint/).

use std::process::ExitCode;

use anyhow::Result;

use crate::book;
use crate::comments;
use crate::crates;
use crate::deny;
use crate::errors;
use crate::format;
use crate::fuzz;
use crate::links;
use crate::oxlint;
use crate::setup;
use crate::toolchain;
use crate::typescript;
use crate::wasmtime;
use crate::workspace;

pub(crate) fn run() -> Result<ExitCode> {
  let formatted = format::run(true)?;
  if formatted != ExitCode::SUCCESS {
    return Ok(formatted);
  }
  comments::check()?;
  links::check()?;
  crates::run(true)?;
  errors::run(true)?;
  book::run()?;
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
  let linted = workspace::status(workspace::cargo().args(clippy))?;
  if !linted.success() {
    return Ok(workspace::exit_code(linted));
  }
  if cfg!(unix) {
    let linted = fuzz::lint()?;
    if !linted.success() {
      return Ok(workspace::exit_code(linted));
    }
  }
  let linted = wasmtime::lint()?;
  if !linted.success() {
    return Ok(workspace::exit_code(linted));
  }
  // plugbay itself runs it.
  let typescript = typescript::run()?;
  let mut command = workspace::cargo();
  command.args(["run", "--package", "plugbay_cli", "--", "run", "--allow-read", "tests/lint/lint.js"]).arg(typescript);
  for directory in ["js", "runtime/worlds/src"] {
    command.args(workspace::files(&workspace::root().join(directory), &["js"], &[])?);
  }
  Ok(workspace::exit_code(workspace::status(&mut command)?))
}
