//! The functions on paths. Each is relative to an open directory, and `cap-std` refuses those that leave it.

use cap_fs_ext::DirExt;
use cap_fs_ext::FollowSymlinks;
use cap_fs_ext::OpenOptionsFollowExt;
use cap_fs_ext::OpenOptionsMaybeDirExt;
use cap_fs_ext::OpenOptionsSyncExt;
use cap_std::fs::Dir;
use cap_std::fs::OpenOptions;

use crate::Errno;
use crate::Memory;
use crate::Wasi;
use crate::descriptors::Descriptor;
use crate::directory::Directory;
use crate::directory::granted;
use crate::fault::Fault;
use crate::fdflags;
use crate::links;
use crate::metadata::FILESTAT_SIZE;
use crate::metadata::write_filestat;
use crate::open_file::OpenFile;
use crate::places;
use crate::rights;
use crate::rights::Rights;
use crate::times::NewTimes;

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
  fn open(self, parent: &Directory) -> Result<Descriptor, Fault> {
    let dir = parent.at_open(self.path, self.follow, self.writes(self.rights))?;
    if self.rights & (rights::FD_READ | rights::FD_WRITE) & !parent.inheriting != 0 {
      return Err(Errno::Notcapable.into());
    }
    let rights = self.rights & parent.inheriting;
    let inheriting = self.inheriting & parent.inheriting;
    if self.how & DIRECTORY != 0 {
      if self.how & (CREATE | EXCLUSIVE | TRUNCATE) != 0 {
        return Err(Errno::Inval.into());
      }
      if rights & rights::FD_WRITE != 0 {
        return Err(Errno::Isdir.into());
      }
      let opened = if self.follow { dir.open_dir(self.path)? } else { dir.open_dir_nofollow(self.path)? };
      return Ok(Descriptor::Directory(parent.child(opened, self.path, self.follow, rights, inheriting)?));
    }
    if self.how & CREATE != 0 {
      parent.require_write(rights::PATH_CREATE_FILE)?;
    }
    if self.how & TRUNCATE != 0 {
      parent.require_write(rights::PATH_FILESTAT_SET_SIZE)?;
    }
    if rights & rights::FILE_CONTENT != 0 && !parent.grant.write {
      return Err(Errno::Rofs.into());
    }
    let file = dir.open_with(self.path, &self.options(rights))?.into_std();
    if file.metadata()?.is_dir() {
      let opened = Dir::from_std_file(file);
      return Ok(Descriptor::Directory(parent.child(opened, self.path, self.follow, rights, inheriting)?));
    }
    let mut file = OpenFile {
      file,
      rights: granted(rights & rights::FILE, parent.grant.write),
      flags: self.flags & !fdflags::APPEND,
    };
    // Not with the options, which take it for a leave to write, and do not have it together with what throws content
    // away.
    file.set_append(self.flags & fdflags::APPEND != 0)?;
    Ok(Descriptor::File(file))
  }

  /// Whether the system is asked for leave to write.
  fn writes(&self, rights: Rights) -> bool {
    rights & rights::FILE_CONTENT != 0 || self.how & (CREATE | TRUNCATE) != 0
  }

  /// The system is asked for more than the guest may do where it would else refuse; the descriptor's rights decide.
  fn options(&self, rights: Rights) -> OpenOptions {
    let write = self.writes(rights);
    let mut options = OpenOptions::new();
    options
      .read(rights & rights::FD_READ != 0 || !write)
      .write(write)
      .create(self.how & CREATE != 0)
      .create_new(self.how & (CREATE | EXCLUSIVE) == CREATE | EXCLUSIVE)
      .truncate(self.how & TRUNCATE != 0)
      .follow(if self.follow { FollowSymlinks::Yes } else { FollowSymlinks::No })
      .maybe_dir(true)
      .dsync(self.flags & fdflags::DSYNC != 0)
      .sync(self.flags & (fdflags::SYNC | fdflags::RSYNC) != 0)
      // To open a pipe that nobody else has open would block, and so would reading it.
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
  ) -> Result<(), Fault> {
    memory.check(result, 4)?;
    let path = memory.path(path, length)?;
    let follow = follows(lookup)?;
    let flags = fdflags::from_guest(flags)?;
    if how & !(CREATE | DIRECTORY | EXCLUSIVE | TRUNCATE) != 0 {
      return Err(Errno::Inval.into());
    }
    let parent = self.descriptors.directory(fd)?;
    self.descriptors.free()?;
    let descriptor = Opening { path, follow, how, flags, rights, inheriting }.open(parent)?;
    let number = self.descriptors.insert(descriptor)?;
    Ok(memory.write_u32(result, number)?)
  }

  pub(super) fn path_create_directory(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    length: u32,
  ) -> Result<(), Fault> {
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.at_write(rights::PATH_CREATE_DIRECTORY, path, false)?;
    Ok(dir.create_dir(path)?)
  }

  pub(super) fn path_remove_directory(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    length: u32,
  ) -> Result<(), Fault> {
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.at_write(rights::PATH_REMOVE_DIRECTORY, path, false)?;
    // A slash at the end says that it is a directory, which is seen anyway.
    let name = path.trim_end_matches('/');
    Ok(dir.remove_dir(if name.is_empty() { path } else { name })?)
  }

  pub(super) fn path_unlink_file(
    &mut self,
    memory: &mut Memory<'_>,
    fd: u32,
    path: u32,
    length: u32,
  ) -> Result<(), Fault> {
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.at_write(rights::PATH_UNLINK_FILE, path, false)?;
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
  ) -> Result<(), Fault> {
    memory.check(result, FILESTAT_SIZE)?;
    let path = memory.path(path, length)?;
    let follow = follows(lookup)?;
    let dir = self.descriptors.directory(fd)?.at(rights::PATH_FILESTAT_GET, path, follow)?;
    let metadata = if follow { dir.metadata(path)? } else { dir.symlink_metadata(path)? };
    Ok(write_filestat(memory, result, &metadata)?)
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
  ) -> Result<(), Fault> {
    let path = memory.path(path, length)?;
    let follow = follows(lookup)?;
    let times = NewTimes::new(accessed, modified, flags)?;
    let dir = self.descriptors.directory(fd)?.at_write(rights::PATH_FILESTAT_SET_TIMES, path, follow)?;
    Ok(times.set(&dir, path, follow)?)
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
  ) -> Result<(), Fault> {
    let old_path = memory.path(old_path, old_length)?;
    let new_path = memory.path(new_path, new_length)?;
    if follows(old_lookup)? {
      return Err(Errno::Inval.into());
    }
    let _held = places::change_places(&self.deadline)?;
    let old = self.descriptors.directory(old_fd)?.at_change(rights::PATH_LINK_SOURCE, old_path)?;
    let directory = self.descriptors.directory(new_fd)?;
    let new = directory.at_change(rights::PATH_LINK_TARGET, new_path)?;
    links::check_moved(old, old_path, directory, new_path, &self.deadline)?;
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
  ) -> Result<(), Fault> {
    let old_path = memory.path(old_path, old_length)?;
    let new_path = memory.path(new_path, new_length)?;
    let _held = places::change_places(&self.deadline)?;
    let old = self.descriptors.directory(old_fd)?.at_change(rights::PATH_RENAME_SOURCE, old_path)?;
    let directory = self.descriptors.directory(new_fd)?;
    let new = directory.at_change(rights::PATH_RENAME_TARGET, new_path)?;
    links::check_moved(old, old_path, directory, new_path, &self.deadline)?;
    Ok(old.rename(old_path, new, new_path)?)
  }

  /// What the link says does not lead out of what was granted, whoever follows it.
  pub(super) fn path_symlink(
    &mut self,
    memory: &mut Memory<'_>,
    target: u32,
    target_length: u32,
    fd: u32,
    path: u32,
    length: u32,
  ) -> Result<(), Fault> {
    let target = memory.path(target, target_length)?;
    let path = memory.path(path, length)?;
    let _held = places::change_places(&self.deadline)?;
    let directory = self.descriptors.directory(fd)?;
    let dir = directory.at_change(rights::PATH_SYMLINK, path)?;
    links::check_new(target.as_ref(), directory, path)?;
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
  ) -> Result<(), Fault> {
    memory.check(buffer, buffer_length)?;
    memory.check(result, 4)?;
    let path = memory.path(path, length)?;
    let dir = self.descriptors.directory(fd)?.at(rights::PATH_READLINK, path, false)?;
    let target = dir.read_link(path)?.into_os_string().into_string().map_err(|_| Errno::Ilseq)?;
    let target = target.as_bytes();
    let copied = u32::try_from(target.len()).map_or(buffer_length, |length| length.min(buffer_length));
    memory.write(buffer, target.get(..copied as usize).unwrap_or_default())?;
    Ok(memory.write_u32(result, copied)?)
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
