//! The table of descriptors as a guest changes it, and what is told of each.

use crate::Errno;
use crate::Memory;
use crate::Wasi;
use crate::descriptors::Descriptor;
use crate::metadata::FDSTAT_SIZE;
use crate::metadata::Fdstat;
use crate::metadata::FileType;
use crate::rights::Rights;

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
