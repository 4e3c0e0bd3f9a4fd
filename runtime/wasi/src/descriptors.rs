//! The table of open descriptors, and what only concerns the table.

use super::Errno;
use super::Memory;
use super::Wasi;
use super::directory::Directory;
use super::metadata::FDSTAT_SIZE;
use super::metadata::Fdstat;
use super::metadata::FileType;
use super::open_file::OpenFile;
use super::rights::Rights;
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
  fn preopen(&self, number: u32) -> Result<&str, Errno> {
    match self.get(number)? {
      Descriptor::Directory(Directory { preopen: Some(name), .. }) => Ok(name),
      _ => Err(Errno::Badf),
    }
  }
}

impl Wasi {
  pub(super) fn fd_close(&mut self, _: &mut Memory<'_>, fd: u32) -> Result<(), Errno> {
    self.descriptors.remove(fd).map(drop)
  }

  /// Both must be open: the guest does not choose how long the table is.
  pub(super) fn fd_renumber(&mut self, _: &mut Memory<'_>, from: u32, to: u32) -> Result<(), Errno> {
    self.descriptors.get(to)?;
    self.descriptors.get(from)?;
    if from != to {
      let descriptor = self.descriptors.remove(from)?;
      *self.descriptors.get_mut(to)? = descriptor;
    }
    Ok(())
  }

  pub(super) fn fd_prestat_get(&mut self, memory: &mut Memory<'_>, fd: u32, result: u32) -> Result<(), Errno> {
    let length = u32::try_from(self.descriptors.preopen(fd)?.len()).map_err(|_| Errno::Overflow)?;
    // The tag of a directory is 0.
    memory.write_u64(result, u64::from(length) << 32)
  }

  pub(super) fn fd_prestat_dir_name(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    pointer: u32,
    length: u32,
  ) -> Result<(), Errno> {
    let name = self.descriptors.preopen(fd)?.as_bytes();
    memory.check(pointer, length)?;
    if name.len() > length as usize { Err(Errno::Nametoolong) } else { memory.write(pointer, name) }
  }

  pub(super) fn fd_fdstat_get(&mut self, memory: &mut Memory<'_>, fd: u32, result: u32) -> Result<(), Errno> {
    memory.check(result, FDSTAT_SIZE)?;
    let stream = |file_type, rights| Fdstat { file_type, flags: 0, rights, inheriting: 0 };
    let fdstat = match self.descriptors.get(fd)? {
      Descriptor::Input(input) => stream(input.file_type(), input.rights),
      Descriptor::Output(output) => stream(output.file_type(), output.rights),
      Descriptor::File(file) => {
        Fdstat { file_type: file.file_type()?, flags: file.flags, rights: file.rights, inheriting: 0 }
      }
      Descriptor::Directory(directory) => {
        Fdstat { file_type: FileType::Directory, flags: 0, rights: directory.rights, inheriting: directory.inheriting }
      }
    };
    fdstat.write(memory, result)
  }

  pub(super) fn fd_fdstat_set_rights(
    &mut self,
    _: &mut Memory<'_>,
    fd: u32,
    rights: Rights,
    inheriting: Rights,
  ) -> Result<(), Errno> {
    let mut none = 0;
    let (has, passes_on) = match self.descriptors.get_mut(fd)? {
      Descriptor::Input(input) => (&mut input.rights, &mut none),
      Descriptor::Output(output) => (&mut output.rights, &mut none),
      Descriptor::File(file) => (&mut file.rights, &mut none),
      Descriptor::Directory(directory) => (&mut directory.rights, &mut directory.inheriting),
    };
    if rights & !*has != 0 || inheriting & !*passes_on != 0 {
      return Err(Errno::Notcapable);
    }
    *has = rights;
    *passes_on = inheriting;
    Ok(())
  }
}
