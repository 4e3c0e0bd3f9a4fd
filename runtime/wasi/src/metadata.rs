//! What is told of files and descriptors.

use cap_fs_ext::FileTypeExt;
use cap_fs_ext::MetadataExt;
use cap_std::fs::Metadata;

use super::Errno;
use super::Memory;
use super::rights::Rights;
use super::times::since_1970;

/// The size of `filestat`.
pub(super) const FILESTAT_SIZE: u32 = 64;
/// The size of `fdstat`.
pub(super) const FDSTAT_SIZE: u32 = 24;

/// What something in a directory or behind a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FileType {
  Unknown = 0,
  BlockDevice = 1,
  CharacterDevice = 2,
  Directory = 3,
  RegularFile = 4,
  SocketStream = 6,
  SymbolicLink = 7,
}

impl From<cap_std::fs::FileType> for FileType {
  fn from(file_type: cap_std::fs::FileType) -> Self {
    if file_type.is_dir() {
      Self::Directory
    } else if file_type.is_file() {
      Self::RegularFile
    } else if file_type.is_symlink() {
      Self::SymbolicLink
    } else if file_type.is_char_device() {
      Self::CharacterDevice
    } else if file_type.is_block_device() {
      Self::BlockDevice
    } else if file_type.is_socket() {
      Self::SocketStream
    } else {
      Self::Unknown
    }
  }
}

/// What a guest is told of a descriptor.
pub(super) struct Fdstat {
  pub(super) file_type: FileType,
  pub(super) flags: u16,
  pub(super) rights: Rights,
  pub(super) inheriting: Rights,
}

impl Fdstat {
  pub(super) fn write(&self, memory: &mut Memory<'_>, pointer: u32) -> Result<(), Errno> {
    let mut bytes = [0; FDSTAT_SIZE as usize];
    bytes[0] = self.file_type as u8;
    bytes[2..4].copy_from_slice(&self.flags.to_le_bytes());
    bytes[8..16].copy_from_slice(&self.rights.to_le_bytes());
    bytes[16..24].copy_from_slice(&self.inheriting.to_le_bytes());
    memory.write(pointer, &bytes)
  }
}

/// Tells a guest of a file or a directory.
pub(super) fn write_filestat(memory: &mut Memory<'_>, pointer: u32, metadata: &Metadata) -> Result<(), Errno> {
  let fields = [
    metadata.dev(),
    metadata.ino(),
    FileType::from(metadata.file_type()) as u64,
    metadata.nlink(),
    metadata.len(),
    since_1970(metadata.accessed()),
    since_1970(metadata.modified()),
    changed(metadata),
  ];
  write_fields(memory, pointer, fields)
}

/// Tells a guest of a stream.
pub(super) fn write_stream_filestat(memory: &mut Memory<'_>, pointer: u32, file_type: FileType) -> Result<(), Errno> {
  write_fields(memory, pointer, [0, 0, file_type as u64, 1, 0, 0, 0, 0])
}

/// The type is one byte and seven of padding: as little-endian, a number of eight.
fn write_fields(memory: &mut Memory<'_>, pointer: u32, fields: [u64; 8]) -> Result<(), Errno> {
  let mut bytes = [0; FILESTAT_SIZE as usize];
  for (place, field) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(fields) {
    *place = field.to_le_bytes();
  }
  memory.write(pointer, &bytes)
}

#[cfg(unix)]
fn changed(metadata: &Metadata) -> u64 {
  let seconds = u64::try_from(cap_std::fs::MetadataExt::ctime(metadata)).unwrap_or(0);
  let nanoseconds = u64::try_from(cap_std::fs::MetadataExt::ctime_nsec(metadata)).unwrap_or(0);
  seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

#[cfg(not(unix))]
fn changed(metadata: &Metadata) -> u64 {
  since_1970(metadata.modified())
}
