//! `cargo xtask demo`: real plugins do real work on this repository, and an app serves.

use std::ffi::OsString;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::ExitCode;

use anyhow::Result;
use anyhow::ensure;

use crate::demo_app;
use crate::setup;
use crate::toolchain;
use crate::wasm;
use crate::workspace;

pub(crate) fn run() -> Result<ExitCode> {
  toolchain::check_c_compiler()?;
  setup::run()?;
  let packages = ["plugbay_cli", "hash", "markdown", "sqlite"].map(|package| format!("--package={package}"));
  let built = workspace::status(workspace::cargo().args(["build", "--release"]).args(packages))?;
  if !built.success() {
    return Ok(workspace::exit_code(built));
  }

  let root = workspace::root();
  let target_dir = workspace::target_dir()?;
  let plugins = target_dir.join("release");
  let guests = build_guest(&target_dir)?;
  let output = root.join("demo-output");
  // Made here because the permission to write is for the directory, not for making it in its parent.
  std::fs::create_dir_all(&output)?;
  let plugbay = plugins.join(format!("plugbay{}", std::env::consts::EXE_SUFFIX));
  let ran = workspace::status(
    Command::new(&plugbay)
      .current_dir(&root)
      .arg("run")
      .arg(option("--allow-plugin=", &plugins))
      // A target directory may lie outside of the repository.
      .args([&root, &target_dir].map(|directory| option("--allow-read=", directory)))
      .arg(option("--allow-write=", &output))
      .arg(Path::new("plugins").join("demo").join("main.js"))
      .args([&root, &output, &plugins])
      .args(guests),
  )?;
  if ran.success() {
    demo_app::run(&plugbay)?;
  }
  Ok(workspace::exit_code(ran))
}

/// Builds the plugin hash as a WebAssembly module too; gives its path, or nothing when there is nothing to build it
/// with.
fn build_guest(target_dir: &Path) -> Result<Option<PathBuf>> {
  let toolchain = match wasm::toolchain(target_dir) {
    Ok(toolchain) => toolchain,
    Err(missing) => {
      eprintln!("{missing}\nThe demo goes on without the WebAssembly plugin.");
      return Ok(None);
    }
  };
  let directory = target_dir.join("guests");
  let mut command = toolchain.cargo();
  command.args(["build", "--release", "--target", wasm::TARGET, "--package=hash"]).env("CARGO_TARGET_DIR", &directory);
  ensure!(workspace::status(&mut command)?.success(), "the plugin hash does not build for {}", wasm::TARGET);
  Ok(Some(directory.join(wasm::TARGET).join("release").join("hash.wasm")))
}

fn option(name: &str, path: &Path) -> OsString {
  let mut option = OsString::from(name);
  option.push(path);
  option
}
