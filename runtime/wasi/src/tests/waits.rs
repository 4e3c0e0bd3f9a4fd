//! Pipes in a directory: what is not there yet is waited for until the deadline.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use super::*;

const RIGHTS: u64 = rights::FD_READ | rights::FD_FDSTAT_SET_FLAGS;

/// A directory with a pipe in it, and a guest that has so many milliseconds.
fn scene(milliseconds: u64) -> (tempfile::TempDir, Guest) {
  let end = Instant::now() + Duration::from_millis(milliseconds);
  scene_until(Deadline::new(move || Some(end.saturating_duration_since(Instant::now()))))
}

fn scene_until(deadline: Deadline) -> (tempfile::TempDir, Guest) {
  let dir = tempfile::tempdir().unwrap();
  rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("pipe"), rustix::fs::Mode::RWXU).unwrap();
  let preopens = vec![Preopen { guest: "/".to_string(), host: dir.path().to_path_buf(), write: true, guard: None }];
  (dir, Guest::new(WasiOptions { preopens, deadline, ..WasiOptions::default() }))
}

fn read_and_write(dir: &tempfile::TempDir) -> std::fs::File {
  OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(dir.path().join("pipe")).unwrap()
}

#[test]
fn what_is_written_later_is_read() {
  let (dir, mut guest) = scene(60_000);
  let fd = guest.open(ROOT, "pipe", 0, RIGHTS).unwrap();
  let mut other = read_and_write(&dir);
  let writer = std::thread::spawn(move || {
    std::thread::sleep(Duration::from_millis(50));
    other.write_all(b"later").unwrap();
    other
  });
  assert_eq!(guest.read(fd, 10), Ok(b"later".to_vec()));
  writer.join().unwrap();
}

#[test]
fn what_is_never_written_ends_the_guest() {
  let (dir, mut guest) = scene(50);
  let fd = guest.open(ROOT, "pipe", 0, RIGHTS).unwrap();
  let _other = read_and_write(&dir);
  let start = Instant::now();
  let [buffers, count] = guest.buffers(&[10]);
  assert_eq!(guest.try_call("fd_read", &[fd.into(), buffers, count, RESULT.into()]), Err(Exit::Deadline));
  assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_call_that_is_ended_while_it_waits_ends_soon() {
  // One that has long, and one that has no deadline.
  for most in [Some(Duration::from_secs(3600)), None] {
    let is_ended = Arc::new(AtomicBool::new(false));
    let ended = is_ended.clone();
    let left = move || if ended.load(Ordering::SeqCst) { Some(Duration::ZERO) } else { most };
    let (dir, mut guest) = scene_until(Deadline::new(left));
    let fd = guest.open(ROOT, "pipe", 0, RIGHTS).unwrap();
    let _other = read_and_write(&dir);
    let ender = std::thread::spawn(move || {
      std::thread::sleep(Duration::from_millis(50));
      is_ended.store(true, Ordering::SeqCst);
    });
    let start = Instant::now();
    let [buffers, count] = guest.buffers(&[10]);
    assert_eq!(guest.try_call("fd_read", &[fd.into(), buffers, count, RESULT.into()]), Err(Exit::Deadline));
    assert!(start.elapsed() < Duration::from_secs(60));
    ender.join().unwrap();
  }
}

#[test]
fn a_guest_that_does_not_want_to_wait_does_not() {
  let (dir, mut guest) = scene(60_000);
  let fd = guest.open_with(ROOT, FOLLOW, "pipe", 0, RIGHTS, 4).unwrap();
  let mut other = read_and_write(&dir);
  assert_eq!(guest.read(fd, 10), refused(Errno::Again));
  other.write_all(b"now").unwrap();
  assert_eq!(guest.read(fd, 10), Ok(b"now".to_vec()));
}

#[test]
fn a_full_pipe_ends_the_guest() {
  let (dir, mut guest) = scene(100);
  let _other = read_and_write(&dir);
  let fd = guest.open(ROOT, "pipe", 0, rights::FD_WRITE).unwrap();
  let [buffers, count] = guest.buffers(&[30_000]);
  let start = Instant::now();
  let ended = (0..1000).find_map(|_| guest.try_call("fd_write", &[fd.into(), buffers, count, RESULT.into()]).err());
  assert_eq!(ended, Some(Exit::Deadline));
  assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_pipe_is_waited_for_among_others() {
  let (dir, mut guest) = scene(60_000);
  let fd = guest.open(ROOT, "pipe", 0, RIGHTS).unwrap();
  let mut other = read_and_write(&dir);
  let mut subscriptions = vec![0; 96];
  subscriptions[0] = 1;
  subscriptions[16..20].copy_from_slice(&1_u32.to_le_bytes());
  subscriptions[24..32].copy_from_slice(&20_000_000_u64.to_le_bytes());
  subscriptions[48] = 2;
  subscriptions[56] = 1;
  subscriptions[64..68].copy_from_slice(&fd.to_le_bytes());
  let mut poll = || {
    guest.put(DATA, &subscriptions);
    guest.call("poll_oneoff", &[DATA.into(), 20_000, 2, RESULT.into()]).unwrap();
    (guest.get_u32(RESULT), guest.get_u64(20_000), guest.get_u64(20_016))
  };
  assert_eq!(poll(), (1, 1, 0), "the clock");
  other.write_all(b"abc").unwrap();
  assert_eq!(poll(), (1, 2, 3), "the pipe");
}
