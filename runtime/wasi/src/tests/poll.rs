use std::time::Duration;
use std::time::Instant;

use super::super::Stdin;
use super::*;

const EVENTS: u32 = 20_000;

fn clock(userdata: u64, id: u32, timeout: u64, flags: u16) -> Vec<u8> {
  let mut bytes = vec![0; 48];
  bytes[0..8].copy_from_slice(&userdata.to_le_bytes());
  bytes[16..20].copy_from_slice(&id.to_le_bytes());
  bytes[24..32].copy_from_slice(&timeout.to_le_bytes());
  bytes[40..42].copy_from_slice(&flags.to_le_bytes());
  bytes
}

fn descriptor(userdata: u64, kind: u8, fd: u32) -> Vec<u8> {
  let mut bytes = vec![0; 48];
  bytes[0..8].copy_from_slice(&userdata.to_le_bytes());
  bytes[8] = kind;
  bytes[16..20].copy_from_slice(&fd.to_le_bytes());
  bytes
}

/// Userdata, error, kind and available bytes of each event.
fn poll(guest: &mut Guest, subscriptions: &[Vec<u8>]) -> Result<Vec<(u64, u32, u8, u64)>, u32> {
  guest.put(DATA, &subscriptions.concat());
  guest.call("poll_oneoff", &[DATA.into(), EVENTS.into(), subscriptions.len() as u64, RESULT.into()])?;
  let event = |index| {
    let place = EVENTS + 32 * index;
    let error = guest.get_u32(place + 8) & 0xFFFF;
    (guest.get_u64(place), error, guest.get(place + 10, 1)[0], guest.get_u64(place + 16))
  };
  Ok((0..guest.get_u32(RESULT)).map(event).collect())
}

#[test]
fn a_sleep_takes_its_time() {
  let mut guest = Guest::new(WasiOptions::default());
  let start = Instant::now();
  assert_eq!(poll(&mut guest, &[clock(5, 1, 20_000_000, 0)]), Ok(vec![(5, 0, 0, 0)]));
  assert!(start.elapsed() >= Duration::from_millis(20));
}

#[test]
fn the_shortest_sleep_counts() {
  let mut guest = Guest::new(WasiOptions::default());
  let start = Instant::now();
  let subscriptions = [clock(1, 1, u64::MAX, 0), clock(2, 0, 1_000_000, 0)];
  assert_eq!(poll(&mut guest, &subscriptions), Ok(vec![(2, 0, 0, 0)]));
  assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_time_that_has_passed_is_not_slept_for() {
  let mut guest = Guest::new(WasiOptions::default());
  assert_eq!(poll(&mut guest, &[clock(1, 0, 1, 1)]), Ok(vec![(1, 0, 0, 0)]));
}

/// A deadline so far away, of a call that begins now.
fn ends_after(milliseconds: u64) -> Deadline {
  let end = Instant::now() + Duration::from_millis(milliseconds);
  Deadline::new(move || Some(end.saturating_duration_since(Instant::now())))
}

#[test]
fn no_sleep_goes_beyond_the_deadline() {
  for subscription in [clock(1, 1, u64::MAX, 0), clock(1, 0, u64::MAX, 1), clock(1, 1, 3_600_000_000_000, 0)] {
    let mut guest = Guest::new(WasiOptions { deadline: ends_after(20), ..WasiOptions::default() });
    let start = Instant::now();
    guest.put(DATA, &subscription);
    // It is not told of a success that it had not.
    let arguments = [DATA.into(), EVENTS.into(), 1, RESULT.into()];
    assert_eq!(guest.try_call("poll_oneoff", &arguments), Err(Exit::Deadline));
    assert!(start.elapsed() >= Duration::from_millis(20));
    // And the next one does not begin.
    let again = Instant::now();
    for _ in 0..50 {
      assert_eq!(guest.try_call("poll_oneoff", &arguments), Err(Exit::Deadline));
    }
    assert!(start.elapsed() < Duration::from_secs(30) && again.elapsed() < Duration::from_secs(20));
    assert_eq!(guest.get_u32(RESULT), 0);
  }
}

#[test]
fn a_sleep_before_the_deadline_is_slept() {
  let mut guest = Guest::new(WasiOptions { deadline: ends_after(60_000), ..WasiOptions::default() });
  let start = Instant::now();
  assert_eq!(poll(&mut guest, &[clock(5, 1, 20_000_000, 0)]), Ok(vec![(5, 0, 0, 0)]));
  assert!(start.elapsed() >= Duration::from_millis(20));
}

#[test]
fn long_work_ends_with_the_deadline() {
  let mut guest = Guest::new(WasiOptions { deadline: ends_after(0), ..WasiOptions::default() });
  assert_eq!(guest.try_call("random_get", &[0, 65_536]), Err(Exit::Deadline));
}

#[test]
fn descriptors_are_ready_at_once() {
  let mut guest = Guest::new(WasiOptions { stdin: Stdin::Bytes(b"abc".to_vec()), ..WasiOptions::default() });
  let subscriptions = [clock(1, 1, u64::MAX, 0), descriptor(2, 1, 0), descriptor(3, 2, 1), descriptor(4, 1, 99)];
  let badf = Errno::Badf.code().into();
  assert_eq!(poll(&mut guest, &subscriptions), Ok(vec![(2, 0, 1, 3), (3, 0, 2, 1), (4, badf, 1, 0)]));
}

#[test]
fn what_cannot_be_waited_for_is_said() {
  let mut guest = Guest::new(WasiOptions { clocks: false, ..WasiOptions::default() });
  assert_eq!(poll(&mut guest, &[]), refused(Errno::Inval));
  assert_eq!(poll(&mut guest, &[descriptor(1, 3, 0)]), refused(Errno::Inval));
  assert_eq!(poll(&mut guest, &[clock(1, 1, u64::MAX, 0)]), Ok(vec![(1, Errno::Notsup.code().into(), 0, 0)]));
  assert_eq!(guest.call("poll_oneoff", &[0, 0, 0x8000_0000, 0]), refused(Errno::Inval));
}
