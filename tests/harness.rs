//! Builds the fixtures and runs the command.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;
use std::sync::LazyLock;

/// The repository.
pub fn root() -> PathBuf {
  Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("runtime/ is in the repository").to_owned()
}

/// The command `plugbay`, without the environment variables that would change what it prints.
pub fn plugbay() -> Command {
  let mut command = Command::new(env!("CARGO_BIN_EXE_plugbay"));
  command.env_remove("PLUGBAY_LOG").env_remove("RUST_BACKTRACE").env("NO_COLOR", "1");
  command
}

/// Cargo, as it runs these tests, for a build of its own.
pub fn cargo() -> Command {
  Command::new(env!("CARGO"))
}

/// The folder with the libraries of all plugins and fixtures, which are built on the first call. Libraries that are
/// examples of their package are in `examples` in it.
pub fn fixtures() -> &'static Path {
  static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let libraries = ["hello", "hash", "markdown", "sqlite", "kit", "deno2020_edition2024"];
    build(libraries.iter().flat_map(|package| ["--package", package]));
    build(["--package", "bad_plugins", "--package", "deno2020", "--examples"]);
    build(["--package", "plugbay", "--example", "embed"]);
    Path::new(env!("CARGO_BIN_EXE_plugbay")).parent().expect("the command is in a folder").to_owned()
  });
  &FOLDER
}

fn build<'a>(arguments: impl IntoIterator<Item = &'a str>) {
  let mut command = cargo();
  command.arg("build").args(arguments).current_dir(root());
  if !cfg!(debug_assertions) {
    command.arg("--release");
  }
  let output = command.output().expect("cargo runs");
  assert!(output.status.success(), "{command:?} failed:\n{}", String::from_utf8_lossy(&output.stderr));
}

/// What a process wrote, and how it ended, as text for a failed assertion.
pub fn describe(output: &Output) -> String {
  let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
  format!("{}\n--- stdout\n{stdout}\n--- stderr\n{stderr}", output.status)
}

/// Runs a command that must succeed; gives what it printed.
#[track_caller]
pub fn succeed(command: &mut Command) -> String {
  let output = command.output().expect("the command runs");
  assert!(output.status.success(), "{command:?}: {}", describe(&output));
  String::from_utf8_lossy(&output.stdout).into_owned()
}
