//! The guest's memory.

use std::ops::Range;

use super::Errno;

/// The most buffers that one read or write takes, as in POSIX's `IOV_MAX`.
const MAX_BUFFERS: u32 = 1024;
/// The most bytes that one read or write moves, since none ends before it is done.
const MAX_BYTES: u32 = 64 << 20;
/// The size of `iovec` and `ciovec`.
const BUFFER_SIZE: u32 = 8;
/// The longest path, as in Linux.
const MAX_PATH_LENGTH: u32 = 4096;

/// The guest's memory for the time of one call. All accesses are checked.
pub struct Memory<'a> {
  bytes: &'a mut [u8],
}

impl<'a> Memory<'a> {
  /// All of the guest's memory; its address 0 is the first byte.
  pub fn new(bytes: &'a mut [u8]) -> Self {
    Self { bytes }
  }

  /// Where these bytes are, if they are in the memory.
  pub(super) fn check(&self, pointer: u32, length: u32) -> Result<Range<usize>, Errno> {
    let start = usize::try_from(pointer).map_err(|_| Errno::Fault)?;
    let length = usize::try_from(length).map_err(|_| Errno::Fault)?;
    let end = start.checked_add(length).ok_or(Errno::Fault)?;
    if end <= self.bytes.len() { Ok(start..end) } else { Err(Errno::Fault) }
  }

  pub(super) fn get(&self, range: Range<usize>) -> Result<&[u8], Errno> {
    self.bytes.get(range).ok_or(Errno::Fault)
  }

  pub(super) fn get_mut(&mut self, range: Range<usize>) -> Result<&mut [u8], Errno> {
    self.bytes.get_mut(range).ok_or(Errno::Fault)
  }

  pub(super) fn read(&self, pointer: u32, length: u32) -> Result<&[u8], Errno> {
    self.get(self.check(pointer, length)?)
  }

  pub(super) fn write(&mut self, pointer: u32, bytes: &[u8]) -> Result<(), Errno> {
    let length = u32::try_from(bytes.len()).map_err(|_| Errno::Fault)?;
    let range = self.check(pointer, length)?;
    self.get_mut(range)?.copy_from_slice(bytes);
    Ok(())
  }

  pub(super) fn write_u32(&mut self, pointer: u32, value: u32) -> Result<(), Errno> {
    self.write(pointer, &value.to_le_bytes())
  }

  pub(super) fn write_u64(&mut self, pointer: u32, value: u64) -> Result<(), Errno> {
    self.write(pointer, &value.to_le_bytes())
  }

  /// A path: UTF-8 without NUL. Whether it stays in its directory is not seen here.
  pub(super) fn path(&self, pointer: u32, length: u32) -> Result<&str, Errno> {
    let bytes = self.read(pointer, length)?;
    if length == 0 {
      return Err(Errno::Noent);
    }
    if length > MAX_PATH_LENGTH {
      return Err(Errno::Nametoolong);
    }
    let path = std::str::from_utf8(bytes).map_err(|_| Errno::Ilseq)?;
    if path.contains('\0') { Err(Errno::Inval) } else { Ok(path) }
  }

  /// The buffers of an array of `iovec`. All of them are in the memory, and their sum is a `u32`; they may overlap.
  /// What is beyond [`MAX_BYTES`] is left out: less may be read or written than was asked for.
  pub(super) fn buffers(&self, pointer: u32, count: u32) -> Result<Vec<Range<usize>>, Errno> {
    if count > MAX_BUFFERS {
      return Err(Errno::Inval);
    }
    let array = self.read(pointer, count * BUFFER_SIZE)?;
    let mut total = 0u32;
    let mut buffers = Vec::with_capacity(array.len() / BUFFER_SIZE as usize);
    for buffer in array.as_chunks::<4>().0.as_chunks::<2>().0 {
      let [start, length] = buffer.map(u32::from_le_bytes);
      let room = MAX_BYTES.saturating_sub(total);
      total = total.checked_add(length).ok_or(Errno::Inval)?;
      self.check(start, length)?;
      buffers.push(self.check(start, length.min(room))?);
    }
    Ok(buffers)
  }
}
