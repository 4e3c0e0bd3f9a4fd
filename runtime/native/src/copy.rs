//! A copy of a library for the loader: what is mapped is what was checked, whatever becomes of the file.
//!
//! On Linux the copy is memory with a name, sealed so that nobody can write to it, and the loader gets at it by a path
//! in /proc, where debuggers find it too as long as it is held. It needs no folder in which code may be run, and
//! nothing of it is left when the process ends in whatever way. Elsewhere it is a file in a folder of the user's.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;
use std::path::PathBuf;

use tempfile::TempDir;

/// A copy, which is there as long as this is held.
pub struct PrivateCopy {
  path: PathBuf,
  length: u64,
  held: Held,
}

enum Held {
  #[cfg(target_os = "linux")]
  Memory(File),
  Folder {
    _removed_when_dropped: TempDir,
  },
}

/// The bytes of a copy.
pub enum Bytes {
  #[cfg(target_os = "linux")]
  Mapped(sealed::Mapping),
  Read(Vec<u8>),
}

impl Deref for Bytes {
  type Target = [u8];

  fn deref(&self) -> &[u8] {
    match self {
      #[cfg(target_os = "linux")]
      Self::Mapped(mapping) => mapping.bytes(),
      Self::Read(bytes) => bytes,
    }
  }
}

impl PrivateCopy {
  /// Copies a file from its beginning, under its name.
  ///
  /// # Errors
  ///
  /// When it cannot be read, or there is no room for it.
  pub fn new(name: &OsStr, file: &File) -> io::Result<Self> {
    #[cfg(target_os = "linux")]
    if let Some((memory, length)) = sealed::copy(name, file) {
      use std::os::fd::AsRawFd;

      // Not /proc/self, which is another process to a debugger.
      let path = PathBuf::from(format!("/proc/{}/fd/{}", std::process::id(), memory.as_raw_fd()));
      if path.exists() {
        return Ok(Self { path, length, held: Held::Memory(memory) });
      }
    }
    let folder = tempfile::Builder::new().prefix("plugbay-").tempdir()?;
    let path = folder.path().join(name);
    let length = copy_whole(file, &mut File::create_new(&path)?)?;
    Ok(Self { path, length, held: Held::Folder { _removed_when_dropped: folder } })
  }

  /// What the loader is to open. No other copy has this path while this one is held.
  pub(super) fn path(&self) -> &Path {
    &self.path
  }

  /// What it is a copy of.
  ///
  /// # Errors
  ///
  /// Those of the system.
  pub fn bytes(&self) -> io::Result<Bytes> {
    match &self.held {
      #[cfg(target_os = "linux")]
      Held::Memory(memory) if self.length > 0 => sealed::Mapping::new(memory, self.length).map(Bytes::Mapped),
      _ => std::fs::read(&self.path).map(Bytes::Read),
    }
  }

  /// Whether it has these bytes.
  pub(super) fn is_of(&self, bytes: &[u8]) -> bool {
    self.length == bytes.len() as u64 && self.bytes().is_ok_and(|own| *own == *bytes)
  }
}

/// Copies a file from its beginning, within the system where that can do it; gives the number of bytes.
fn copy_whole(mut file: &File, to: &mut File) -> io::Result<u64> {
  io::Seek::rewind(&mut file)?;
  io::copy(&mut file, to)
}

/// Memory that nobody can write to or cut.
#[cfg(target_os = "linux")]
mod sealed {
  use std::ffi::OsStr;
  use std::ffi::c_void;
  use std::fs::File;
  use std::io;
  use std::os::unix::ffi::OsStrExt;
  use std::ptr::NonNull;
  use std::ptr::null_mut;

  use rustix::fs::MemfdFlags;
  use rustix::fs::SealFlags;
  use rustix::mm::MapFlags;
  use rustix::mm::ProtFlags;

  const SEALS: SealFlags = SealFlags::WRITE.union(SealFlags::SHRINK).union(SealFlags::GROW).union(SealFlags::SEAL);

  /// `None` where there is no such memory.
  pub(super) fn copy(name: &OsStr, file: &File) -> Option<(File, u64)> {
    // Longer ones are refused.
    const MAX_NAME_LENGTH: usize = 200;
    let name = name.as_bytes();
    let name = &name[..name.len().min(MAX_NAME_LENGTH)];
    let memory = rustix::fs::memfd_create(name, MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING).ok()?;
    let mut memory = File::from(memory);
    let length = super::copy_whole(file, &mut memory).ok()?;
    rustix::fs::fcntl_add_seals(&memory, SEALS).ok()?;
    Some((memory, length))
  }

  /// All of it, to be read.
  pub struct Mapping {
    start: NonNull<c_void>,
    length: usize,
  }

  impl Mapping {
    /// Of memory that [`copy`] made, of its length, which is not 0.
    pub(super) fn new(memory: &File, length: u64) -> io::Result<Self> {
      let length = usize::try_from(length).map_err(|_| io::ErrorKind::FileTooLarge)?;
      // SAFETY: a new mapping, in nobody's place.
      let start = unsafe { rustix::mm::mmap(null_mut(), length, ProtFlags::READ, MapFlags::PRIVATE, memory, 0) }?;
      Ok(Self { start: NonNull::new(start).ok_or(io::ErrorKind::OutOfMemory)?, length })
    }

    pub(super) fn bytes(&self) -> &[u8] {
      // SAFETY: they are mapped until this is dropped, and the seals keep everybody from writing or cutting them.
      unsafe { std::slice::from_raw_parts(self.start.as_ptr().cast(), self.length) }
    }
  }

  impl Drop for Mapping {
    fn drop(&mut self) {
      // SAFETY: it is this one's, and what borrows from it is gone.
      let unmapped = unsafe { rustix::mm::munmap(self.start.as_ptr(), self.length) };
      debug_assert!(unmapped.is_ok());
    }
  }
}
