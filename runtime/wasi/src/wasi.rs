//! A guest, and what it was granted.

use std::time::Instant;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::Deadline;
use super::Preopen;
use super::WasiError;
use super::WasiOptions;
use super::descriptors::Descriptor;
use super::descriptors::Descriptors;
use super::directory::Directory;
use super::streams::Captured;
use super::streams::Input;
use super::streams::OutputStream;
use super::strings::Strings;

/// What one guest has: its arguments, its environment and its open descriptors.
pub struct Wasi {
  pub(super) arguments: Strings,
  pub(super) environment: Strings,
  pub(super) descriptors: Descriptors,
  pub(super) stdout: Captured,
  pub(super) stderr: Captured,
  pub(super) clocks: bool,
  pub(super) deadline: Deadline,
  pub(super) start: Instant,
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
