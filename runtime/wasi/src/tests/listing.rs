use std::collections::BTreeMap;
use std::fs;

use super::*;

/// Reads a directory as guests do: an entry that is cut off is read again. `room` is the size of the buffer.
fn list(guest: &mut Guest, fd: u32, room: u32) -> BTreeMap<String, u8> {
  let mut found = BTreeMap::new();
  let mut cookie = 0;
  loop {
    guest.call("fd_readdir", &[fd.into(), DATA.into(), room.into(), cookie, RESULT.into()]).unwrap();
    let used = guest.get_u32(RESULT);
    let mut place = 0;
    while place + 24 <= used {
      let entry = DATA + place;
      let length = guest.get_u32(entry + 16);
      if place + 24 + length > used {
        break;
      }
      let name = String::from_utf8(guest.get(entry + 24, length).to_vec()).unwrap();
      assert_ne!(guest.get_u64(entry + 8), 0, "{name}");
      assert_eq!(found.insert(name, guest.get(entry + 20, 1)[0]), None);
      cookie = guest.get_u64(entry);
      place += 24 + length;
    }
    if used < room {
      return found;
    }
    assert!(place > 0, "no entry fits");
  }
}

#[test]
fn a_directory_is_listed_with_any_buffer() {
  let dir = tempfile::tempdir().unwrap();
  fs::create_dir(dir.path().join("d")).unwrap();
  for index in 0..100 {
    fs::write(dir.path().join(format!("file {index}")), "").unwrap();
  }
  let mut guest = Guest::in_directories(&[(dir.path(), false)]);
  for room in [32, 33, 47, 100, 1000, 20_000] {
    let found = list(&mut guest, ROOT, room);
    assert_eq!(found.len(), 103);
    assert_eq!((found["."], found[".."], found["d"], found["file 99"]), (3, 3, 3, 4));
  }
}

#[test]
fn a_listing_can_be_taken_up_anywhere() {
  let dir = tempfile::tempdir().unwrap();
  for name in ["a", "b"] {
    fs::write(dir.path().join(name), "").unwrap();
  }
  let mut guest = Guest::in_directories(&[(dir.path(), false)]);
  for (cookie, used) in [(3, 25), (2, 50), (4, 0), (u64::MAX, 0), (0, 25 + 26 + 50)] {
    guest.call("fd_readdir", &[ROOT.into(), DATA.into(), 1000, cookie, RESULT.into()]).unwrap();
    assert_eq!(guest.get_u32(RESULT), used, "{cookie}");
  }
  guest.call("fd_readdir", &[ROOT.into(), DATA.into(), 0, 0, RESULT.into()]).unwrap();
  assert_eq!(guest.get_u32(RESULT), 0);
  assert_eq!(guest.call("fd_readdir", &[0, DATA.into(), 0, 0, RESULT.into()]), refused(Errno::Notdir));
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_utf8_is_left_out() {
  use std::os::unix::ffi::OsStrExt;
  let dir = tempfile::tempdir().unwrap();
  fs::write(dir.path().join(std::ffi::OsStr::from_bytes(b"\xFF")), "").unwrap();
  let mut guest = Guest::in_directories(&[(dir.path(), false)]);
  assert_eq!(list(&mut guest, ROOT, 1000).into_keys().collect::<Vec<_>>(), [".", ".."]);
}
