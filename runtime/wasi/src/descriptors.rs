//! The table of open descriptors.

use super::Errno;
use super::directory::Directory;
use super::open_file::OpenFile;
use super::streams::Input;
use super::streams::OutputStream;

/// Something open.
pub(super) enum Descriptor {
  Input(Input),
  Output(OutputStream),
  File(OpenFile),
  Directory(Directory),
}

/// What is open, by its number.
pub(super) struct Descriptors {
  slots: Vec<Option<Descriptor>>,
  limit: usize,
}

impl Descriptors {
  pub(super) fn new(limit: usize) -> Self {
    Self { slots: Vec::new(), limit: limit.min(i32::MAX as usize) }
  }

  /// The lowest free number.
  pub(super) fn free(&self) -> Result<u32, Errno> {
    let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
    if free < self.limit { u32::try_from(free).map_err(|_| Errno::Mfile) } else { Err(Errno::Mfile) }
  }

  pub(super) fn insert(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
    let number = self.free()?;
    match self.slots.get_mut(number as usize) {
      Some(slot) => *slot = Some(descriptor),
      None => self.slots.push(Some(descriptor)),
    }
    Ok(number)
  }

  pub(super) fn get(&self, number: u32) -> Result<&Descriptor, Errno> {
    self.slots.get(number as usize).and_then(Option::as_ref).ok_or(Errno::Badf)
  }

  pub(super) fn get_mut(&mut self, number: u32) -> Result<&mut Descriptor, Errno> {
    self.slots.get_mut(number as usize).and_then(Option::as_mut).ok_or(Errno::Badf)
  }

  pub(super) fn remove(&mut self, number: u32) -> Result<Descriptor, Errno> {
    self.slots.get_mut(number as usize).and_then(Option::take).ok_or(Errno::Badf)
  }

  /// A file: nothing else has a place in it, a size or times of its own.
  pub(super) fn file(&self, number: u32) -> Result<&OpenFile, Errno> {
    match self.get(number)? {
      Descriptor::File(file) => Ok(file),
      Descriptor::Directory(_) => Err(Errno::Isdir),
      Descriptor::Input(_) | Descriptor::Output(_) => Err(Errno::Spipe),
    }
  }

  pub(super) fn directory(&self, number: u32) -> Result<&Directory, Errno> {
    match self.get(number)? {
      Descriptor::Directory(directory) => Ok(directory),
      _ => Err(Errno::Notdir),
    }
  }

  /// A directory that was open from the start.
  pub(super) fn preopen(&self, number: u32) -> Result<&str, Errno> {
    match self.get(number)? {
      Descriptor::Directory(Directory { preopen: Some(name), .. }) => Ok(name),
      _ => Err(Errno::Badf),
    }
  }
}
