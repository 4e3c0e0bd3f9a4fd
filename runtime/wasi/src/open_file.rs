//! An open file.

use std::fs::File;
use std::io;
use std::io::IoSlice;
use std::io::Read;
use std::io::Seek;
use std::io::SeekFrom;
use std::io::Write;

use cap_std::fs::Metadata;

use super::Deadline;
use super::Errno;
use super::fault::Fault;
use super::fdflags;
use super::metadata::FileType;
use super::rights;
use super::rights::Rights;
use super::waits::Direction;
use super::waits::Waited;

/// An open file.
pub(super) struct OpenFile {
  pub(super) file: File,
  pub(super) rights: Rights,
  pub(super) flags: u16,
}

impl OpenFile {
  pub(super) fn metadata(&self) -> io::Result<Metadata> {
    Metadata::from_file(&self.file)
  }

  pub(super) fn file_type(&self) -> io::Result<FileType> {
    Ok(self.metadata()?.file_type().into())
  }

  pub(super) fn require(&self, right: Rights) -> Result<&File, Errno> {
    if self.rights & right == right { Ok(&self.file) } else { Err(Errno::Notcapable) }
  }

  /// From now on each write goes to the end, or no longer. The system sees to it where it can be told later than at
  /// opening.
  pub(super) fn set_append(&mut self, appends: bool) -> io::Result<()> {
    #[cfg(unix)]
    {
      let mut flags = rustix::fs::fcntl_getfl(&self.file)?;
      flags.set(rustix::fs::OFlags::APPEND, appends);
      rustix::fs::fcntl_setfl(&self.file, flags)?;
    }
    self.flags = if appends { self.flags | fdflags::APPEND } else { self.flags & !fdflags::APPEND };
    Ok(())
  }

  /// How much can be read of a regular file, or at least written to it.
  pub(super) fn left(&self, direction: Direction) -> u64 {
    match direction {
      Direction::Read => {
        let place = (&self.file).stream_position().unwrap_or(0);
        self.file.metadata().map_or(0, |metadata| metadata.len().saturating_sub(place))
      }
      Direction::Write => 1,
    }
  }

  pub(super) fn read(&self, buffer: &mut [u8], deadline: &Deadline) -> Result<usize, Fault> {
    let mut file = self.require(rights::FD_READ)?;
    self.without_blocking(Direction::Read, deadline, || file.read(buffer))
  }

  pub(super) fn write(&self, buffers: &[IoSlice<'_>], deadline: &Deadline) -> Result<usize, Fault> {
    let mut file = self.require(rights::FD_WRITE)?;
    if cfg!(not(unix)) && self.flags & fdflags::APPEND != 0 {
      file.seek(SeekFrom::End(0))?;
    }
    self.without_blocking(Direction::Write, deadline, || file.write_vectored(buffers))
  }

  /// Pipes and devices do not block, since they are opened so. Unless the guest wants that too, it waits for them.
  fn without_blocking(
    &self,
    direction: Direction,
    deadline: &Deadline,
    mut transfer: impl FnMut() -> io::Result<usize>,
  ) -> Result<usize, Fault> {
    loop {
      match transfer() {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.flags & fdflags::NONBLOCK == 0 => {
          let Some(waited) = Waited::of_file(&self.file, direction) else { return Err(error.into()) };
          deadline.wait(&[waited], None)?;
        }
        result => return Ok(result?),
      }
    }
  }
}
