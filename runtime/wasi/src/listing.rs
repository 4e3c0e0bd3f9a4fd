//! How far a guest has read a directory.

use cap_std::fs::Dir;
use cap_std::fs::DirEntry;
use cap_std::fs::ReadDir;

use super::Errno;
use super::metadata::FileType;

/// The size of `dirent`, which a name follows.
const HEADER_SIZE: usize = 24;

/// How far a directory is read. Only the entry that is read next is kept, however many there are.
pub(super) struct Listing {
  /// `.` and `..`, which the system's list does not have.
  own: std::vec::IntoIter<Entry>,
  entries: Option<ReadDir>,
  /// Read, but there was no room for all of it.
  pending: Option<Entry>,
  /// How many entries the guest has got.
  pub(super) position: u64,
}

struct Entry {
  inode: u64,
  file_type: FileType,
  name: String,
}

impl Listing {
  /// From the entry of that number.
  pub(super) fn new(dir: &Dir, position: u64) -> Result<Self, Errno> {
    let inode = cap_fs_ext::MetadataExt::ino(&dir.dir_metadata()?);
    // The parent may be outside; guests look up the inode of an entry that has 0.
    let own = [".", ".."].map(|name| Entry { inode, file_type: FileType::Directory, name: name.to_string() });
    let own = Vec::from(own).into_iter();
    let mut listing = Self { own, entries: Some(dir.entries()?), pending: None, position: 0 };
    while listing.position < position && listing.next()?.is_some() {
      listing.position = listing.position.saturating_add(1);
    }
    listing.position = position;
    Ok(listing)
  }

  fn next(&mut self) -> Result<Option<Entry>, Errno> {
    if let Some(entry) = self.pending.take().or_else(|| self.own.next()) {
      return Ok(Some(entry));
    }
    while let Some(entries) = &mut self.entries {
      let Some(entry) = entries.next() else {
        self.entries = None;
        break;
      };
      let entry = entry?;
      // A name that is not UTF-8 cannot be a path of the guest's.
      if let Ok(name) = entry.file_name().into_string() {
        let file_type = entry.file_type().map_or(FileType::Unknown, FileType::from);
        return Ok(Some(Entry { inode: inode(&entry), file_type, name }));
      }
    }
    Ok(None)
  }

  /// Fills the bytes with entries, the last of them perhaps cut off, and says how many bytes that is.
  pub(super) fn fill(&mut self, mut bytes: &mut [u8]) -> Result<usize, Errno> {
    let length = bytes.len();
    while !bytes.is_empty() {
      let entry = match self.next() {
        Ok(Some(entry)) => entry,
        Err(errno) if bytes.len() == length => return Err(errno),
        Ok(None) | Err(_) => break,
      };
      let following = self.position.saturating_add(1);
      let encoded = entry.encode(following)?;
      let (part, rest) = bytes.split_at_mut(encoded.len().min(bytes.len()));
      part.copy_from_slice(encoded.get(..part.len()).unwrap_or_default());
      if part.len() < encoded.len() {
        self.pending = Some(entry);
      } else {
        self.position = following;
      }
      bytes = rest;
    }
    Ok(length.saturating_sub(bytes.len()))
  }
}

impl Entry {
  fn encode(&self, following: u64) -> Result<Vec<u8>, Errno> {
    let length = u32::try_from(self.name.len()).map_err(|_| Errno::Overflow)?;
    let mut bytes = Vec::with_capacity(HEADER_SIZE.saturating_add(self.name.len()));
    bytes.extend_from_slice(&following.to_le_bytes());
    bytes.extend_from_slice(&self.inode.to_le_bytes());
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&u32::from(self.file_type as u8).to_le_bytes());
    bytes.extend_from_slice(self.name.as_bytes());
    Ok(bytes)
  }
}

#[cfg(unix)]
fn inode(entry: &DirEntry) -> u64 {
  std::os::unix::fs::DirEntryExt::ino(entry)
}

#[cfg(not(unix))]
fn inode(entry: &DirEntry) -> u64 {
  cap_fs_ext::DirEntryExt::full_metadata(entry).map_or(0, |metadata| cap_fs_ext::MetadataExt::ino(&metadata))
}
