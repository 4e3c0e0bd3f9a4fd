use std::fs;

use super::*;

const READ: u64 = rights::FD_READ | rights::FD_SEEK;

/// A directory that is read-only for the guest, and one that is not.
fn guest_and_directories() -> (Guest, tempfile::TempDir, tempfile::TempDir) {
  let (fixed, open) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
  for dir in [&fixed, &open] {
    fs::write(dir.path().join("a"), "content").unwrap();
    fs::create_dir(dir.path().join("d")).unwrap();
    fs::write(dir.path().join("d/b"), "content").unwrap();
  }
  (Guest::in_directories(&[(fixed.path(), false), (open.path(), true)]), fixed, open)
}

fn unchanged(dir: &tempfile::TempDir) {
  let names = |path| {
    let mut names: Vec<_> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    names
  };
  assert_eq!(names(dir.path().to_path_buf()), ["a", "d"]);
  assert_eq!(names(dir.path().join("d")), ["b"]);
  assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"content");
  let modified = fs::metadata(dir.path().join("a")).unwrap().modified().unwrap();
  assert!(modified.elapsed().unwrap().as_secs() < 3600);
}

#[test]
fn what_is_read_only_is_read() {
  let (mut guest, fixed, _open) = guest_and_directories();
  let fd = guest.open(ROOT, "a", 0, READ).unwrap();
  assert_eq!(guest.read(fd, 100), Ok(b"content".to_vec()));
  // Guests ask for rights that have nothing to do with writing a file's content too.
  let fd = guest.open(ROOT, "a", 0, rights::ALL & !rights::FILE_CONTENT).unwrap();
  assert_eq!(guest.read(fd, 100), Ok(b"content".to_vec()));
  unchanged(&fixed);
}

#[test]
fn every_write_on_a_path_is_refused() {
  let (mut guest, fixed, open) = guest_and_directories();
  // A directory opened in it with all rights is as it is.
  let inner = guest.open(ROOT, "d/..", DIRECTORY, rights::DIRECTORY).unwrap();
  let opened = guest.open(ROOT, ".", 0, rights::ALL & !rights::FILE_CONTENT).unwrap();
  for fd in [ROOT, inner, opened] {
    for right in [rights::FD_WRITE, rights::FD_ALLOCATE, rights::FD_FILESTAT_SET_SIZE] {
      assert_eq!(guest.open(fd, "a", 0, READ | right), refused(Errno::Rofs));
    }
    assert_eq!(guest.open(fd, "a", CREATE, READ), refused(Errno::Rofs));
    assert_eq!(guest.open(fd, "new", CREATE | EXCLUSIVE, READ), refused(Errno::Rofs));
    assert_eq!(guest.open(fd, "a", TRUNCATE, READ), refused(Errno::Rofs));
    assert_eq!(guest.on_path("path_create_directory", fd, "new"), refused(Errno::Rofs));
    assert_eq!(guest.on_path("path_remove_directory", fd, "d"), refused(Errno::Rofs));
    assert_eq!(guest.on_path("path_unlink_file", fd, "a"), refused(Errno::Rofs));
    assert_eq!(guest.set_times(fd, "a", 1), refused(Errno::Rofs));
    assert_eq!(guest.symlink("a", fd, "new"), refused(Errno::Rofs));
    for other in [fd, ROOT + 1] {
      assert_eq!(guest.rename(fd, "a", other, "new"), refused(Errno::Rofs));
      assert_eq!(guest.rename(other, "a", fd, "new"), refused(Errno::Rofs));
      assert_eq!(guest.link(fd, "a", other, "new"), refused(Errno::Rofs));
      assert_eq!(guest.link(other, "a", fd, "new"), refused(Errno::Rofs));
    }
    assert_eq!(guest.call("fd_filestat_set_times", &[fd.into(), 0, 1, 0b0100]), refused(Errno::Rofs));
  }
  unchanged(&fixed);
  unchanged(&open);
}

#[test]
fn every_write_on_a_descriptor_is_refused() {
  let (mut guest, fixed, _open) = guest_and_directories();
  for flags in [0, 1] {
    let fd = guest.open_with(ROOT, FOLLOW, "a", 0, rights::ALL & !rights::FILE_CONTENT, flags).unwrap();
    assert_eq!(guest.write(fd, b"x"), refused(Errno::Notcapable));
    let [buffers, count] = guest.buffers(&[1]);
    let pwrite = guest.call("fd_pwrite", &[fd.into(), buffers, count, 0, RESULT.into()]);
    assert_eq!(pwrite, refused(Errno::Notcapable));
    assert_eq!(guest.call("fd_filestat_set_size", &[fd.into(), 0]), refused(Errno::Notcapable));
    assert_eq!(guest.call("fd_allocate", &[fd.into(), 0, 100]), refused(Errno::Notcapable));
    assert_eq!(guest.call("fd_filestat_set_times", &[fd.into(), 0, 1, 0b0100]), refused(Errno::Notcapable));
    let all = guest.call("fd_fdstat_set_rights", &[fd.into(), rights::FILE, 0]);
    assert_eq!(all, refused(Errno::Notcapable));
    guest.call("fd_renumber", &[fd.into(), 1]).unwrap();
    assert_eq!(guest.write(1, b"x"), refused(Errno::Notcapable));
  }
  unchanged(&fixed);
}

#[test]
fn the_rights_of_a_directory_are_not_gained() {
  let (mut guest, _fixed, _open) = guest_and_directories();
  let all = guest.call("fd_fdstat_set_rights", &[ROOT.into(), rights::ALL, rights::ALL]);
  assert_eq!(all, refused(Errno::Notcapable));
  guest.call("fd_fdstat_get", &[ROOT.into(), RESULT.into()]).unwrap();
  assert_eq!(guest.get_u64(RESULT + 8), rights::DIRECTORY & !rights::CHANGES);
  assert_eq!(guest.get_u64(RESULT + 16), rights::ALL);
}
