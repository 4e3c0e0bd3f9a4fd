//! `cargo xtask demo`: real plugins do real work on this repository.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;
use std::process::ExitCode;

use anyhow::Result;

use crate::setup;
use crate::toolchain;
use crate::workspace;

pub(crate) fn run() -> Result<ExitCode> {
  toolchain::check_c_compiler()?;
  setup::run()?;
  let packages = ["plugbay", "hash", "markdown", "sqlite"].map(|package| format!("--package={package}"));
  let built = workspace::status(workspace::cargo().args(["build", "--release"]).args(packages))?;
  if !built.success() {
    return Ok(workspace::exit_code(built));
  }

  let root = workspace::root();
  let plugins = workspace::target_dir()?.join("release");
  let output = root.join("demo-output");
  // Made here because the permission to write is for the folder, not for making it in its parent.
  std::fs::create_dir_all(&output)?;
  let ran = workspace::status(
    Command::new(plugins.join(format!("plugbay{}", std::env::consts::EXE_SUFFIX)))
      .current_dir(&root)
      .arg("run")
      .arg(option("--allow-plugin=", &plugins))
      .arg(option("--allow-read=", &root))
      .arg(option("--allow-write=", &output))
      .arg(Path::new("plugins").join("demo").join("main.js"))
      .args([&root, &output, &plugins]),
  )?;
  Ok(workspace::exit_code(ran))
}

fn option(name: &str, path: &Path) -> OsString {
  let mut option = OsString::from(name);
  option.push(path);
  option
}
