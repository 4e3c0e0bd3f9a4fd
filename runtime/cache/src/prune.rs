//! Keeping the folder small.

use std::time::Duration;
use std::time::SystemTime;

use cap_std::fs::Dir;

use crate::key::Kind;

/// A draft that is older than this is of a process that was ended: no file takes as long to write.
const DRAFT_AGE: Duration = Duration::from_secs(3600);

/// Removes the modules that were not used for longest until the others have `most` bytes at most, and drafts that were
/// left behind. What has another name, or is no file, stays. What cannot be removed is left to the next time: another
/// process may do the same now.
pub(crate) fn remove_oldest(folder: &Dir, most: u64, now: SystemTime) {
  let Ok(entries) = folder.entries() else { return };
  let mut files = Vec::new();
  for entry in entries.flatten() {
    let name = entry.file_name();
    let Some(name) = name.to_str() else { continue };
    let kind = Kind::of(name);
    if kind == Kind::Foreign {
      continue;
    }
    // Of a link itself, not of what it leads to.
    let Ok(metadata) = folder.symlink_metadata(name) else { continue };
    let Some(modified) = metadata.modified().ok().map(|time| time.into_std()).filter(|_| metadata.is_file()) else {
      continue;
    };
    match kind {
      Kind::Draft if now.duration_since(modified).is_ok_and(|age| age > DRAFT_AGE) => drop(folder.remove_file(name)),
      Kind::Draft => {}
      _ => files.push((modified, metadata.len(), name.to_owned())),
    }
  }
  files.sort();
  let mut size = files.iter().map(|(_, size, _)| size).sum::<u64>();
  for (_, length, name) in files {
    if size <= most {
      break;
    }
    if folder.remove_file(name).is_ok() {
      size -= length;
    }
  }
}

#[cfg(test)]
mod tests {
  use std::fs;
  use std::path::Path;

  use cap_std::ambient_authority;

  use super::*;
  use crate::Key;

  /// A file of ten bytes that was used so many seconds ago.
  fn make(path: &Path, age: u64) {
    fs::write(path, [0; 10]).expect("a file can be made");
    let file = fs::File::options().write(true).open(path).expect("it can be opened");
    file.set_modified(SystemTime::now() - Duration::from_secs(age)).expect("its time can be set");
  }

  fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut names = entries.map(|entry| entry.expect("it can be read").file_name().into_string().expect("it is text"));
    let mut names = names.by_ref().collect::<Vec<_>>();
    names.sort();
    names
  }

  #[test]
  fn the_oldest_modules_and_drafts_that_were_left_go_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let [old, new, older, newer] = ["old", "new", "older", "newer"].map(|name| Key::new(name, b""));
    for (key, age) in [(&old, 300), (&new, 100), (&older, 400), (&newer, 50)] {
      make(&folder.path().join(key.file_name()), age);
    }
    make(&folder.path().join(old.draft_name(1)), 7200);
    make(&folder.path().join(new.draft_name(2)), 60);
    make(&folder.path().join("photo.jpg"), 1_000_000);
    make(&folder.path().join("0123456789abcdef"), 1_000_000);
    // What is no file stays, and holds up nothing.
    let directory = Key::new("directory", b"").file_name();
    fs::create_dir(folder.path().join(&directory)).expect("a folder can be made");
    make(&folder.path().join(&directory).join("in"), 1_000_000);
    #[cfg(unix)]
    std::os::unix::fs::symlink("photo.jpg", folder.path().join(Key::new("link", b"").file_name()))
      .expect("a link can be made");

    let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).expect("the folder can be opened");
    remove_oldest(&dir, 25, SystemTime::now());
    let mut expected = vec![new.file_name(), newer.file_name(), new.draft_name(2), directory];
    expected.extend(["photo.jpg", "0123456789abcdef"].map(str::to_owned));
    #[cfg(unix)]
    expected.push(Key::new("link", b"").file_name());
    expected.sort();
    assert_eq!(names(folder.path()), expected);
  }
}
