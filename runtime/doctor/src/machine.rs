//! The machine that builds the app.

use std::io;
use std::process::Command;

/// What a machine has, and what it is asked to do.
pub trait Machine {
  /// Whether there is a program of this name.
  fn has_program(&self, name: &str) -> bool;
  /// Whether Rust builds for a target; nothing where nobody can tell.
  fn has_rust_target(&self, target: &str) -> Option<bool>;
  /// Whether something serves triggers of a kind; the words of an error say what to do where nothing does.
  fn serves(&self, kind: &str) -> Result<(), String>;
  /// Runs a command in the working directory.
  ///
  /// # Errors
  ///
  /// When it cannot be run, or does not end well.
  fn run(&self, command: &[String]) -> io::Result<()>;
}

/// Whether a program of this name is on PATH.
pub fn has_program(name: &str) -> bool {
  if name.contains('/') {
    // Relative to a folder that only the shell knows.
    return true;
  }
  let path = std::env::var_os("PATH").unwrap_or_default();
  std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// Whether Rust builds for a target here; nothing where nobody can tell.
pub fn has_rust_target(target: &str) -> Option<bool> {
  let output = Command::new("rustup").args(["target", "list", "--installed"]).output().ok()?;
  let installed = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
  Some(installed.lines().any(|line| line == target))
}

/// Runs a command in the working directory.
///
/// # Errors
///
/// When it cannot be run, or does not end well.
pub fn run(command: &[String]) -> io::Result<()> {
  let [program, arguments @ ..] = command else { return Ok(()) };
  // Of plugbay's own commands it is this one that is meant.
  let program = if program == "plugbay" { std::env::current_exe()? } else { program.into() };
  let status = Command::new(program).args(arguments).status()?;
  if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}
