//! Guests that are built for the benchmarks of components.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME;
use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
use wit_component::ComponentEncoder;

/// Builds a package of the workspace in `folder`, as the file `tools` says.
pub(crate) fn build(tools: &Path, folder: &Path, directory: &Path, target: &str, package: &str) -> PathBuf {
  let text = std::fs::read_to_string(tools).expect("cargo xtask has written the file");
  let variables = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
  let mut command = Command::new(env!("CARGO"));
  command.args(["build", "--release", "--locked", "--target", target, "-p", package]).current_dir(folder);
  let status = command.envs(variables).env("CARGO_TARGET_DIR", directory).status().expect("cargo runs");
  assert!(status.success(), "{package} does not build");
  directory.join(target).join("release").join(package).with_extension("wasm")
}

/// Writes the component that a core module is made beside it; gives its path.
pub(crate) fn write_component(path: &Path) -> PathBuf {
  let module = std::fs::read(path).expect("it is built");
  let encode = || {
    let encoder = ComponentEncoder::default().module(&module)?;
    let adapter = WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER;
    encoder.adapter(WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter)?.encode()
  };
  let component = encode().unwrap_or_else(|error| panic!("{}: {error:#}", path.display()));
  let written = path.with_extension("component.wasm");
  std::fs::write(&written, component).expect("it can be written");
  written
}
