use std::fs;
use std::io::Write;

use super::*;

const READ: u64 = rights::FD_READ | rights::FD_SEEK | rights::FD_TELL | rights::FD_FDSTAT_SET_FLAGS;
const WRITE: u64 = READ | rights::FILE;

#[test]
fn a_file_is_written_and_read() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  let fd = guest.open(ROOT, "a", CREATE, WRITE).unwrap();
  assert_eq!(guest.write(fd, b"hello world"), Ok(11));
  assert_eq!(guest.seek(fd, -5, 2), Ok(6));
  assert_eq!(guest.read(fd, 100), Ok(b"world".to_vec()));
  assert_eq!(guest.seek(fd, 0, 1), Ok(11));
  assert_eq!(guest.seek(fd, -12, 1), refused(Errno::Inval));
  assert_eq!(guest.seek(fd, -1, 0), refused(Errno::Inval));
  assert_eq!(guest.seek(fd, 0, 3), refused(Errno::Inval));
  guest.call("fd_tell", &[fd.into(), RESULT.into()]).unwrap();
  assert_eq!(guest.get_u64(RESULT), 11);
  guest.call("fd_sync", &[fd.into()]).unwrap();
  guest.call("fd_datasync", &[fd.into()]).unwrap();
  guest.call("fd_sync", &[ROOT.into()]).unwrap();
  guest.call("fd_advise", &[fd.into(), 0, 5, 1]).unwrap();
  assert_eq!(guest.call("fd_advise", &[fd.into(), 0, 5, 6]), refused(Errno::Inval));
  assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"hello world");
}

#[test]
fn reading_at_a_place_does_not_move_it() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  let fd = guest.open(ROOT, "a", CREATE, WRITE).unwrap();
  guest.write(fd, b"0123456789").unwrap();
  let [buffers, count] = guest.buffers(&[2, 3]);
  guest.call("fd_pread", &[fd.into(), buffers, count, 4, RESULT.into()]).unwrap();
  assert_eq!(guest.get_u32(RESULT), 5);
  assert_eq!(guest.get(DATA, 5), b"45678");
  guest.put(DATA, b"abcde");
  guest.call("fd_pwrite", &[fd.into(), buffers, count, 8, RESULT.into()]).unwrap();
  assert_eq!(guest.get_u32(RESULT), 5);
  assert_eq!(guest.seek(fd, 0, 1), Ok(10));
  assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"01234567abcde");
  assert_eq!(guest.call("fd_pread", &[fd.into(), buffers, count, u64::MAX, RESULT.into()]), refused(Errno::Inval));
  assert_eq!(guest.call("fd_pwrite", &[fd.into(), buffers, count, 1 << 63, RESULT.into()]), refused(Errno::Inval));
}

#[test]
fn a_file_is_opened_as_asked() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  assert_eq!(guest.open(ROOT, "a", 0, READ), refused(Errno::Noent));
  guest.open(ROOT, "a", CREATE | EXCLUSIVE, READ).unwrap();
  assert_eq!(guest.open(ROOT, "a", CREATE | EXCLUSIVE, READ), refused(Errno::Exist));
  assert_eq!(guest.open(ROOT, "a", DIRECTORY, READ), refused(Errno::Notdir));
  assert_eq!(guest.open(ROOT, "a", CREATE | DIRECTORY, READ), refused(Errno::Inval));
  assert_eq!(guest.open(ROOT, "a", 16, READ), refused(Errno::Inval));
  assert_eq!(guest.open_with(ROOT, 2, "a", 0, READ, 0), refused(Errno::Inval));
  assert_eq!(guest.open_with(ROOT, 0, "a", 0, READ, 32), refused(Errno::Inval));
  fs::write(dir.path().join("a"), "content").unwrap();
  let fd = guest.open(ROOT, "a", TRUNCATE, READ).unwrap();
  assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"");
  assert_eq!(guest.write(fd, b"x"), refused(Errno::Notcapable));
}

#[test]
fn appending_can_be_switched() {
  let dir = tempfile::tempdir().unwrap();
  fs::write(dir.path().join("a"), "ab").unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  let fd = guest.open_with(ROOT, FOLLOW, "a", 0, WRITE, 1).unwrap();
  guest.seek(fd, 0, 0).unwrap();
  guest.write(fd, b"cd").unwrap();
  // The system itself sees to it: also when somebody else writes there.
  fs::OpenOptions::new()
    .append(true)
    .open(dir.path().join("a"))
    .and_then(|file| (&file).write_all(b"by another"))
    .unwrap();
  guest.write(fd, b".").unwrap();
  assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"abcdby another.");
  guest.call("fd_fdstat_set_flags", &[fd.into(), 0]).unwrap();
  guest.seek(fd, 4, 0).unwrap();
  guest.call("fd_filestat_set_size", &[fd.into(), 4]).unwrap();
  let fd = guest.open(ROOT, "a", 0, WRITE).unwrap();
  guest.call("fd_fdstat_set_flags", &[fd.into(), 0b101]).unwrap();
  guest.write(fd, b"ef").unwrap();
  guest.call("fd_fdstat_get", &[fd.into(), RESULT.into()]).unwrap();
  assert_eq!(guest.get_u32(RESULT), 4 | 0b101 << 16);
  guest.call("fd_fdstat_set_flags", &[fd.into(), 0]).unwrap();
  guest.seek(fd, 0, 0).unwrap();
  guest.write(fd, b"AB").unwrap();
  assert_eq!(guest.call("fd_fdstat_set_flags", &[fd.into(), 2]), refused(Errno::Notsup));
  assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"ABcdef");
}

#[test]
fn a_file_that_is_emptied_can_be_appended_to() {
  let dir = tempfile::tempdir().unwrap();
  fs::write(dir.path().join("a"), "old").unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  let fd = guest.open_with(ROOT, FOLLOW, "a", TRUNCATE, WRITE, 1).unwrap();
  guest.write(fd, b"ab").unwrap();
  guest.seek(fd, 0, 0).unwrap();
  guest.write(fd, b"cd").unwrap();
  assert_eq!(fs::read(dir.path().join("a")).unwrap(), b"abcd");
}

#[test]
fn sizes_and_times_are_set() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  let fd = guest.open(ROOT, "a", CREATE, WRITE).unwrap();
  guest.call("fd_filestat_set_size", &[fd.into(), 100]).unwrap();
  guest.call("fd_allocate", &[fd.into(), 50, 20]).unwrap();
  assert_eq!(fs::metadata(dir.path().join("a")).unwrap().len(), 100);
  guest.call("fd_allocate", &[fd.into(), 150, 50]).unwrap();
  assert_eq!(fs::metadata(dir.path().join("a")).unwrap().len(), 200);
  assert_eq!(guest.call("fd_allocate", &[fd.into(), u64::MAX, 1]), refused(Errno::Inval));
  assert_eq!(guest.call("fd_filestat_set_size", &[fd.into(), u64::MAX]), refused(Errno::Inval));
  guest.call("fd_filestat_set_times", &[fd.into(), 5_000_000_000, 7_000_000_000, 0b0101]).unwrap();
  assert_eq!(guest.call("fd_filestat_set_times", &[fd.into(), 0, 0, 0b0011]), refused(Errno::Inval));
  assert_eq!(guest.call("fd_filestat_set_times", &[fd.into(), 0, 0, 0b10000]), refused(Errno::Inval));
  guest.call("fd_filestat_get", &[fd.into(), RESULT.into()]).unwrap();
  let fields: [u64; 8] = std::array::from_fn(|index| guest.get_u64(8 * index as u32));
  assert_eq!(fields[2..7], [4, 1, 200, 5_000_000_000, 7_000_000_000]);
  guest.set_times(ROOT, "a", 9_000_000_000).unwrap();
  guest.filestat(ROOT, 0, "a").unwrap();
  assert_eq!(guest.get_u64(48), 9_000_000_000);
  guest.call("fd_filestat_set_times", &[ROOT.into(), 0, 3_000_000_000, 0b0100]).unwrap();
  guest.call("fd_filestat_get", &[ROOT.into(), RESULT.into()]).unwrap();
  assert_eq!((guest.get_u64(16), guest.get_u64(48)), (3, 3_000_000_000));
}

#[test]
fn things_are_made_moved_and_removed() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  guest.on_path("path_create_directory", ROOT, "d").unwrap();
  assert_eq!(guest.on_path("path_create_directory", ROOT, "d"), refused(Errno::Exist));
  guest.open(ROOT, "d/a", CREATE, WRITE).unwrap();
  guest.rename(ROOT, "d/a", ROOT, "b").unwrap();
  guest.link(ROOT, "b", ROOT, "d/c").unwrap();
  guest.symlink("../b", ROOT, "d/s").unwrap();
  assert_eq!(guest.readlink(ROOT, "d/s"), Ok(b"../b".to_vec()));
  guest.filestat(ROOT, 0, "d/s").unwrap();
  assert_eq!(guest.get_u64(16), 7);
  guest.filestat(ROOT, FOLLOW, "d/s").unwrap();
  assert_eq!((guest.get_u64(16), guest.get_u64(24)), (4, 2));
  guest.open(ROOT, "d/s", 0, READ).unwrap();
  assert_eq!(guest.open_with(ROOT, 0, "d/s", 0, READ, 0), refused(Errno::Loop));
  assert_eq!(guest.on_path("path_remove_directory", ROOT, "d"), refused(Errno::Notempty));
  assert_eq!(guest.on_path("path_remove_directory", ROOT, "b"), refused(Errno::Notdir));
  assert!(guest.on_path("path_unlink_file", ROOT, "d").is_err());
  for path in ["d/s", "d/c", "b"] {
    guest.on_path("path_unlink_file", ROOT, path).unwrap();
  }
  guest.on_path("path_remove_directory", ROOT, "d").unwrap();
  assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn things_are_moved_and_linked_between_directories() {
  let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
  fs::write(first.path().join("a"), "a").unwrap();
  let mut guest = Guest::in_directories(&[(first.path(), true), (second.path(), true)]);
  guest.link(ROOT, "a", ROOT + 1, "linked").unwrap();
  guest.rename(ROOT, "a", ROOT + 1, "moved").unwrap();
  assert!(!first.path().join("a").exists());
  assert!(second.path().join("linked").exists() && second.path().join("moved").exists());
}

#[test]
fn a_long_link_is_cut_off() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  guest.symlink("target", ROOT, "s").unwrap();
  let [path, length] = guest.path(PATH, "s");
  guest.call("path_readlink", &[ROOT.into(), path, length, DATA.into(), 3, RESULT.into()]).unwrap();
  assert_eq!((guest.get_u32(RESULT), guest.get(DATA, 4)), (3, b"tar\0".as_slice()));
}

#[test]
fn directories_are_told_by_their_names() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), false)]);
  guest.call("fd_prestat_get", &[ROOT.into(), RESULT.into()]).unwrap();
  let name = format!("/{}", dir.path().file_name().unwrap().to_str().unwrap());
  assert_eq!((guest.get_u32(0), guest.get_u32(4)), (0, name.len() as u32));
  guest.call("fd_prestat_dir_name", &[ROOT.into(), DATA.into(), name.len() as u64]).unwrap();
  assert_eq!(guest.get(DATA, name.len() as u32), name.as_bytes());
  let short = guest.call("fd_prestat_dir_name", &[ROOT.into(), DATA.into(), name.len() as u64 - 1]);
  assert_eq!(short, refused(Errno::Nametoolong));
  assert_eq!(guest.call("fd_prestat_get", &[4, RESULT.into()]), refused(Errno::Badf));
  let fd = guest.open(ROOT, ".", DIRECTORY, rights::DIRECTORY).unwrap();
  assert_eq!(guest.call("fd_prestat_get", &[fd.into(), RESULT.into()]), refused(Errno::Badf));
}

#[test]
fn what_a_directory_does_not_pass_on_is_not_had() {
  let dir = tempfile::tempdir().unwrap();
  fs::write(dir.path().join("a"), "a").unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  guest.call("fd_fdstat_set_rights", &[ROOT.into(), rights::PATH_OPEN, rights::FD_READ]).unwrap();
  assert_eq!(guest.open(ROOT, "a", 0, WRITE), refused(Errno::Notcapable));
  assert_eq!(guest.open(ROOT, "b", CREATE, READ), refused(Errno::Notcapable));
  assert_eq!(guest.on_path("path_unlink_file", ROOT, "a"), refused(Errno::Notcapable));
  let fd = guest.open(ROOT, "a", 0, READ).unwrap();
  assert_eq!(guest.read(fd, 2), Ok(b"a".to_vec()));
  assert_eq!(guest.seek(fd, 0, 0), refused(Errno::Notcapable));
}

#[test]
fn descriptors_have_a_limit() {
  let dir = tempfile::tempdir().unwrap();
  fs::write(dir.path().join("a"), "a").unwrap();
  let preopens = vec![Preopen { guest: ".".to_string(), host: dir.path().to_path_buf(), write: true, guard: None }];
  let mut guest = Guest::new(WasiOptions { preopens, descriptor_limit: 8, ..WasiOptions::default() });
  for number in 4..8 {
    assert_eq!(guest.open(ROOT, "a", 0, READ), Ok(number));
  }
  assert_eq!(guest.open(ROOT, "a", 0, READ), refused(Errno::Mfile));
  assert_eq!(guest.open(ROOT, "new", CREATE, READ), refused(Errno::Mfile));
  assert!(!dir.path().join("new").exists());
  guest.call("fd_close", &[5]).unwrap();
  assert_eq!(guest.open(ROOT, "a", 0, READ), Ok(5));
  assert!(Wasi::new(WasiOptions { descriptor_limit: 2, ..WasiOptions::default() }).is_err());
}

#[test]
fn a_directory_that_is_not_there_cannot_be_given() {
  let dir = tempfile::tempdir().unwrap();
  for (guest, host) in [("a", dir.path().join("missing")), ("", dir.path().to_path_buf())] {
    let preopens = vec![Preopen { guest: guest.to_string(), host, write: true, guard: None }];
    assert!(Wasi::new(WasiOptions { preopens, ..WasiOptions::default() }).is_err());
  }
}

#[test]
fn a_directory_is_opened_with_what_it_can_have() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  guest.call("fd_fdstat_get", &[ROOT.into(), RESULT.into()]).unwrap();
  let (has, passes_on) = (guest.get_u64(RESULT + 8), guest.get_u64(RESULT + 16));
  for follow in [0, FOLLOW] {
    for (how, rights) in [(0, has), (0, 0), (DIRECTORY, 0), (DIRECTORY, rights::FD_READ), (DIRECTORY, has)] {
      let fd = guest.open_with(ROOT, follow, ".", how, rights, 0).unwrap();
      guest.call("fd_fdstat_get", &[fd.into(), RESULT.into()]).unwrap();
      assert_eq!(guest.get(RESULT, 1), [3]);
      assert_eq!(guest.get_u64(RESULT + 8), rights & has, "{how} {rights:x}");
      assert_eq!(guest.get_u64(RESULT + 16), passes_on);
      guest.call("fd_close", &[fd.into()]).unwrap();
    }
    for how in [0, DIRECTORY] {
      let opened = guest.open_with(ROOT, follow, ".", how, rights::FD_READ | rights::FD_WRITE, 0);
      assert_eq!(opened, refused(Errno::Isdir));
    }
  }
}

#[test]
fn a_directory_is_removed_by_its_name_with_a_slash() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  guest.on_path("path_create_directory", ROOT, "d").unwrap();
  fs::write(dir.path().join("file"), "").unwrap();
  guest.symlink("d", ROOT, "link").unwrap();
  for path in ["file", "file/", "link", "link/"] {
    assert_eq!(guest.on_path("path_remove_directory", ROOT, path), refused(Errno::Notdir), "{path}");
  }
  for path in ["../d/", "/", "//", "/d/"] {
    assert_eq!(guest.on_path("path_remove_directory", ROOT, path), refused(Errno::Perm), "{path}");
  }
  guest.on_path("path_remove_directory", ROOT, "d/").unwrap();
  guest.on_path("path_create_directory", ROOT, "d").unwrap();
  guest.on_path("path_remove_directory", ROOT, "d///").unwrap();
  assert!(!dir.path().join("d").exists());
}

#[cfg(unix)]
#[test]
fn a_pipe_does_not_block() {
  let dir = tempfile::tempdir().unwrap();
  let pipe = dir.path().join("pipe");
  let made = std::process::Command::new("mkfifo").arg(&pipe).status();
  if !made.is_ok_and(|status| status.success()) {
    return;
  }
  let mut guest = Guest::in_directories(&[(dir.path(), true)]);
  let fd = guest.open(ROOT, "pipe", 0, READ).unwrap();
  assert_eq!(guest.read(fd, 4), Ok(vec![]));
  assert_eq!(guest.seek(fd, 0, 0), refused(Errno::Spipe));
}
