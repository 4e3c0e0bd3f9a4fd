//! Reading and writing: the functions on descriptors.

use std::fs::File;
use std::io;
use std::io::IoSlice;
use std::io::Seek;
use std::io::SeekFrom;
use std::ops::Range;

use crate::Errno;
use crate::Memory;
use crate::Wasi;
use crate::descriptors::Descriptor;
use crate::fault::Fault;
use crate::fdflags;
use crate::metadata::FILESTAT_SIZE;
use crate::metadata::FileType;
use crate::metadata::write_filestat;
use crate::metadata::write_stream_filestat;
use crate::rights;
use crate::times::NewTimes;

impl Wasi {
  pub(super) fn fd_read(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    buffers: u32,
    count: u32,
    result: u32,
  ) -> Result<(), Fault> {
    let buffers = memory.buffers(buffers, count)?;
    memory.check(result, 4)?;
    // Of what is no regular file a second read might have to wait, although there is something to return.
    let first = || buffers.iter().find(|buffer| !buffer.is_empty()).cloned();
    let deadline = &self.deadline;
    let read = match self.descriptors.get_mut(fd)? {
      Descriptor::Input(input) if input.rights & rights::FD_READ == 0 => return Err(Errno::Notcapable.into()),
      Descriptor::Input(input) => read_into(memory, first().as_slice(), |buffer, _| input.read(buffer, deadline))?,
      Descriptor::Output(_) => return Err(Errno::Notcapable.into()),
      Descriptor::File(file) if file.file_type()? == FileType::RegularFile => {
        read_into(memory, &buffers, |buffer, _| file.read(buffer, deadline))?
      }
      Descriptor::File(file) => read_into(memory, first().as_slice(), |buffer, _| file.read(buffer, deadline))?,
      Descriptor::Directory(_) => return Err(Errno::Isdir.into()),
    };
    Ok(memory.write_u32(result, read)?)
  }

  pub(super) fn fd_pread(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    result: u32,
  ) -> Result<(), Fault> {
    let buffers = memory.buffers(buffers, count)?;
    memory.check(result, 4)?;
    check_offset(offset)?;
    let file = self.descriptors.file(fd)?.require(rights::FD_READ | rights::FD_SEEK)?;
    let read = read_into(memory, &buffers, |buffer, done| Ok(read_at(file, buffer, offset.saturating_add(done))?))?;
    Ok(memory.write_u32(result, read)?)
  }

  pub(super) fn fd_write(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    buffers: u32,
    count: u32,
    result: u32,
  ) -> Result<(), Fault> {
    let ranges = memory.buffers(buffers, count)?;
    memory.check(result, 4)?;
    let slices = ranges.into_iter().map(|range| memory.get(range).map(IoSlice::new));
    let slices = slices.collect::<Result<Vec<IoSlice<'_>>, Errno>>()?;
    let written = match self.descriptors.get(fd)? {
      Descriptor::Output(output) if output.rights & rights::FD_WRITE == 0 => return Err(Errno::Notcapable.into()),
      Descriptor::Output(output) => output.write(&slices, &mut self.stdout, &mut self.stderr, &self.deadline)?,
      Descriptor::Input(_) => return Err(Errno::Notcapable.into()),
      Descriptor::File(file) => file.write(&slices, &self.deadline)?,
      Descriptor::Directory(_) => return Err(Errno::Isdir.into()),
    };
    Ok(memory.write_u32(result, u32::try_from(written).map_err(|_| Errno::Overflow)?)?)
  }

  pub(super) fn fd_pwrite(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    buffers: u32,
    count: u32,
    offset: u64,
    result: u32,
  ) -> Result<(), Fault> {
    let buffers = memory.buffers(buffers, count)?;
    memory.check(result, 4)?;
    check_offset(offset)?;
    let file = self.descriptors.file(fd)?.require(rights::FD_WRITE | rights::FD_SEEK)?;
    let mut total = Transferred::default();
    for range in buffers {
      let buffer = memory.get(range)?;
      let place = offset.saturating_add(total.bytes());
      if !total.add(buffer.len(), || Ok(write_at(file, buffer, place)?))? {
        break;
      }
    }
    Ok(memory.write_u32(result, total.0)?)
  }

  pub(super) fn fd_seek(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    offset: u64,
    whence: u32,
    result: u32,
  ) -> Result<(), Errno> {
    memory.check(result, 8)?;
    let to = match whence {
      0 => {
        check_offset(offset)?;
        SeekFrom::Start(offset)
      }
      1 => SeekFrom::Current(offset.cast_signed()),
      2 => SeekFrom::End(offset.cast_signed()),
      _ => return Err(Errno::Inval),
    };
    let right = if to == SeekFrom::Current(0) { rights::FD_TELL } else { rights::FD_SEEK };
    let mut file = self.descriptors.file(fd)?.require(right)?;
    memory.write_u64(result, file.seek(to)?)
  }

  pub(super) fn fd_tell(&mut self, memory: &mut Memory<'_>, fd: u32, result: u32) -> Result<(), Errno> {
    memory.check(result, 8)?;
    let mut file = self.descriptors.file(fd)?.require(rights::FD_TELL)?;
    memory.write_u64(result, file.stream_position()?)
  }

  pub(super) fn fd_sync(&mut self, _: &mut Memory<'_>, fd: u32) -> Result<(), Errno> {
    match self.descriptors.get(fd)? {
      Descriptor::File(file) => Ok(file.file.sync_all()?),
      Descriptor::Directory(directory) => directory.sync(),
      Descriptor::Input(_) | Descriptor::Output(_) => Ok(()),
    }
  }

  pub(super) fn fd_datasync(&mut self, memory: &mut Memory<'_>, fd: u32) -> Result<(), Errno> {
    match self.descriptors.get(fd)? {
      Descriptor::File(file) => Ok(file.file.sync_data()?),
      _ => self.fd_sync(memory, fd),
    }
  }

  /// Advice is checked and not taken.
  pub(super) fn fd_advise(
    &mut self,
    _: &mut Memory<'_>,
    fd: u32,
    offset: u64,
    length: u64,
    advice: u32,
  ) -> Result<(), Errno> {
    self.descriptors.file(fd)?;
    check_extent(offset, length)?;
    if advice <= 5 { Ok(()) } else { Err(Errno::Inval) }
  }

  /// The file becomes as long as asked; that the device has room for it is not promised.
  pub(super) fn fd_allocate(&mut self, _: &mut Memory<'_>, fd: u32, offset: u64, length: u64) -> Result<(), Errno> {
    let file = self.descriptors.file(fd)?.require(rights::FD_ALLOCATE)?;
    let end = check_extent(offset, length)?;
    if length == 0 {
      return Err(Errno::Inval);
    }
    if file.metadata()?.len() < end {
      file.set_len(end)?;
    }
    Ok(())
  }

  pub(super) fn fd_fdstat_set_flags(&mut self, _: &mut Memory<'_>, fd: u32, flags: u32) -> Result<(), Errno> {
    let flags = fdflags::from_guest(flags)?;
    match self.descriptors.get_mut(fd)? {
      Descriptor::File(file) => {
        file.require(rights::FD_FDSTAT_SET_FLAGS)?;
        let changes = flags ^ file.flags;
        if changes & !(fdflags::APPEND | fdflags::NONBLOCK) != 0 {
          return Err(Errno::Notsup);
        }
        if changes & fdflags::APPEND != 0 {
          file.set_append(flags & fdflags::APPEND != 0)?;
        }
        file.flags = flags;
        Ok(())
      }
      _ if flags == 0 => Ok(()),
      _ => Err(Errno::Notsup),
    }
  }

  pub(super) fn fd_filestat_get(&mut self, memory: &mut Memory<'_>, fd: u32, result: u32) -> Result<(), Errno> {
    memory.check(result, FILESTAT_SIZE)?;
    match self.descriptors.get(fd)? {
      Descriptor::Input(input) => write_stream_filestat(memory, result, input.file_type()),
      Descriptor::Output(output) => write_stream_filestat(memory, result, output.file_type()),
      Descriptor::File(file) => write_filestat(memory, result, &file.metadata()?),
      Descriptor::Directory(directory) => write_filestat(memory, result, &directory.dir.dir_metadata()?),
    }
  }

  pub(super) fn fd_filestat_set_size(&mut self, _: &mut Memory<'_>, fd: u32, size: u64) -> Result<(), Errno> {
    let file = self.descriptors.file(fd)?.require(rights::FD_FILESTAT_SET_SIZE)?;
    check_offset(size)?;
    Ok(file.set_len(size)?)
  }

  pub(super) fn fd_filestat_set_times(
    &mut self,
    _: &mut Memory<'_>,
    fd: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
  ) -> Result<(), Errno> {
    let times = NewTimes::new(accessed, modified, flags)?;
    match self.descriptors.get(fd)? {
      Descriptor::File(file) => Ok(file.require(rights::FD_FILESTAT_SET_TIMES)?.set_times(times.into())?),
      Descriptor::Directory(directory) => {
        Ok(times.set(directory.require_write(rights::FD_FILESTAT_SET_TIMES)?, ".", true)?)
      }
      Descriptor::Input(_) | Descriptor::Output(_) => Err(Errno::Notsup),
    }
  }
}

/// A place in a file is at most `i64::MAX`.
fn check_offset(offset: u64) -> Result<(), Errno> {
  if i64::try_from(offset).is_ok() { Ok(()) } else { Err(Errno::Inval) }
}

fn check_extent(offset: u64, length: u64) -> Result<u64, Errno> {
  let end = offset.checked_add(length).ok_or(Errno::Inval)?;
  check_offset(end)?;
  Ok(end)
}

/// How much of several buffers is read or written.
#[derive(Clone, Copy, Default)]
struct Transferred(u32);

impl Transferred {
  fn bytes(self) -> u64 {
    self.0.into()
  }

  /// Reads or writes one buffer, and says whether it was all of it. An error after something was read or written is
  /// left for the next call.
  fn add(&mut self, length: usize, transfer: impl FnOnce() -> Result<usize, Fault>) -> Result<bool, Fault> {
    if length == 0 {
      return Ok(true);
    }
    match transfer() {
      Ok(count) => {
        let count = u32::try_from(count).map_err(|_| Errno::Overflow)?;
        self.0 = self.0.checked_add(count).ok_or(Errno::Overflow)?;
        Ok(count as usize == length)
      }
      Err(Fault::Errno(_)) if self.0 > 0 => Ok(false),
      Err(fault) => Err(fault),
    }
  }
}

/// Reads into one buffer after another, since they may overlap. `read` is told how much is read already.
fn read_into(
  memory: &mut Memory<'_>,
  buffers: &[Range<usize>],
  mut read: impl FnMut(&mut [u8], u64) -> Result<usize, Fault>,
) -> Result<u32, Fault> {
  let mut total = Transferred::default();
  for range in buffers {
    let buffer = memory.get_mut(range.clone())?;
    let done = total.bytes();
    if !total.add(buffer.len(), || read(buffer, done))? {
      break;
    }
  }
  Ok(total.0)
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
  std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(unix)]
fn write_at(file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
  std::os::unix::fs::FileExt::write_at(file, buffer, offset)
}

/// On Windows the place in the file moves, and is put back.
#[cfg(windows)]
fn read_at(mut file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
  let place = file.stream_position()?;
  let result = std::os::windows::fs::FileExt::seek_read(file, buffer, offset);
  file.seek(SeekFrom::Start(place))?;
  result
}

#[cfg(windows)]
fn write_at(mut file: &File, buffer: &[u8], offset: u64) -> io::Result<usize> {
  let place = file.stream_position()?;
  let result = std::os::windows::fs::FileExt::seek_write(file, buffer, offset);
  file.seek(SeekFrom::Start(place))?;
  result
}
