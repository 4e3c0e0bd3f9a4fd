//! Libraries that are damaged, each loaded in a process of its own: what the handshake lets pass does not end the
//! process.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use libloading::os::unix::Library;
use libloading::os::unix::RTLD_LOCAL;
use libloading::os::unix::RTLD_NOW;
use plugin_handshake::Refusal;

/// Where a process of a test finds the library that it has to load.
const LIBRARY: &str = "PLUGBAY_DAMAGED_LIBRARY";
/// Longer than it takes on the busiest machine: a loader that goes in circles does not end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What became of a library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
  RefusedByHandshake,
  RefusedByLoader,
  Loaded,
  /// It ended the process, or would not end.
  Crashed,
}

/// The fates of a set, with the names of what crashed.
struct Fates {
  counts: BTreeMap<Fate, usize>,
  crashed: Vec<String>,
}

impl Fates {
  fn count(&self, fate: Fate) -> usize {
    self.counts.get(&fate).copied().unwrap_or_default()
  }
}

#[test]
fn a_whole_library_is_loaded() {
  let fates = try_all(vec![("whole".to_string(), good())]);
  assert_eq!(fates.count(Fate::Loaded), 1, "{:?}", plugin_handshake::read(&good()).err());
}

#[test]
fn damaged_headers_do_not_end_the_process() {
  let good = good();
  let regions = regions(&good);
  let mut random = Random(9);
  let changed = (0..640).map(|number| {
    let (name, region) = &regions[number % regions.len()];
    let mut library = good.clone();
    let change = change(&mut library, region.clone(), &mut random);
    (format!("{number}: {name} {change}"), library)
  });
  let fates = try_all(changed.collect());
  eprintln!("{:?}", fates.counts);
  assert!(fates.crashed.len() <= 5, "{:#?}", fates.crashed);
  // Not because everything is refused.
  assert!(fates.count(Fate::Loaded) > 50, "{:?}", fates.counts);
}

#[test]
fn zeroed_blocks_do_not_end_the_process() {
  const BLOCK: usize = 4096;
  let good = good();
  // What is behind that is not mapped.
  let (_, dynamic) = regions(&good).swap_remove(1);
  let count = (dynamic.end - BLOCK) / 8;
  let changed = (0..177).map(|number| {
    let start = number * count / 176 * 8;
    let mut library = good.clone();
    library[start..start + BLOCK].fill(0);
    (format!("zeroes at {start:#x}"), library)
  });
  let fates = try_all(changed.collect());
  eprintln!("{:?}", fates.counts);
  assert!(fates.crashed.len() <= 5, "{:#?}", fates.crashed);
}

#[test]
fn whole_libraries_are_not_taken_for_damaged() {
  let maps = fs::read_to_string("/proc/self/maps").expect("it can be read");
  let paths = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).filter(|path| path.contains(".so"));
  let paths = paths.collect::<BTreeSet<_>>();
  assert!(!paths.is_empty());
  for path in paths {
    let read = plugin_handshake::read(&fs::read(path).expect("it is loaded"));
    assert!(matches!(read, Err(Refusal::NoInit)), "{path}: {read:?}");
  }
}

/// The other side of these tests: does as the host does, in a process that may end.
#[test]
fn loads_what_it_is_told_to() {
  let Some(path) = std::env::var_os(LIBRARY) else { return };
  let data = fs::read(&path).expect("the test wrote it");
  let Ok(handshake) = plugin_handshake::read(&data) else { std::process::exit(10) };
  // SAFETY: whatever happens happens to this process.
  unsafe {
    let Ok(library) = Library::open(Some(&path), RTLD_NOW | RTLD_LOCAL) else { std::process::exit(11) };
    for symbol in [handshake.entry_symbol, "plugbay_fixture_no_such_symbol"] {
      let _ = library.get::<*const ()>(symbol.as_bytes());
    }
    drop(library);
  }
  std::process::exit(12);
}

fn try_all(libraries: Vec<(String, Vec<u8>)>) -> Fates {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let next = AtomicUsize::new(0);
  let work = |_| {
    let mut found = Vec::new();
    while let Some((name, library)) = libraries.get(next.fetch_add(1, Ordering::Relaxed)) {
      let path = folder.path().join(format!("{:p}.so", name.as_str()));
      fs::write(&path, library).expect("a file can be written");
      found.push((fate_of(&path), name.clone()));
      fs::remove_file(&path).expect("it was written");
    }
    found
  };
  let found = thread::scope(|scope| {
    let workers = (0..4).map(|number| scope.spawn(move || work(number))).collect::<Vec<_>>();
    workers.into_iter().flat_map(|worker| worker.join().expect("it does not panic")).collect::<Vec<_>>()
  });
  let mut fates = Fates { counts: BTreeMap::new(), crashed: Vec::new() };
  for (fate, name) in found {
    *fates.counts.entry(fate).or_default() += 1;
    if fate == Fate::Crashed {
      fates.crashed.push(name);
    }
  }
  fates
}

fn fate_of(path: &Path) -> Fate {
  let mut command = Command::new(std::env::current_exe().expect("it runs"));
  command.args(["--exact", "loads_what_it_is_told_to", "--nocapture"]).env(LIBRARY, path);
  let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a process can be started");
  let start = Instant::now();
  while start.elapsed() < PATIENCE {
    if let Some(status) = child.try_wait().expect("it is our child") {
      return match status.code() {
        Some(10) => Fate::RefusedByHandshake,
        Some(11) => Fate::RefusedByLoader,
        Some(12) => Fate::Loaded,
        _ => Fate::Crashed,
      };
    }
    thread::sleep(Duration::from_millis(1));
  }
  child.kill().expect("it is our child");
  child.wait().expect("it is our child");
  Fate::Crashed
}

/// A plugin as cargo builds it.
fn good() -> Vec<u8> {
  let deps = std::env::current_exe().expect("it runs").parent().expect("it is in a folder").to_owned();
  let built = Command::new(env!("CARGO")).args(["build", "--package", "hello"]).status().expect("cargo runs");
  assert!(built.success());
  let profile: PathBuf = deps.parent().expect("it is in a folder").with_file_name("debug");
  fs::read(profile.join("libhello.so")).expect("cargo has built it")
}

/// Where a file has its headers: its own, those of its segments and sections, and the entries of its dynamic section.
fn regions(library: &[u8]) -> Vec<(&'static str, Range<usize>)> {
  let number = |at: usize, length: usize| {
    let mut bytes = [0; 8];
    bytes[..length].copy_from_slice(&library[at..at + length]);
    u64::from_le_bytes(bytes) as usize
  };
  let segments = number(32, 8)..number(32, 8) + 56 * number(56, 2);
  let sections = number(40, 8)..number(40, 8) + 64 * number(60, 2);
  let dynamic = segments.clone().step_by(56).find(|at| number(*at, 4) == 2).expect("it has one");
  let start = number(dynamic + 8, 8);
  let count = (0..).find(|index| number(start + 16 * index, 8) == 0).expect("it ends");
  let dynamic = start..start + 16 * (count + 1);
  // More of what the loader reads than of what it does not.
  let [segment, entry] = [("segments", segments), ("dynamic section", dynamic)];
  vec![segment.clone(), entry.clone(), ("header", 0..64), segment, entry, ("sections", sections)]
}

/// Changes a byte or a word somewhere; says how.
fn change(library: &mut [u8], region: Range<usize>, random: &mut Random) -> String {
  let length = [1, 2, 4, 8][random.below(4)];
  let at = region.start + random.below((region.end - region.start) / length) * length;
  let field = &mut library[at..at + length];
  let mut bytes = [0; 8];
  bytes[..length].copy_from_slice(field);
  let was = u64::from_le_bytes(bytes);
  let now = match random.below(8) {
    0 => 0,
    1 => u64::MAX,
    2 => was.wrapping_add(1),
    3 => was.wrapping_sub(1),
    4 => was ^ 1 << random.below(8 * length),
    5 => was.wrapping_add(0x1000),
    6 => was.wrapping_mul(2),
    _ => random.next(),
  };
  field.copy_from_slice(&now.to_le_bytes()[..length]);
  format!("{length} bytes at {at:#x}, {was:#x} to {now:#x}")
}

/// Numbers that follow from a seed.
struct Random(u64);

impl Random {
  fn next(&mut self) -> u64 {
    self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
  }

  fn below(&mut self, bound: usize) -> usize {
    ((self.next() >> 33) % bound as u64) as usize
  }
}
