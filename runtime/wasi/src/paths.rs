//! The functions on paths. Each is relative to an open directory, and `cap-std` refuses those that leave it.

use cap_fs_ext::DirExt;
use cap_fs_ext::FollowSymlinks;
use cap_fs_ext::OpenOptionsFollowExt;
use cap_fs_ext::OpenOptionsMaybeDirExt;
use cap_fs_ext::OpenOptionsSyncExt;
use cap_std::fs::Dir;
use cap_std::fs::OpenOptions;

use super::Errno;
use super::Memory;
use super::Wasi;
use super::descriptors::Descriptor;
use super::directory::Directory;
use super::directory::granted;
use super::files::APPEND;
use super::files::DSYNC;
use super::files::OpenFile;
use super::files::RSYNC;
use super::files::SYNC;
use super::files::open_flags;
use super::metadata::FILESTAT_SIZE;
use super::metadata::NewTimes;
use super::metadata::write_filestat;
use super::rights;
use super::rights::Rights;

/// What is missing is made.
const CREATE: u32 = 1 << 0;
/// It must be a directory.
const DIRECTORY: u32 = 1 << 1;
/// It must not be there.
const EXCLUSIVE: u32 = 1 << 2;
/// What is in it is thrown away.
const TRUNCATE: u32 = 1 << 3;

/// What a guest wants of `path_open`.
struct Opening<'a> {
  path: &'a str,
  follow: bool,
  how: u32,
  flags: u16,
  rights: Rights,
  inheriting: Rights,
}

impl Opening<'_> {
  fn open(self, parent: &Directory) -> Result<Descriptor, Errno> {
    let dir = parent.require(rights::PATH_OPEN)?;
    if self.rights & (rights::FD_READ | rights::FD_WRITE) & !parent.inheriting != 0 {
      return Err(Errno::Notcapable);
    }
    let rights = self.rights & parent.inheriting;
    let inheriting = self.inheriting & parent.inheriting;
    if self.how & DIRECTORY != 0 {
      if self.how & (CREATE | EXCLUSIVE | TRUNCATE) != 0 {
        return Err(Errno::Inval);
      }
      let dir = if self.follow { dir.open_dir(self.path)? } else { dir.open_dir_nofollow(self.path)? };
      return Ok(Descriptor::Directory(Directory::new(dir, parent.write, rights, inheriting)));
    }
    if self.how & CREATE != 0 {
      parent.require_write(rights::PATH_CREATE_FILE)?;
    }
    if self.how & TRUNCATE != 0 {
      parent.require_write(rights::PATH_FILESTAT_SET_SIZE)?;
    }
    if rights & rights::FILE_CONTENT != 0 && !parent.write {
      return Err(Errno::Rofs);
    }
    let system_appends = self.flags & APPEND != 0 && rights & rights::FD_WRITE != 0 && self.how & TRUNCATE == 0;
    let file = dir.open_with(self.path, &self.options(rights, system_appends))?.into_std();
    if file.metadata()?.is_dir() {
      let dir = Dir::from_std_file(file);
      return Ok(Descriptor::Directory(Directory::new(dir, parent.write, rights, inheriting)));
    }
    let rights = granted(rights & rights::FILE, parent.write);
    Ok(Descriptor::File(OpenFile { file, rights, flags: self.flags, system_appends }))
  }

  /// The system is asked for more than the guest may do where it would else refuse; the descriptor's rights decide.
  fn options(&self, rights: Rights, system_appends: bool) -> OpenOptions {
    let write = rights & rights::FILE_CONTENT != 0 || self.how & (CREATE | TRUNCATE) != 0;
    let mut options = OpenOptions::new();
    options
      .read(rights & rights::FD_READ != 0 || !write)
      .write(write)
      .append(system_appends)
      .create(self.how & CREATE != 0)
      .create_new(self.how & (CREATE | EXCLUSIVE) == CREATE | EXCLUSIVE)
      .truncate(self.how & TRUNCATE != 0)
      .follow(if self.follow { FollowSymlinks::Yes } else { FollowSymlinks::No })
      .maybe_dir(true)
      .dsync(self.flags & DSYNC != 0)
      .sync(self.flags & (SYNC | RSYNC) != 0)
      // To open a pipe that nobody else has open would block.
      .nonblock(true);
    options
  }
}

impl Wasi {
  #[expect(clippy::too_many_arguments, reason = "the parameters are preview 1's")]
  pub(super) fn path_open(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    lookup: u32,
    path: u32,
    length: u32,
    how: u32,
    rights: Rights,
    inheriting: Rights,
    flags: u32,
    result: u32,
  ) -> Result<(), Errno> {
    memory.check(result, 4)?;
    let path = memory.path(path, length)?;
    let follow = follows(lookup)?;
    let flags = open_flags(flags)?;
    if how & !(CREATE | DIRECTORY | EXCLUSIVE | TRUNCATE) != 0 {
      return Err(Errno::Inval);
    }
    let parent = self.descriptors.directory(fd)?;
    self.descriptors.free()?;
    let descriptor = Opening { path, follow, how, flags, rights, inheriting }.open(parent)?;
    let number = self.descriptors.insert(descriptor)?;
    memory.write_u32(result, number)
  }

  pub(super) fn path_create_directory(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    length: u32,
  ) -> Result<(), Errno> {
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.require_write(rights::PATH_CREATE_DIRECTORY)?;
    Ok(dir.create_dir(path)?)
  }

  pub(super) fn path_remove_directory(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    length: u32,
  ) -> Result<(), Errno> {
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.require_write(rights::PATH_REMOVE_DIRECTORY)?;
    Ok(dir.remove_dir(path)?)
  }

  pub(super) fn path_unlink_file(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    length: u32,
  ) -> Result<(), Errno> {
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.require_write(rights::PATH_UNLINK_FILE)?;
    Ok(dir.remove_file_or_symlink(path)?)
  }

  pub(super) fn path_filestat_get(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    lookup: u32,
    path: u32,
    length: u32,
    result: u32,
  ) -> Result<(), Errno> {
    memory.check(result, FILESTAT_SIZE)?;
    let path = memory.path(path, length)?;
    let follow = follows(lookup)?;
    let dir = self.descriptors.directory(fd)?.require(rights::PATH_FILESTAT_GET)?;
    let metadata = if follow { dir.metadata(path)? } else { dir.symlink_metadata(path)? };
    write_filestat(memory, result, &metadata)
  }

  #[expect(clippy::too_many_arguments, reason = "the parameters are preview 1's")]
  pub(super) fn path_filestat_set_times(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    lookup: u32,
    path: u32,
    length: u32,
    accessed: u64,
    modified: u64,
    flags: u32,
  ) -> Result<(), Errno> {
    let path = memory.path(path, length)?;
    let follow = follows(lookup)?;
    let times = NewTimes::new(accessed, modified, flags)?;
    let dir = self.descriptors.directory(fd)?.require_write(rights::PATH_FILESTAT_SET_TIMES)?;
    Ok(times.set(dir, path, follow)?)
  }

  /// Both directories must be writable: with the link a file is written to in either.
  #[expect(clippy::too_many_arguments, reason = "the parameters are preview 1's")]
  pub(super) fn path_link(
    &mut self,
    memory: &mut Memory<'_>,
    old_fd: u32,
    old_lookup: u32,
    old_path: u32,
    old_length: u32,
    new_fd: u32,
    new_path: u32,
    new_length: u32,
  ) -> Result<(), Errno> {
    let old_path = memory.path(old_path, old_length)?;
    let new_path = memory.path(new_path, new_length)?;
    if follows(old_lookup)? {
      return Err(Errno::Inval);
    }
    let old = self.descriptors.directory(old_fd)?.require_write(rights::PATH_LINK_SOURCE)?;
    let new = self.descriptors.directory(new_fd)?.require_write(rights::PATH_LINK_TARGET)?;
    Ok(old.hard_link(old_path, new, new_path)?)
  }

  #[expect(clippy::too_many_arguments, reason = "the parameters are preview 1's")]
  pub(super) fn path_rename(
    &mut self,
    memory: &mut Memory<'_>,
    old_fd: u32,
    old_path: u32,
    old_length: u32,
    new_fd: u32,
    new_path: u32,
    new_length: u32,
  ) -> Result<(), Errno> {
    let old_path = memory.path(old_path, old_length)?;
    let new_path = memory.path(new_path, new_length)?;
    let old = self.descriptors.directory(old_fd)?.require_write(rights::PATH_RENAME_SOURCE)?;
    let new = self.descriptors.directory(new_fd)?.require_write(rights::PATH_RENAME_TARGET)?;
    Ok(old.rename(old_path, new, new_path)?)
  }

  /// What the link says may lead anywhere but from the root; it is judged when it is followed.
  pub(super) fn path_symlink(
    &mut self,
    memory: &mut Memory<'_>,
    target: u32,
    target_length: u32,
    fd: u32,
    path: u32,
    length: u32,
  ) -> Result<(), Errno> {
    let target = memory.path(target, target_length)?;
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.require_write(rights::PATH_SYMLINK)?;
    // The extension's method, which knows on Windows too what to make.
    Ok(DirExt::symlink(dir, target, path)?)
  }

  /// What does not fit is cut off. A link to an absolute path is refused: it says where the host's things are.
  #[expect(clippy::too_many_arguments, reason = "the parameters are preview 1's")]
  pub(super) fn path_readlink(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    length: u32,
    buffer: u32,
    buffer_length: u32,
    result: u32,
  ) -> Result<(), Errno> {
    memory.check(buffer, buffer_length)?;
    memory.check(result, 4)?;
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.require(rights::PATH_READLINK)?;
    let target = dir.read_link(path)?.into_os_string().into_string().map_err(|_| Errno::Ilseq)?;
    let target = target.as_bytes();
    let copied = u32::try_from(target.len()).map_or(buffer_length, |length| length.min(buffer_length));
    memory.write(buffer, target.get(..copied as usize).unwrap_or_default())?;
    memory.write_u32(result, copied)
  }
}

/// Whether a symbolic link at the end of the path is followed.
fn follows(lookup: u32) -> Result<bool, Errno> {
  match lookup {
    0 => Ok(false),
    1 => Ok(true),
    _ => Err(Errno::Inval),
  }
}
