//! A copy of a library for the loader: what is mapped is what was checked, whatever becomes of the file.
//!
//! On Linux the copy is memory with a name, sealed so that nobody can write to it, and the loader gets at it by a path in /proc,
//! where debuggers find it too as long as it is held. It needs no folder in which code may be run, and nothing of it is left when
//! the process ends in whatever way. Elsewhere it is a file in a folder of the user's.

use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use tempfile::TempDir;

/// A copy, which is there as long as this is held.
pub(super) struct PrivateCopy {
  path: PathBuf,
  _held: Held,
}

#[expect(dead_code, reason = "held to be dropped")]
enum Held {
  #[cfg(target_os = "linux")]
  Memory(std::fs::File),
  Folder(TempDir),
}

impl PrivateCopy {
  /// Copies a library that is called `name`.
  ///
  /// # Errors
  ///
  /// When there is no room for it.
  pub(super) fn new(name: &OsStr, bytes: &[u8]) -> io::Result<Self> {
    #[cfg(target_os = "linux")]
    if let Some(copy) = in_memory(name, bytes) {
      return Ok(copy);
    }
    let folder = tempfile::Builder::new().prefix("plugbay-").tempdir()?;
    let path = folder.path().join(name);
    std::fs::write(&path, bytes)?;
    Ok(Self { path, _held: Held::Folder(folder) })
  }

  /// What the loader is to open. No other copy has this path while this one is held.
  pub(super) fn path(&self) -> &Path {
    &self.path
  }
}

/// `None` where there is no such memory, or no /proc.
#[cfg(target_os = "linux")]
fn in_memory(name: &OsStr, bytes: &[u8]) -> Option<PrivateCopy> {
  use std::io::Write;
  use std::os::fd::AsRawFd;
  use std::os::unix::ffi::OsStrExt;

  use rustix::fs::MemfdFlags;
  use rustix::fs::SealFlags;

  // Longer ones are refused.
  const LONGEST_NAME: usize = 200;
  let name = name.as_bytes();
  let name = &name[..name.len().min(LONGEST_NAME)];
  let memory = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).ok()?;
  let mut memory = std::fs::File::from(memory);
  memory.write_all(bytes).ok()?;
  rustix::fs::fcntl_add_seals(&memory, SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL)
    .ok()?;
  // Not /proc/self, which is another process to a debugger.
  let path = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd()));
  path.exists().then_some(PrivateCopy { path, _held: Held::Memory(memory) })
}
