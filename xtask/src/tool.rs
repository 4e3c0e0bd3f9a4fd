//! Commands that come from crates.io: each is built once, into the target directory.

use std::fs;
use std::path::PathBuf;

use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

/// A crate with a command of its name.
pub(crate) struct Tool {
  pub(crate) name: &'static str,
  pub(crate) version: &'static str,
  /// What `cargo install` is told besides.
  pub(crate) options: &'static [&'static str],
}

impl Tool {
  /// The path of the command.
  ///
  /// # Errors
  ///
  /// When it cannot be built.
  pub(crate) fn binary(&self) -> Result<PathBuf> {
    let Self { name, version, options } = self;
    let directory = workspace::target_dir()?.join(name).join(version);
    let binary = directory.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if binary.is_file() {
      return Ok(binary);
    }
    let build = directory.join("build");
    let mut install = workspace::cargo();
    // What it does takes a second either way.
    install.args(["install", name, "--version", version, "--locked", "--debug"]).args(*options);
    install.arg("--root").arg(&directory).arg("--target-dir").arg(&build).env("CARGO_PROFILE_DEV_DEBUG", "0");
    ensure!(workspace::status(&mut install)?.success(), "{name} {version} does not build");
    fs::remove_dir_all(build)?;
    Ok(binary)
  }
}
