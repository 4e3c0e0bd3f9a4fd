//! Builds the plugin in `plugin/`.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

/// The library, beside the command.
pub(crate) fn build() -> PathBuf {
  let status = Command::new(env!("CARGO")).args(["build", "--release", "--package", "bench_plugin"]).status();
  assert!(status.expect("cargo runs").success(), "the bench plugin does not build");
  let name = format!("{}bench_plugin{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
  Path::new(env!("CARGO_BIN_EXE_plugbay")).with_file_name(name)
}
