//! Directories that have the system's own files below them.

use std::path::Path;
use std::path::PathBuf;

use super::super::Guard;
use super::*;

/// A guest with a directory of which the guard lets through what is not in one of the system's trees, and to be read.
fn guest_at(host: &str, write: bool) -> Guest {
  let guard = Guard::new(|path, write| {
    assert!(path.is_absolute(), "{path:?}");
    path == Path::new("/dev/null")
      || (path == Path::new("/dev/zero") && !write)
      || !["/proc", "/sys", "/dev"].iter().any(|tree| path.starts_with(tree))
  });
  let preopens = vec![Preopen { guest: "/".to_string(), host: PathBuf::from(host), write, guard: Some(guard) }];
  Guest::new(WasiOptions { preopens, ..WasiOptions::default() })
}

const READ: u64 = rights::FD_READ;

#[test]
fn what_is_the_systems_own_is_not_had() {
  let mut guest = guest_at("/", true);
  let etc = guest.open(ROOT, "etc", DIRECTORY, rights::DIRECTORY).unwrap();
  let again = guest.open(ROOT, ".", DIRECTORY, rights::DIRECTORY).unwrap();
  for (fd, path) in [
    (ROOT, "proc/self/environ"),
    (ROOT, "proc/self/mem"),
    (ROOT, "proc/self"),
    (ROOT, "proc/./self/../1/environ"),
    (ROOT, "etc/../proc/self/maps"),
    (ROOT, "proc/"),
    (ROOT, "proc"),
    (ROOT, "proc/."),
    (ROOT, "dev/stdin"),
    (ROOT, "dev/full"),
    (ROOT, "sys/kernel"),
    (again, "proc/self/environ"),
    (again, "./dev"),
  ] {
    for (how, rights) in [(0, READ), (0, rights::FILE_CONTENT), (CREATE, READ), (TRUNCATE, READ), (DIRECTORY, READ)] {
      for follow in [0, FOLLOW] {
        assert_denied(path, guest.open_with(fd, follow, path, how, rights, 0).map(drop));
      }
    }
    assert_denied(path, guest.filestat(fd, FOLLOW, path));
    assert_denied(path, guest.filestat(fd, 0, path));
    assert_denied(path, guest.readlink(fd, path).map(drop));
    assert_denied(path, guest.set_times(fd, path, 1));
    assert_denied(path, guest.rename(fd, path, ROOT, "tmp/plugbay-never"));
    assert_denied(path, guest.link(fd, path, ROOT, "tmp/plugbay-never"));
    assert_denied(path, guest.rename(ROOT, "tmp/plugbay-never", fd, path));
    assert_denied(path, guest.symlink("a", fd, path));
    for name in ["path_unlink_file", "path_create_directory", "path_remove_directory"] {
      assert_denied(path, guest.on_path(name, fd, path));
    }
  }
  guest.filestat(etc, 0, "passwd").unwrap();
  assert_eq!(guest.open(etc, "../proc/self/environ", 0, READ), refused(Errno::Perm));
}

/// Refused by the guard; of links to what is the system's own, which are absolute, because of that.
#[track_caller]
fn assert_denied(path: &str, result: Result<(), u32>) {
  assert!(result == refused(Errno::Acces) || result == refused(Errno::Perm), "{path}: {result:?}");
}

#[test]
fn links_lead_to_it_neither() {
  let dir = tempfile::tempdir().unwrap();
  let place = dir.path().canonicalize().unwrap();
  let depth = place.components().count() - 1;
  let target = format!("{}proc", "../".repeat(depth));
  std::os::unix::fs::symlink(&target, place.join("link")).unwrap();
  std::os::unix::fs::symlink("link/self/environ", place.join("second")).unwrap();
  let inside = place.to_str().unwrap().trim_start_matches('/').to_string();
  let mut guest = guest_at("/", true);
  for path in ["link/self/environ", "second", "link", "link/"] {
    assert_eq!(guest.open(ROOT, format!("{inside}/{path}"), 0, READ), refused(Errno::Acces), "{path}");
    assert_eq!(guest.filestat(ROOT, FOLLOW, format!("{inside}/{path}")), refused(Errno::Acces), "{path}");
  }
  // The link itself is a file like others.
  guest.filestat(ROOT, 0, format!("{inside}/link")).unwrap();
  assert_eq!(guest.readlink(ROOT, format!("{inside}/link")), Ok(target.into_bytes()));
  guest.on_path("path_unlink_file", ROOT, format!("{inside}/link")).unwrap();
}

#[test]
fn what_the_guard_allows_is_had() {
  let mut guest = guest_at("/", true);
  let null = guest.open(ROOT, "dev/null", 0, READ | rights::FD_WRITE).unwrap();
  assert_eq!(guest.read(null, 10), Ok(vec![]));
  assert_eq!(guest.write(null, b"gone"), Ok(4));
  let zero = guest.open(ROOT, "dev/zero", 0, READ).unwrap();
  assert_eq!(guest.read(zero, 4), Ok(vec![0; 2]));
  assert_eq!(guest.open(ROOT, "dev/zero", 0, rights::FD_WRITE), refused(Errno::Acces));
  guest.filestat(ROOT, FOLLOW, "etc/passwd").unwrap();
}

#[test]
fn a_directory_of_the_systems_own_has_nothing() {
  let mut guest = guest_at("/proc", false);
  for path in ["self/environ", "1", "version", "."] {
    assert_denied(path, guest.open(ROOT, path, 0, READ).map(drop));
  }
}
