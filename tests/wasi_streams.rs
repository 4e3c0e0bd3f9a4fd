//! Guests that have the program's own streams: nobody writes to its input, or reads its output.

use std::fs::read_to_string;
use std::io::Write;
use std::os::fd::FromRawFd;
use std::os::fd::OwnedFd;
use std::process::Child;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;
use std::time::Instant;

use crate::harness::fixtures;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::text_modules;

/// A deadline is half a second.
const LIMIT: Duration = Duration::from_secs(60);

/// The program, with three pipes, and the file that it writes to.
fn start(op: &str, argument: &str, threads: &str, temp: &tempfile::TempDir) -> Child {
  start_with(Stdio::piped(), op, argument, threads, temp)
}

fn start_with(stdout: Stdio, op: &str, argument: &str, threads: &str, temp: &tempfile::TempDir) -> Child {
  text_modules();
  let mut command = plugbay();
  command.args(["run", "--allow-read", "--allow-write"]).arg(root().join("tests/fixtures/wasi/waits.js"));
  command.arg(fixtures().join("guests/wasi_waits.wasm")).args([op, argument, threads]).arg(temp.path().join("result"));
  command.stdin(Stdio::piped()).stdout(stdout).stderr(Stdio::piped()).spawn().expect("plugbay runs")
}

/// What it wrote into the file; it must have ended.
#[track_caller]
fn result(mut child: Child, temp: &tempfile::TempDir) -> String {
  let start = Instant::now();
  while child.try_wait().expect("it is our child").is_none() {
    if start.elapsed() > LIMIT {
      child.kill().expect("it is our child");
      panic!("not done after {LIMIT:?}");
    }
    sleep(Duration::from_millis(5));
  }
  read_to_string(temp.path().join("result")).expect("it has written the file")
}

#[test]
fn input_that_nobody_writes_ends_the_guest() {
  for (op, threads, expected) in [
    ("read", "0", "ERR_WASM_DEADLINE"),
    ("poll", "0", "ERR_WASM_DEADLINE"),
    ("read", "2", "ERR_WASM_DEADLINE ERR_WASM_DEADLINE"),
  ] {
    let temp = tempfile::tempdir().expect("a folder can be made");
    let mut child = start(op, "0", threads, &temp);
    let _stdin = child.stdin.take();
    assert_eq!(result(child, &temp), expected, "{op} on {threads} threads");
  }
}

#[test]
fn input_that_comes_is_read() {
  for (op, expected) in [("read", "5"), ("poll", "1")] {
    let temp = tempfile::tempdir().expect("a folder can be made");
    let mut child = start(op, "0", "0", &temp);
    let mut stdin = child.stdin.take().expect("it is a pipe");
    stdin.write_all(b"input").expect("the child reads it");
    assert_eq!(result(child, &temp), expected, "{op}");
  }
  let temp = tempfile::tempdir().expect("a folder can be made");
  let mut child = start("read", "0", "0", &temp);
  drop(child.stdin.take());
  assert_eq!(result(child, &temp), "0", "the end");
}

#[test]
fn a_full_pipe_ends_the_guest() {
  for (fd, threads, expected) in [
    ("1", "0", "ERR_WASM_DEADLINE"),
    ("2", "0", "ERR_WASM_DEADLINE"),
    ("1", "2", "ERR_WASM_DEADLINE ERR_WASM_DEADLINE"),
  ] {
    let temp = tempfile::tempdir().expect("a folder can be made");
    let mut child = start("write", fd, threads, &temp);
    let _streams = (child.stdout.take(), child.stderr.take());
    assert_eq!(result(child, &temp), expected, "descriptor {fd} on {threads} threads");
  }
}

#[test]
fn a_terminal_that_nobody_looks_at_ends_the_guest() {
  let (mut ours, mut theirs) = (0, 0);
  let null = std::ptr::null_mut();
  // SAFETY: the two numbers can be written, and what may be null is.
  let made = unsafe { libc::openpty(&mut ours, &mut theirs, null, null.cast(), null.cast()) };
  assert_eq!(made, 0);
  // SAFETY: both were made just now, and nobody else has them.
  let (_ours, theirs) = unsafe { (OwnedFd::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) };
  let temp = tempfile::tempdir().expect("a folder can be made");
  let child = start_with(theirs.into(), "write", "1", "0", &temp);
  assert_eq!(result(child, &temp), "ERR_WASM_DEADLINE");
}

/// The threads of a process whose names begin so.
#[cfg(target_os = "linux")]
fn threads(process: u32, prefix: &str) -> usize {
  let tasks = std::fs::read_dir(format!("/proc/{process}/task")).expect("the process runs");
  let names = tasks.filter_map(|task| read_to_string(task.ok()?.path().join("comm")).ok());
  names.filter(|name| name.starts_with(prefix)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn a_guest_without_a_deadline_keeps_no_thread_when_its_plugin_is_closed() {
  text_modules();
  let temp = tempfile::tempdir().expect("a folder can be made");
  let result = temp.path().join("result");
  let mut command = plugbay();
  command.args(["run", "--allow-read", "--allow-write"]).arg(root().join("tests/fixtures/wasi/closed.js"));
  command.arg(fixtures().join("guests/wasi_waits.wasm")).arg(&result).stdin(Stdio::piped());
  let mut child = command.spawn().expect("plugbay runs");
  let start = Instant::now();
  let is_closed = || read_to_string(&result).is_ok_and(|codes| codes == "ERR_PLUGIN_CLOSED ERR_PLUGIN_CLOSED");
  while !is_closed() || threads(child.id(), "plugbay-lane") > 0 {
    let is_late = start.elapsed() > LIMIT;
    if is_late || child.try_wait().expect("it is our child").is_some() {
      let _ = child.kill();
      panic!("{}, late: {is_late}", read_to_string(&result).unwrap_or_default());
    }
    sleep(Duration::from_millis(5));
  }
  child.kill().expect("it is our child");
  child.wait().expect("it is our child");
}
