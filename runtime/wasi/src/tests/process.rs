use std::time::Duration;
use std::time::SystemTime;

use super::super::ValueType;
use super::super::WasiError;
use super::*;

fn with_strings() -> Guest {
  let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
  Guest::new(WasiOptions {
    args: vec!["tool".to_string(), String::new(), "ä b".to_string()],
    env: vec![pair("HOME", "/"), pair("EMPTY", "")],
    ..WasiOptions::default()
  })
}

#[test]
fn arguments_and_environment_are_those_given() {
  let mut guest = with_strings();
  for (sizes, get, expected) in [
    ("args_sizes_get", "args_get", ["tool", "", "ä b"].as_slice()),
    ("environ_sizes_get", "environ_get", &["HOME=/", "EMPTY="]),
  ] {
    guest.call(sizes, &[0, 4]).unwrap();
    assert_eq!(guest.get_u32(0), expected.len() as u32);
    assert_eq!(guest.get_u32(4), expected.iter().map(|string| string.len() as u32 + 1).sum::<u32>());
    guest.call(get, &[16, DATA.into()]).unwrap();
    for (index, string) in expected.iter().enumerate() {
      let address = guest.get_u32(16 + 4 * index as u32);
      assert_eq!(guest.get(address, string.len() as u32 + 1), [string.as_bytes(), b"\0"].concat());
    }
  }
}

#[test]
fn without_options_there_are_no_strings() {
  let mut guest = Guest::new(WasiOptions::default());
  guest.put(0, &[0xFF; 8]);
  guest.call("environ_sizes_get", &[0, 4]).unwrap();
  assert_eq!(guest.get_u64(0), 0);
  guest.call("environ_get", &[65_536, 65_536]).unwrap();
}

#[test]
fn strings_that_cannot_be_given_are_refused() {
  let args = vec!["a\0b".to_string()];
  assert!(matches!(
    Wasi::new(WasiOptions { args, ..WasiOptions::default() }),
    Err(WasiError::Argument(argument)) if argument == "a\0b"
  ));
  for (name, value) in [("", "x"), ("a=b", "x"), ("a\0", "x"), ("a", "x\0")] {
    let env = vec![(name.to_string(), value.to_string())];
    let result = Wasi::new(WasiOptions { env, ..WasiOptions::default() });
    assert!(matches!(result, Err(WasiError::Variable(_))), "{name:?}");
  }
}

#[test]
fn exit_carries_its_code() {
  let mut guest = Guest::new(WasiOptions::default());
  assert_eq!(guest.try_call("proc_exit", &[7]), Err(Exit::Code(7)));
  assert_eq!(guest.try_call("proc_exit", &[0]), Err(Exit::Code(0)));
}

#[test]
fn random_bytes_are_not_all_the_same() {
  let mut guest = Guest::new(WasiOptions::default());
  guest.call("random_get", &[DATA.into(), 64]).unwrap();
  let first = guest.get(DATA, 64).to_vec();
  guest.call("random_get", &[DATA.into(), 64]).unwrap();
  assert_ne!(first, guest.get(DATA, 64));
  assert_eq!(guest.get(DATA + 64, 64), [0; 64]);
}

#[test]
fn clocks_tell_the_time() {
  let mut guest = Guest::new(WasiOptions::default());
  let before = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
  guest.call("clock_time_get", &[0, 0, 0]).unwrap();
  assert!(Duration::from_nanos(guest.get_u64(0)) >= before);
  guest.call("clock_time_get", &[1, 0, 0]).unwrap();
  let monotonic = guest.get_u64(0);
  assert!(Duration::from_nanos(monotonic) < Duration::from_secs(60));
  guest.call("clock_time_get", &[1, 0, 0]).unwrap();
  assert!(guest.get_u64(0) >= monotonic);
  guest.call("clock_res_get", &[0, 0]).unwrap();
  assert!((1..1_000_000).contains(&guest.get_u64(0)));
  assert_eq!(guest.call("clock_time_get", &[2, 0, 0]), refused(Errno::Notsup));
  assert_eq!(guest.call("clock_time_get", &[4, 0, 0]), refused(Errno::Inval));
}

#[test]
fn clocks_can_be_withheld() {
  let mut guest = Guest::new(WasiOptions { clocks: false, ..WasiOptions::default() });
  assert_eq!(guest.call("clock_time_get", &[0, 0, 0]), refused(Errno::Notsup));
  assert_eq!(guest.call("clock_res_get", &[1, 0]), refused(Errno::Notsup));
}

#[test]
fn there_are_no_sockets_and_signals() {
  let mut guest = Guest::new(WasiOptions::default());
  assert_eq!(guest.call("proc_raise", &[9]), refused(Errno::Notsup));
  for (name, rest) in [("sock_accept", 2), ("sock_recv", 5), ("sock_send", 4), ("sock_shutdown", 1)] {
    for (fd, errno) in [(0, Errno::Notsock), (1, Errno::Notsock), (3, Errno::Badf), (0xFFFF_FFFF, Errno::Badf)] {
      let arguments = [vec![fd], vec![0; rest]].concat();
      assert_eq!(guest.call(name, &arguments), refused(errno), "{name} {fd}");
    }
  }
  guest.call("sched_yield", &[]).unwrap();
}

#[test]
fn the_table_is_complete() {
  let mut names: Vec<_> = FUNCTIONS.iter().map(|function| function.name).collect();
  names.sort_unstable();
  names.dedup();
  assert_eq!(names.len(), 46);
  for function in FUNCTIONS {
    let results: &[ValueType] = if function.name == "proc_exit" { &[] } else { &[ValueType::I32] };
    assert_eq!(function.results, results, "{}", function.name);
  }
}

#[test]
fn arguments_of_the_wrong_number_are_refused() {
  let mut guest = Guest::new(WasiOptions::default());
  for function in FUNCTIONS {
    let arguments = vec![0; function.parameters.len() + 1];
    assert_eq!(guest.call(function.name, &arguments), refused(Errno::Inval), "{}", function.name);
  }
}

#[test]
fn a_guest_can_go_to_another_thread() {
  fn is_send<T: Send>() {}
  is_send::<Wasi>();
}
