//! WASI preview 1 (`wasi_snapshot_preview1`): the functions that a WebAssembly module compiled for WASI imports.
//!
//! Written here over `cap-std`, whose directories refuse every path that leaves them. `wasmtime-wasi` is tied to the
//! engine wasmtime. `wasi-common` does build without it, but brings 18 crates that the host has no other use for (parts
//! of wasmtime and of cranelift among them), and has neither read-only directories nor limits on descriptors and sleep.
//!
//! No engine appears here: [`FUNCTIONS`] is a table of names, types and Rust functions over a [`Memory`], and an engine
//! needs a loop over it. What the options do not grant does not exist for the guest.

#![forbid(unsafe_code)]

mod clocks;
mod deadline;
mod descriptors;
mod directory;
mod errno;
mod files;
mod functions;
mod inherited;
mod links;
mod listing;
mod memory;
mod metadata;
mod open_file;
mod options;
mod paths;
mod poll;
mod process;
mod rights;
mod special;
mod streams;
#[cfg(test)]
mod tests;
mod waits;

use std::time::Instant;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

pub use deadline::Deadline;
pub use errno::Errno;
pub use functions::Exit;
pub use functions::FUNCTIONS;
pub use functions::Function;
pub use functions::ValueType;
pub use memory::Memory;
pub use options::Output;
pub use options::Preopen;
pub use options::Stdin;
pub use options::WasiError;
pub use options::WasiOptions;
pub use special::Guard;

use descriptors::Descriptor;
use descriptors::Descriptors;
use directory::Directory;
use process::Strings;
use streams::Captured;
use streams::Input;
use streams::OutputStream;

/// The name under which modules import [`FUNCTIONS`].
pub const MODULE: &str = "wasi_snapshot_preview1";

/// What one guest has: its arguments, its environment and its open descriptors.
pub struct Wasi {
  arguments: Strings,
  environment: Strings,
  descriptors: Descriptors,
  stdout: Captured,
  stderr: Captured,
  clocks: bool,
  deadline: Deadline,
  start: Instant,
}

impl Wasi {
  /// Opens the directories and checks the strings.
  pub fn new(options: WasiOptions) -> Result<Self, WasiError> {
    let arguments = Strings::from_arguments(&options.args)?;
    let environment = Strings::from_environment(&options.env)?;
    let mut descriptors = Descriptors::new(options.descriptor_limit);
    let no_room = |_| WasiError::TooManyPreopens;
    descriptors.insert(Descriptor::Input(Input::new(options.stdin))).map_err(no_room)?;
    descriptors.insert(Descriptor::Output(OutputStream::stdout(options.stdout))).map_err(no_room)?;
    descriptors.insert(Descriptor::Output(OutputStream::stderr(options.stderr))).map_err(no_room)?;
    for Preopen { guest, host, write, guard } in options.preopens {
      if guest.is_empty() || guest.contains('\0') || u32::try_from(guest.len()).is_err() {
        return Err(WasiError::PreopenName(guest));
      }
      let guarded = guard.map(|guard| (host.clone(), guard));
      let directory = Dir::open_ambient_dir(&host, ambient_authority())
        .and_then(|dir| Directory::preopen(dir, guest, write, guarded, options.deadline.clone()))
        .map_err(|source| WasiError::Preopen { host, source })?;
      descriptors.insert(Descriptor::Directory(directory)).map_err(no_room)?;
    }
    Ok(Self {
      arguments,
      environment,
      descriptors,
      stdout: Captured::new(options.capture_limit),
      stderr: Captured::new(options.capture_limit),
      clocks: options.clocks,
      deadline: options.deadline,
      start: Instant::now(),
    })
  }

  /// What the guest wrote to a captured stdout since the last time.
  pub fn take_stdout(&mut self) -> Vec<u8> {
    self.stdout.take()
  }

  /// What the guest wrote to a captured stderr since the last time.
  pub fn take_stderr(&mut self) -> Vec<u8> {
    self.stderr.take()
  }
}
