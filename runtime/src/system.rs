//! What a runtime wants of the system. V8 and Deno's crates end the process where they do not get it, so it is asked
//! for before.

use std::io;
use std::sync::RwLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;

use crate::Error;

/// Files, pipes and the like that a runtime opens at its start, and a few for the script.
const DESCRIPTORS: usize = 12;
/// V8 reserves 16 GiB of addresses that begin at a multiple of as much, for which it reserves 32 at first; its code and
/// stacks lie outside.
const ADDRESSES: usize = 40 << 30;
/// V8 makes a thread for each processor, up to this many.
const MAX_THREADS: usize = 4;

/// # Errors
///
/// What there is too little of, and what to do.
pub(crate) fn check() -> Result<(), Error> {
  /// Whether V8 has what it keeps as long as the process lives.
  static CHECKED: AtomicBool = AtomicBool::new(false);
  let missing = |what: &str, error: io::Error| Error::System(format!("{what}: {error}"));
  check_descriptors().map_err(|error| {
    missing(&format!("it wants {DESCRIPTORS} file descriptors; `ulimit -n` sets how many there are"), error)
  })?;
  if !CHECKED.load(Ordering::Relaxed) {
    check_addresses().map_err(|error| {
      missing(
        &format!("V8 wants {} GiB of addresses, not of memory; `ulimit -v unlimited` lets it", ADDRESSES >> 30),
        error,
      )
    })?;
    if may_lack_threads() {
      check_threads()
        .map_err(|error| missing("V8 wants a thread for each processor; `ulimit -u` sets how many there are", error))?;
    }
    CHECKED.store(true, Ordering::Relaxed);
  }
  Ok(())
}

fn check_descriptors() -> io::Result<()> {
  let (reader, _writer) = io::pipe()?;
  let mut others = Vec::new();
  while 2 + others.len() < DESCRIPTORS {
    others.push(reader.try_clone()?);
  }
  Ok(())
}

#[cfg(unix)]
fn check_addresses() -> io::Result<()> {
  use rustix::mm;
  let (nothing, flags) = (mm::ProtFlags::empty(), mm::MapFlags::PRIVATE | mm::MapFlags::NORESERVE);
  // SAFETY: it is a new mapping, where the system has room.
  let addresses = unsafe { mm::mmap_anonymous(std::ptr::null_mut(), ADDRESSES, nothing, flags) }?;
  // SAFETY: it is the whole of that mapping, and nothing is in it.
  unsafe { mm::munmap(addresses, ADDRESSES) }?;
  Ok(())
}

#[cfg(not(unix))]
fn check_addresses() -> io::Result<()> {
  Ok(())
}

/// Whether a limit of threads may be near. Only then are they tried: where all processors are busy, that takes longer
/// than the rest of a start.
#[cfg(target_os = "linux")]
fn may_lack_threads() -> bool {
  use rustix::process::Resource;
  let number = |path| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
  // The user's threads are not more than those of all users: "0.20 0.18 0.12 1/80 11206", the running ones and all.
  let of_all_users = || {
    let load = std::fs::read_to_string("/proc/loadavg").ok()?;
    load.split([' ', '/']).nth(4)?.parse::<u64>().ok()
  };
  let is_near = |limit: u64, used: Option<u64>| used.is_none_or(|used| used + 2 * MAX_THREADS as u64 > limit);
  let of_user = rustix::process::getrlimit(Resource::Nproc).current;
  // In a container these files are its own. A limit that is none is the word "max".
  of_user.is_some_and(|limit| is_near(limit, of_all_users()))
    || ["/sys/fs/cgroup", "/sys/fs/cgroup/pids"].iter().any(|group| {
      number(format!("{group}/pids.max")).is_some_and(|limit| is_near(limit, number(format!("{group}/pids.current"))))
    })
}

#[cfg(not(target_os = "linux"))]
fn may_lack_threads() -> bool {
  true
}

fn check_threads() -> io::Result<()> {
  // Twice as many: the system counts those that have ended here for a moment longer, while V8 makes its own.
  let count = 2 * thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS);
  let gate = RwLock::new(());
  thread::scope(|scope| {
    // All of them are there until this is dropped.
    let _closed = gate.write();
    for _ in 0..count {
      thread::Builder::new().spawn_scoped(scope, || drop(gate.read()))?;
    }
    Ok(())
  })
}
