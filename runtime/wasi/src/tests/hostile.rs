use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::super::Output;
use super::super::Stdin;
use super::super::ValueType;
use super::*;

fn guest_in(dir: &Path) -> Guest {
  guest_until(dir, Deadline::default())
}

fn guest_until(dir: &Path, deadline: Deadline) -> Guest {
  let mut guest = Guest::new(WasiOptions {
    args: vec!["a".to_string()],
    env: vec![("A".to_string(), "b".to_string())],
    stdin: Stdin::Bytes(vec![1; 100]),
    stdout: Output::Capture,
    stderr: Output::Null,
    preopens: vec![Preopen { guest: ".".to_string(), host: dir.to_path_buf(), write: true, guard: None }],
    deadline,
    ..WasiOptions::default()
  });
  guest.open(ROOT, "file", CREATE, rights::ALL).unwrap();
  guest
}

/// The functions without a pointer, and those that fail before they look at one.
const WITHOUT_POINTER: &[&str] = &[
  "fd_advise",
  "fd_allocate",
  "fd_close",
  "fd_datasync",
  "fd_fdstat_set_flags",
  "fd_fdstat_set_rights",
  "fd_filestat_set_size",
  "fd_filestat_set_times",
  "fd_renumber",
  "fd_sync",
  "proc_exit",
  "proc_raise",
  "sched_yield",
  "sock_accept",
  "sock_recv",
  "sock_send",
  "sock_shutdown",
];

#[test]
fn pointers_out_of_the_memory_are_refused() {
  let dir = tempfile::tempdir().unwrap();
  let end = 65_536;
  for value in [0xFFFF_FFFF, 0x8000_0000, 0xFFFF_FFF8, end, end - 1, u64::MAX] {
    for fd in [0, 1, 2, 3, 4, value] {
      for function in FUNCTIONS.iter().filter(|function| !WITHOUT_POINTER.contains(&function.name)) {
        let mut guest = guest_in(dir.path());
        let mut arguments = vec![value; function.parameters.len()];
        // These have no descriptor first.
        if function.name.starts_with("fd_") || (function.name.starts_with("path_") && function.name != "path_symlink") {
          arguments[0] = fd;
        }
        let result = guest.try_call(function.name, &arguments).unwrap();
        // The last byte of the memory is a pointer to a string of one byte, and to nothing longer.
        assert_ne!(result, 0, "{} {arguments:x?}", function.name);
      }
    }
  }
}

#[test]
fn each_pointer_is_checked() {
  let dir = tempfile::tempdir().unwrap();
  // Valid arguments, and which of them are pointers.
  let table: &[(&str, &[u64], &[usize])] = &[
    ("args_get", &[16, 32], &[0, 1]),
    ("args_sizes_get", &[16, 32], &[0, 1]),
    ("environ_get", &[16, 32], &[0, 1]),
    ("environ_sizes_get", &[16, 32], &[0, 1]),
    ("clock_res_get", &[0, 0], &[1]),
    ("clock_time_get", &[0, 0, 0], &[2]),
    ("fd_fdstat_get", &[3, 0], &[1]),
    ("fd_filestat_get", &[3, 0], &[1]),
    ("fd_pread", &[4, 256, 1, 0, 0], &[1, 4]),
    ("fd_prestat_get", &[3, 0], &[1]),
    ("fd_prestat_dir_name", &[3, 0, 1], &[1]),
    ("fd_pwrite", &[4, 256, 1, 0, 0], &[1, 4]),
    ("fd_read", &[0, 256, 1, 0], &[1, 3]),
    ("fd_readdir", &[3, 4096, 100, 0, 0], &[1, 4]),
    ("fd_seek", &[4, 0, 0, 0], &[3]),
    ("fd_tell", &[4, 0], &[1]),
    ("fd_write", &[1, 256, 1, 0], &[1, 3]),
    ("path_create_directory", &[3, 40_000, 1], &[1]),
    ("path_filestat_get", &[3, 0, 40_000, 4, 0], &[2, 4]),
    ("path_filestat_set_times", &[3, 0, 40_000, 4, 0, 0, 0], &[2]),
    ("path_link", &[3, 0, 40_000, 4, 3, 50_000, 1], &[2, 5]),
    ("path_open", &[3, 0, 40_000, 4, 0, 2, 0, 0, 0], &[2, 8]),
    ("path_readlink", &[3, 45_000, 1, 0, 10, 100], &[1, 3, 5]),
    ("path_remove_directory", &[3, 46_000, 1], &[1]),
    ("path_rename", &[3, 40_000, 4, 3, 50_000, 1], &[1, 4]),
    ("path_symlink", &[40_000, 4, 3, 50_000, 1], &[0, 3]),
    ("path_unlink_file", &[3, 40_000, 4], &[1]),
    ("poll_oneoff", &[8192, 16_384, 1, 0], &[0, 1, 3]),
    ("random_get", &[0, 10], &[0]),
  ];
  for (name, arguments, pointers) in table {
    for broken in std::iter::once(None).chain(pointers.iter().map(Some)) {
      for value in [0xFFFF_FFFF, 0xFFFF_FFFC, 65_536, 0x8000_0000] {
        let directory = dir.path().join("guest");
        fs::create_dir_all(directory.join("d")).unwrap();
        let mut guest = guest_in(&directory);
        guest.symlink("t", ROOT, "s").unwrap();
        guest.buffers(&[1]);
        guest.put(PATH, b"file");
        guest.put(45_000, b"s");
        guest.put(46_000, b"d");
        guest.put(SECOND_PATH, b"n");
        let mut arguments = arguments.to_vec();
        let expected = match broken {
          Some(index) => {
            arguments[*index] = value;
            refused(Errno::Fault)
          }
          None => Ok(()),
        };
        let before = guest.memory.clone();
        let names = || fs::read_dir(&directory).unwrap().count();
        let count = names();
        assert_eq!(guest.call(name, &arguments), expected, "{name} {arguments:x?}");
        if broken.is_some() {
          assert_eq!(names(), count, "{name} {arguments:x?}");
          assert!(matches!(*name, "args_get" | "environ_get") || guest.memory == before, "{name} {arguments:x?}");
          assert_eq!(guest.call("fd_tell", &[5, 0]), refused(Errno::Badf), "{name} leaves a descriptor");
        }
        drop(guest);
        fs::remove_dir_all(&directory).unwrap();
      }
    }
  }
}

#[test]
fn buffers_out_of_the_memory_are_refused() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = guest_in(dir.path());
  for (start, length) in [(0, u32::MAX), (u32::MAX, 1), (u32::MAX, u32::MAX), (65_536, 1), (65_535, 2), (1, 65_536)] {
    guest.put(BUFFERS, &[start, length].map(u32::to_le_bytes).concat());
    for (name, fd) in [("fd_read", 0), ("fd_read", 4), ("fd_write", 1), ("fd_write", 4)] {
      assert_eq!(guest.call(name, &[fd, BUFFERS.into(), 1, 0]), refused(Errno::Fault), "{name} {start:x} {length:x}");
    }
    for name in ["fd_pread", "fd_pwrite"] {
      assert_eq!(guest.call(name, &[4, BUFFERS.into(), 1, 0, 0]), refused(Errno::Fault), "{name} {start:x} {length:x}");
    }
  }
  for count in [1025, 0x2000_0000, 0x8000_0000, 0xFFFF_FFFF] {
    assert_eq!(guest.call("fd_write", &[1, BUFFERS.into(), count, 0]), refused(Errno::Inval));
    assert_eq!(guest.call("fd_read", &[0, BUFFERS.into(), count, 0]), refused(Errno::Inval));
  }
  assert_eq!(guest.wasi.take_stdout(), b"");
}

#[test]
fn a_bad_buffer_after_good_ones_stops_all() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = guest_in(dir.path());
  guest.put(BUFFERS, &[DATA, 4, u32::MAX, 4].map(u32::to_le_bytes).concat());
  assert_eq!(guest.call("fd_write", &[1, BUFFERS.into(), 2, 0]), refused(Errno::Fault));
  assert_eq!(guest.call("fd_read", &[0, BUFFERS.into(), 2, 0]), refused(Errno::Fault));
  assert_eq!(guest.wasi.take_stdout(), b"");
  assert_eq!(guest.get(DATA, 4), [0; 4]);
}

#[test]
fn buffers_may_overlap() {
  let dir = tempfile::tempdir().unwrap();
  let mut guest = guest_in(dir.path());
  let fd = guest.open(ROOT, "overlap", CREATE, rights::ALL).unwrap();
  guest.write(fd, b"abcdef").unwrap();
  guest.seek(fd, 0, 0).unwrap();
  // The array itself is one of the buffers, and the result is put into another.
  guest.put(BUFFERS, &[DATA, 4, DATA + 2, 4, BUFFERS, 24].map(u32::to_le_bytes).concat());
  guest.call("fd_read", &[fd.into(), BUFFERS.into(), 3, (DATA + 2).into()]).unwrap();
  assert_eq!(guest.get(DATA, 6), b"ab\x06\0\0\0");
  // The sum of the buffers is more than a memory can be.
  let whole = vec![[0, 65_536].map(u32::to_le_bytes).concat(); 1024].concat();
  guest.put(BUFFERS, &whole);
  guest.call("fd_read", &[fd.into(), BUFFERS.into(), 1024, 0]).unwrap();
  let mut large = Guest { wasi: guest.wasi, memory: vec![0; 8 << 20] };
  let sum = vec![[0, 8 << 20].map(u32::to_le_bytes).concat(); 1024].concat();
  large.put(BUFFERS, &sum);
  assert_eq!(large.call("fd_write", &[2, BUFFERS.into(), 1024, 0]), refused(Errno::Inval));
}

#[test]
fn a_memory_of_nothing_has_no_place() {
  let dir = tempfile::tempdir().unwrap();
  for function in FUNCTIONS.iter().filter(|function| !WITHOUT_POINTER.contains(&function.name)) {
    let mut guest = guest_in(dir.path());
    guest.memory.clear();
    let mut arguments = vec![1; function.parameters.len()];
    if function.name.starts_with("fd_") {
      arguments[0] = ROOT.into();
    }
    let result = guest.try_call(function.name, &arguments).unwrap();
    assert_ne!(result, 0, "{}", function.name);
  }
}

/// Calls with arguments put together from values that are near some limit: nothing panics, whatever comes of them.
#[test]
fn nothing_panics() {
  let dir = tempfile::tempdir().unwrap();
  let inside = dir.path().join("inside");
  fs::create_dir(&inside).unwrap();
  // Over each fourth time that it is asked for: no wait is long.
  let asked = AtomicU32::new(0);
  let left = move || Some(Duration::from_nanos(u64::from(asked.fetch_add(1, Ordering::Relaxed) % 4)));
  let deadline = Deadline::new(left);
  let mut guest = guest_until(&inside, deadline.clone());
  let values = [
    0,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    16,
    47,
    100,
    256,
    1024,
    4096,
    40_000,
    50_000,
    65_530,
    65_535,
    65_536,
    1 << 31,
    (1 << 31) - 1,
    0xFFFF_FFF0,
    0xFFFF_FFFF,
    1 << 32,
    1 << 62,
    i64::MAX as u64,
    1 << 63,
    u64::MAX,
  ];
  let paths: [&[u8]; 8] = [b"file", b"d", b"d/x", b".", b"..", b"../x", b"/x", b"d/../.."];
  let mut state = 0x9E37_79B9_7F4A_7C15_u64;
  let mut random = |bound: usize| {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    (state % bound as u64) as usize
  };
  for round in 0..30_000 {
    // A guest that has closed everything finds nothing more.
    if round % 500 == 0 {
      guest = guest_until(&inside, deadline.clone());
    }
    let function = &FUNCTIONS[random(FUNCTIONS.len())];
    if matches!(function.name, "fd_allocate" | "fd_filestat_set_size" | "fd_pwrite" | "fd_seek") && random(2) == 0 {
      // A file of 2^62 bytes takes no room, but time to be told so.
      continue;
    }
    let arguments: Vec<u64> = function.parameters.iter().map(|_| values[random(values.len())]).collect();
    let narrow = |(value, ty): (&u64, &ValueType)| if *ty == ValueType::I32 { *value as u32 as u64 } else { *value };
    let mut arguments: Vec<u64> = arguments.iter().zip(function.parameters).map(narrow).collect();
    guest.put(PATH, paths[random(paths.len())]);
    guest.put(SECOND_PATH, paths[random(paths.len())]);
    guest.put(BUFFERS, &[DATA, random(100) as u32].map(u32::to_le_bytes).concat());
    if function.name.starts_with("path_") && random(2) == 0 {
      for (index, argument) in arguments.iter_mut().enumerate() {
        *argument = [ROOT.into(), 0, PATH.into(), SECOND_PATH.into(), 1, 3, 4][if index == 0 { 0 } else { random(7) }];
      }
    }
    match guest.try_call(function.name, &arguments) {
      Ok(errno) => assert!(errno <= 76),
      Err(Exit::Code(code)) => assert_eq!((function.name, u64::from(code)), ("proc_exit", arguments[0])),
      Err(Exit::Deadline) => {}
    }
  }
  drop(guest);
  let names: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
  assert_eq!(names, ["inside"]);
}
