//! The folder: opened once, and from then on reached through what was opened, wherever its path leads later.

use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::SystemTime;

use cap_fs_ext::DirExt;
use cap_fs_ext::FollowSymlinks;
use cap_fs_ext::OpenOptionsFollowExt;
use cap_fs_ext::OpenOptionsSyncExt;
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use cap_std::fs::DirBuilder;
use cap_std::fs::File;
use cap_std::fs::Metadata;
use cap_std::fs::OpenOptions;

use crate::Key;
use crate::Stored;
use crate::file;
use crate::prune;

/// The folder within the one that is given: nothing else lies in it.
const NAME: &str = "plugbay-modules";
/// The bytes that all files have together at most, and so each of them.
const MAX_BYTES: u64 = 256 << 20;

/// Where compiled modules are kept.
#[derive(Debug)]
pub struct Folder {
  given: PathBuf,
  dir: Dir,
}

impl Folder {
  /// Makes a folder for modules in the one at `path`, and that too if it is not there.
  ///
  /// # Errors
  ///
  /// When it cannot be made, or when others than its owner may write into one of the two.
  pub fn open(path: &Path) -> io::Result<Self> {
    let given = std::path::absolute(path)?;
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&given)?;
    let outer = Dir::open_ambient_dir(&given, ambient_authority())?;
    check_is_ours(&outer.dir_metadata()?)?;
    // Where grants and messages say it is.
    let given = given.canonicalize()?;
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    cap_std::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match outer.create_dir_with(NAME, &builder) {
      Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
      _ => {}
    }
    let dir = outer.open_dir_nofollow(NAME)?;
    check_is_ours(&dir.dir_metadata()?)?;
    Ok(Self { given, dir })
  }

  /// The folder that was given, absolute and without links.
  pub fn path(&self) -> &Path {
    &self.given
  }

  /// Where the file of this key is.
  pub fn path_of(&self, key: &Key) -> PathBuf {
    self.given.join(NAME).join(key.file_name())
  }

  /// What was written under this key: `None` if there is no file, an error if there is something that is not a whole
  /// one.
  ///
  /// # Errors
  ///
  /// When it cannot be read, or is not what [`write`](Self::write) leaves.
  pub fn read(&self, key: &Key) -> io::Result<Option<Stored>> {
    let mut options = OpenOptions::new();
    // Neither a link nor a pipe nor a device is opened, or waited for.
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let opened = self.dir.open_with(key.file_name(), &options);
    let file = match opened {
      Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
      opened => opened?,
    };
    let metadata = file.metadata()?;
    let invalid = |why| io::Error::new(ErrorKind::InvalidData, why);
    if !metadata.is_file() {
      return Err(invalid("it is no file"));
    }
    check_is_ours(&metadata)?;
    if metadata.len() > MAX_BYTES {
      return Err(invalid("it is too long"));
    }
    let mut contents = Vec::with_capacity(metadata.len() as usize + 1);
    // That of the standard library reads into memory that nobody has cleared.
    let mut file = file.into_std();
    (&mut file).take(metadata.len() + 1).read_to_end(&mut contents)?;
    let stored = Stored::parse(key, contents).ok_or_else(|| invalid("it is not whole"))?;
    // Its age is that of its last use. Where that cannot be set it goes earlier.
    let _ = file.set_modified(SystemTime::now());
    Ok(Some(stored))
  }

  /// Writes a file in the place of the one with this key, then removes those that were not used for longest.
  ///
  /// # Errors
  ///
  /// When it cannot be written, or is longer than all files may be together.
  pub fn write(&self, key: &Key, description: &[u8], module: &[u8], code: &[u8]) -> io::Result<()> {
    let parts = [description, module, code];
    let head = file::head(key, parts);
    if (parts.iter().map(|part| part.len()).sum::<usize>() + head.len()) as u64 > MAX_BYTES {
      return Err(io::Error::new(ErrorKind::FileTooLarge, "it is too long to be kept"));
    }
    let (draft, name) = self.draft(key)?;
    let written = write_parts(draft, &head, parts).and_then(|()| self.dir.rename(&name, &self.dir, key.file_name()));
    if written.is_err() {
      let _ = self.dir.remove_file(&name);
    }
    written?;
    prune::remove_oldest(&self.dir, MAX_BYTES, SystemTime::now());
    Ok(())
  }

  /// A new file, and its name: another process may read the whole one now, or write the same.
  fn draft(&self, key: &Key) -> io::Result<(File, String)> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    cap_std::fs::OpenOptionsExt::mode(&mut options, 0o600);
    loop {
      let number = u64::from(std::process::id()) << 32 | NEXT.fetch_add(1, Ordering::Relaxed) & 0xFFFF_FFFF;
      let name = key.draft_name(number);
      match self.dir.open_with(&name, &options) {
        // Of a process that was ended and had the same number.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        opened => return opened.map(|file| (file, name)),
      }
    }
  }
}

fn write_parts(mut draft: File, head: &[u8], parts: [&[u8]; 3]) -> io::Result<()> {
  draft.write_all(head)?;
  parts.iter().try_for_each(|part| draft.write_all(part))
}

/// # Errors
///
/// When others than the user who runs this may have written there.
fn check_is_ours(metadata: &Metadata) -> io::Result<()> {
  #[cfg(unix)]
  {
    use cap_std::fs::MetadataExt;
    if metadata.mode() & 0o022 != 0 || metadata.uid() != rustix::process::geteuid().as_raw() {
      let message = "it must belong to the user who runs plugbay, and nobody else may write into it";
      return Err(io::Error::new(ErrorKind::PermissionDenied, message));
    }
  }
  #[cfg(not(unix))]
  let _ = metadata;
  Ok(())
}

#[cfg(test)]
mod tests {
  use std::fs;

  use super::*;

  fn make() -> (tempfile::TempDir, Folder, Key) {
    let outer = tempfile::tempdir().expect("a folder can be made");
    let folder = Folder::open(outer.path()).expect("it is the user's");
    (outer, folder, Key::new("compiler", b"module"))
  }

  fn write(folder: &Folder, key: &Key) -> io::Result<()> {
    folder.write(key, b"description", b"module", b"code")
  }

  fn is_whole(folder: &Folder, key: &Key) -> bool {
    folder.read(key).is_ok_and(|stored| stored.is_some_and(|stored| stored.code() == b"code"))
  }

  #[test]
  fn what_is_written_is_read_and_nothing_else_stays() {
    let (outer, folder, key) = make();
    assert!(folder.read(&key).expect("there is nothing").is_none());
    for _ in 0..2 {
      write(&folder, &key).expect("it can be written");
      assert!(is_whole(&folder, &key));
    }
    assert_eq!(fs::read_dir(outer.path().join(NAME)).expect("it can be read").count(), 1);
    assert_eq!(fs::read_dir(outer.path()).expect("it can be read").count(), 1);
  }

  #[test]
  fn a_folder_stays_the_one_that_was_opened() {
    let (outer, folder, key) = make();
    let moved = outer.path().join("moved");
    fs::rename(outer.path().join(NAME), &moved).expect("it can be moved");
    fs::create_dir(outer.path().join(NAME)).expect("there can be another");
    write(&folder, &key).expect("it can be written");
    assert!(is_whole(&folder, &key));
    assert!(moved.join(key.file_name()).is_file());
    assert_eq!(fs::read_dir(outer.path().join(NAME)).expect("it can be read").count(), 0);
  }

  #[test]
  fn a_relative_path_is_made_absolute() {
    let here = std::env::current_dir().expect("there is one");
    let outer = tempfile::tempdir_in(&here).expect("a folder can be made");
    let relative = outer.path().strip_prefix(&here).expect("it is in it");
    let folder = Folder::open(relative).expect("it is the user's");
    assert_eq!(folder.path(), outer.path().canonicalize().expect("it is there"));
  }

  #[test]
  fn a_draft_that_is_in_the_way_is_passed_over() {
    let (outer, folder, key) = make();
    let (_, first) = folder.draft(&key).expect("it can be made");
    let number = u64::from_str_radix(first.split('.').nth(1).expect("it has a number"), 16).expect("it is one");
    for next in 1..4 {
      fs::write(outer.path().join(NAME).join(key.draft_name(number + next)), "").expect("it can be made");
    }
    write(&folder, &key).expect("it can be written");
    assert!(is_whole(&folder, &key));
  }

  #[test]
  #[cfg(unix)]
  fn folders_and_files_that_others_may_write_are_refused() {
    use std::os::unix::fs::PermissionsExt;
    let (outer, folder, key) = make();
    write(&folder, &key).expect("it can be written");
    let set_mode = |path: &Path, mode| {
      fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("its mode can be set");
    };
    set_mode(&folder.path_of(&key), 0o622);
    assert!(folder.read(&key).is_err_and(|error| error.kind() == ErrorKind::PermissionDenied));
    for path in [outer.path().to_owned(), outer.path().join(NAME)] {
      set_mode(&path, 0o722);
      let error = Folder::open(outer.path()).expect_err("others may write");
      assert_eq!(error.kind(), ErrorKind::PermissionDenied);
      set_mode(&path, 0o700);
    }
    assert!(Folder::open(outer.path()).is_ok());
  }

  #[test]
  #[cfg(unix)]
  fn what_is_no_file_under_a_key_is_neither_followed_nor_waited_for() {
    use std::os::unix::fs::symlink;
    let (outer, folder, key) = make();
    let path = folder.path_of(&key);
    write(&folder, &key).expect("it can be written");
    let elsewhere = outer.path().join("elsewhere");
    fs::rename(&path, &elsewhere).expect("it can be moved");

    symlink(&elsewhere, &path).expect("a link can be made");
    assert!(folder.read(&key).is_err(), "a link to a whole file");
    write(&folder, &key).expect("the link is replaced");
    assert!(is_whole(&folder, &key));
    fs::remove_file(&path).expect("it can be removed");

    let mode = rustix::fs::Mode::RWXU;
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, mode).expect("a pipe can be made");
    assert!(folder.read(&key).is_err(), "a pipe");
    write(&folder, &key).expect("the pipe is replaced");
    assert!(is_whole(&folder, &key));
    fs::remove_file(&path).expect("it can be removed");

    fs::create_dir(&path).expect("a folder can be made");
    assert!(folder.read(&key).is_err(), "a folder");
    assert!(write(&folder, &key).is_err(), "a folder is not replaced");
    assert_eq!(fs::read_dir(outer.path().join(NAME)).expect("it can be read").count(), 1, "no draft is left");
    let other = Key::new("compiler", b"another");
    write(&folder, &other).expect("the others are kept as before");
    assert!(is_whole(&folder, &other));
  }

  #[test]
  fn a_file_that_is_too_long_is_not_read() {
    let (_outer, folder, key) = make();
    // It takes no room.
    let file = fs::File::create(folder.path_of(&key)).expect("a file can be made");
    file.set_len(MAX_BYTES + 1).expect("its length can be set");
    assert!(folder.read(&key).is_err_and(|error| error.to_string().contains("too long")));
  }
}
