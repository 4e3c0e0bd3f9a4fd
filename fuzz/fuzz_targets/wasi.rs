//! WASI's functions: a guest that calls them with anything reaches its folders and nothing beside them, and leaves
//! nothing in them by which others would get there.
//!
//! The folders of a run, below a temporary one of the process:
//!
//! - `sentinel`: a file that no guest has to do with
//! - `inside/`: the guest's own, with links that lead out of it
//! - `shown/`: the guest may read it and change nothing
//! - `clean/`: the guest's own, without such links
#![no_main]

use std::fs;
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::os::unix::fs::symlink;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use wasi_preview1::Deadline;
use wasi_preview1::Exit;
use wasi_preview1::FUNCTIONS;
use wasi_preview1::Function;
use wasi_preview1::Memory;
use wasi_preview1::Output;
use wasi_preview1::Preopen;
use wasi_preview1::Stdin;
use wasi_preview1::Wasi;
use wasi_preview1::WasiOptions;

/// What the file beside the folders holds: not a byte of it is in any input by chance.
const SECRET: &[u8] = b"\x8fvL\x02\xd1nothing of this is for guests\xf3\x17";
/// What the file in the folder that is only shown holds.
const SHOWN: &[u8] = b"shown";
const MAX_CALLS: usize = 48;
/// The guest's memory is this long, between two parts of [`GUARD`] bytes that it must not reach.
const MEMORY: usize = 4096;
const GUARD: usize = 256;
const GUARD_BYTE: u8 = 0xA5;
const INSIDE: Range<usize> = GUARD..GUARD + MEMORY;
const DESCRIPTORS: u32 = 16;
const CAPTURED: usize = 256;
/// How often a call asks for its deadline before it is over.
const PATIENCE: u32 = 16;
/// The links that the guest finds in its first folder: all lead out.
const LINKS: &[(&str, &str)] = &[
  ("link", "../sentinel"),
  ("away", "{top}/sentinel"),
  ("up", ".."),
  ("root", "/"),
  ("beside", "../shown"),
  ("folder/link", "../../sentinel"),
];
/// The largest number of an error.
const LAST_ERRNO: u32 = 76;
/// Where in the memory the parts of a call are.
const RESULT: usize = 0;
const BUFFERS: usize = 128;
const SUBSCRIPTIONS: usize = 512;
const PATHS: [usize; 2] = [1024, 1536];
const MAX_PATH_LENGTH: usize = 512;
const DATA: usize = 2048;
const ALL_RIGHTS: u64 = (1 << 28) - 1;
/// What paths are made of.
const PARTS: &[&str] = &[
  "file",
  "folder",
  "inner",
  "link",
  "up",
  "away",
  "root",
  "beside",
  "new",
  ".",
  "..",
  "",
  "/",
  "sentinel",
  "shown",
  "inside",
  "\u{e9}",
  "x\0y",
  "loop",
  "proc/self/environ",
];
/// What an argument is in a call that makes sense.
#[derive(Clone, Copy)]
enum Slot {
  Descriptor,
  Folder,
  Path,
  Length,
  OtherPath,
  OtherLength,
  Buffers,
  Subscriptions,
  /// Of buffers or subscriptions.
  Count,
  Result,
  Data,
  /// Of what is at the data.
  Size,
  Small,
  Rights,
  Wide,
}

/// The functions that do more than answer, with what they take.
const SENSIBLE: &[(&str, &[Slot])] = &[
  ("args_get", &[Slot::Result, Slot::Data]),
  ("environ_get", &[Slot::Result, Slot::Data]),
  ("fd_allocate", &[Slot::Descriptor, Slot::Wide, Slot::Small]),
  ("fd_close", &[Slot::Descriptor]),
  ("fd_fdstat_get", &[Slot::Descriptor, Slot::Result]),
  ("fd_fdstat_set_flags", &[Slot::Descriptor, Slot::Small]),
  ("fd_fdstat_set_rights", &[Slot::Descriptor, Slot::Rights, Slot::Rights]),
  ("fd_filestat_get", &[Slot::Descriptor, Slot::Result]),
  ("fd_filestat_set_size", &[Slot::Descriptor, Slot::Wide]),
  ("fd_filestat_set_times", &[Slot::Descriptor, Slot::Wide, Slot::Wide, Slot::Small]),
  ("fd_pread", &[Slot::Descriptor, Slot::Buffers, Slot::Count, Slot::Small, Slot::Result]),
  ("fd_prestat_dir_name", &[Slot::Folder, Slot::Data, Slot::Size]),
  ("fd_pwrite", &[Slot::Descriptor, Slot::Buffers, Slot::Count, Slot::Small, Slot::Result]),
  ("fd_read", &[Slot::Descriptor, Slot::Buffers, Slot::Count, Slot::Result]),
  ("fd_readdir", &[Slot::Folder, Slot::Data, Slot::Size, Slot::Small, Slot::Result]),
  ("fd_renumber", &[Slot::Descriptor, Slot::Descriptor]),
  ("fd_seek", &[Slot::Descriptor, Slot::Wide, Slot::Small, Slot::Result]),
  ("fd_write", &[Slot::Descriptor, Slot::Buffers, Slot::Count, Slot::Result]),
  ("path_create_directory", &[Slot::Folder, Slot::Path, Slot::Length]),
  ("path_filestat_get", &[Slot::Folder, Slot::Small, Slot::Path, Slot::Length, Slot::Result]),
  (
    "path_filestat_set_times",
    &[Slot::Folder, Slot::Small, Slot::Path, Slot::Length, Slot::Wide, Slot::Wide, Slot::Small],
  ),
  (
    "path_link",
    &[Slot::Folder, Slot::Small, Slot::Path, Slot::Length, Slot::Folder, Slot::OtherPath, Slot::OtherLength],
  ),
  (
    "path_open",
    &[
      Slot::Folder,
      Slot::Small,
      Slot::Path,
      Slot::Length,
      Slot::Small,
      Slot::Rights,
      Slot::Rights,
      Slot::Small,
      Slot::Result,
    ],
  ),
  ("path_readlink", &[Slot::Folder, Slot::Path, Slot::Length, Slot::Data, Slot::Size, Slot::Result]),
  ("path_remove_directory", &[Slot::Folder, Slot::Path, Slot::Length]),
  ("path_rename", &[Slot::Folder, Slot::Path, Slot::Length, Slot::Folder, Slot::OtherPath, Slot::OtherLength]),
  ("path_symlink", &[Slot::OtherPath, Slot::OtherLength, Slot::Folder, Slot::Path, Slot::Length]),
  ("path_unlink_file", &[Slot::Folder, Slot::Path, Slot::Length]),
  ("poll_oneoff", &[Slot::Subscriptions, Slot::Data, Slot::Count, Slot::Result]),
];
/// What calls of these leave of the guest's folder is what they found.
const CHANGES_NOTHING: &[&str] = &[
  "args_get",
  "args_sizes_get",
  "environ_get",
  "environ_sizes_get",
  "clock_res_get",
  "clock_time_get",
  "fd_advise",
  "fd_close",
  "fd_fdstat_get",
  "fd_fdstat_set_flags",
  "fd_fdstat_set_rights",
  "fd_filestat_get",
  "fd_pread",
  "fd_prestat_dir_name",
  "fd_prestat_get",
  "fd_read",
  "fd_readdir",
  "fd_renumber",
  "fd_seek",
  "fd_tell",
  "path_filestat_get",
  "path_readlink",
  "poll_oneoff",
  "proc_exit",
  "random_get",
  "sched_yield",
];
/// How often the call that runs has asked for its deadline.
static ASKED: AtomicU32 = AtomicU32::new(0);
/// Whether the folders of the last run are as they were made.
static FRESH: AtomicBool = AtomicBool::new(false);
/// Their results depend on the clock, on chance or on the file system's own numbers: they are looked at and taken away.
const OF_CHANCE: &[&str] =
  &["clock_res_get", "clock_time_get", "fd_filestat_get", "fd_readdir", "path_filestat_get", "random_get"];

static TOP: LazyLock<PathBuf> = LazyLock::new(|| {
  let folder = tempfile::Builder::new().prefix("plugbay-fuzz-").tempdir().expect("a temporary folder can be made");
  // The process ends without dropping anything: what is left is for who gave the folder for temporary files.
  folder.keep()
});

fuzz_target!(|input: &[u8]| {
  let _ = run(&mut Unstructured::new(input));
});

fn run(input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
  let flags: u8 = input.arbitrary()?;
  let scene = Scene::new(&TOP);
  let mut guest = Guest::new(&scene, flags);
  for _ in 0..MAX_CALLS {
    if input.is_empty() || guest.next_call(input).is_err() {
      break;
    }
  }
  let has_changed = guest.changed;
  FRESH.store(!has_changed, Relaxed);
  drop(guest);
  scene.check(has_changed);
  Ok(())
}

/// Whether the secret is in there. Comparing is done without a comparison: libFuzzer puts into inputs what it sees
/// compared.
fn has_secret(bytes: &[u8]) -> bool {
  let differs = |window: &[u8]| window.iter().zip(SECRET).fold(0, |differs, (a, b)| differs | (a ^ b));
  // The first byte is seldom there.
  bytes.contains(&SECRET[0]) && bytes.windows(SECRET.len()).any(|window| differs(window) == 0)
}

struct Scene {
  top: &'static Path,
  before: [Known; 2],
}

/// What must stay as it is of a file.
#[derive(Debug, PartialEq, Eq)]
struct Known {
  content: Vec<u8>,
  inode: u64,
  links: u64,
  mode: u32,
  modified: (i64, i64),
}

impl Known {
  fn of(path: &Path) -> Self {
    let metadata = fs::symlink_metadata(path).expect("the file is there");
    Self {
      content: fs::read(path).expect("the file can be read"),
      inode: metadata.ino(),
      links: metadata.nlink(),
      mode: metadata.mode(),
      modified: (metadata.mtime(), metadata.mtime_nsec()),
    }
  }
}

impl Scene {
  fn new(top: &'static Path) -> Self {
    let (inside, shown, clean) = (top.join("inside"), top.join("shown"), top.join("clean"));
    if FRESH.load(Relaxed) {
      return Self { top, before: Self::known(top) };
    }
    if !shown.exists() {
      fs::create_dir(&shown).expect("the folder can be made");
      fs::write(shown.join("file"), SHOWN).expect("the file can be written");
      symlink("../sentinel", shown.join("link")).expect("the link can be made");
      fs::write(top.join("sentinel"), SECRET).expect("the file can be written");
    }
    for folder in [&inside, &clean] {
      if folder.exists() {
        fs::remove_dir_all(folder).expect("what the guest left can be removed");
      }
      fs::create_dir_all(folder.join("folder/inner")).expect("the folder can be made");
      fs::write(folder.join("file"), "of the guest").expect("the file can be written");
      symlink("loop", folder.join("loop")).expect("the link can be made");
    }
    for (name, target) in LINKS {
      symlink(Self::target(top, target), inside.join(name)).expect("the link can be made");
    }
    Self { top, before: Self::known(top) }
  }

  fn target(top: &Path, target: &str) -> PathBuf {
    PathBuf::from(target.replace("{top}", &top.to_string_lossy()))
  }

  fn known(top: &Path) -> [Known; 2] {
    [Known::of(&top.join("sentinel")), Known::of(&top.join("shown/file"))]
  }

  /// Nothing but what is in `inside` and `clean` has changed, and nothing in them leads out that did not before.
  fn check(&self, has_changed: bool) {
    assert_eq!(Self::known(self.top), self.before);
    if has_changed {
      self.check_links();
    }
    for (folder, expected) in [("", &["clean", "inside", "sentinel", "shown"][..]), ("shown", &["file", "link"])] {
      let entries = fs::read_dir(self.top.join(folder)).expect("the folder is there");
      let mut names: Vec<_> = entries.map(|entry| entry.expect("the folder can be read").file_name()).collect();
      names.sort();
      assert_eq!(names, expected);
    }
  }
}

impl Scene {
  fn check_links(&self) {
    let clean = self.top.join("clean");
    for link in links_in(&clean) {
      assert!(!leads_out(&clean, &link), "{link:?} leads out: {:?}", fs::read_link(&link));
    }
    let inside = self.top.join("inside");
    for link in links_in(&inside) {
      let target = fs::read_link(&link).expect("it is a link");
      let was_there = |(name, to): &(&str, &str)| link == inside.join(name) && target == Self::target(self.top, to);
      let depth = link.strip_prefix(&inside).expect("it is in there").components().count() - 1;
      assert!(LINKS.iter().any(was_there) || stays_within(&target, depth), "{link:?} is to {target:?}");
    }
  }
}

/// All symbolic links in a folder.
fn links_in(folder: &Path) -> Vec<PathBuf> {
  let mut links = Vec::new();
  let mut folders = vec![folder.to_owned()];
  while let Some(folder) = folders.pop() {
    for entry in fs::read_dir(folder).expect("the folder is there") {
      let entry = entry.expect("the folder can be read");
      let file_type = entry.file_type().expect("the folder can be read");
      if file_type.is_symlink() {
        links.push(entry.path());
      } else if file_type.is_dir() {
        folders.push(entry.path());
      }
    }
  }
  links
}

/// Whether who follows a link is out of the folder at any step, also if that comes to nothing.
fn leads_out(folder: &Path, link: &Path) -> bool {
  let parts = |path: &Path| path.components().map(|part| part.as_os_str().to_owned()).rev().collect::<Vec<_>>();
  let mut at = folder.to_owned();
  let mut rest = parts(link.strip_prefix(folder).expect("it is in there"));
  let mut followed = 0;
  while let Some(part) = rest.pop() {
    if part == ".." {
      if at == folder {
        return true;
      }
      at.pop();
      continue;
    }
    if part == "/" {
      return true;
    }
    if part == "." {
      continue;
    }
    at.push(part);
    if let Ok(target) = fs::read_link(&at) {
      followed += 1;
      if followed > 100 {
        return false;
      }
      at.pop();
      rest.extend(parts(&target));
    }
  }
  false
}

/// Whether a target goes up first, no further than so deep, and only down then.
fn stays_within(target: &Path, depth: usize) -> bool {
  let parts: Vec<_> = target.components().filter(|part| *part != Component::CurDir).collect();
  let up = parts.iter().take_while(|part| **part == Component::ParentDir).count();
  up <= depth && parts[up..].iter().all(|part| matches!(part, Component::Normal(_)))
}

struct Guest {
  wasi: Wasi,
  memory: Vec<u8>,
  /// Of the paths that were put last.
  lengths: [usize; 2],
  /// Whether anything in its folder may be as it was not.
  changed: bool,
}

impl Guest {
  fn new(scene: &Scene, flags: u8) -> Self {
    let preopen =
      |name: &str, write| Preopen { guest: format!("/{name}"), host: scene.top.join(name), write, guard: None };
    let wasi = Wasi::new(WasiOptions {
      args: vec!["guest".to_owned(), "--option".to_owned()],
      env: vec![("NAME".to_owned(), "value".to_owned())],
      stdin: if flags & 1 == 0 { Stdin::Null } else { Stdin::Bytes(vec![7; 100]) },
      stdout: Output::Capture,
      stderr: if flags & 2 == 0 { Output::Null } else { Output::Capture },
      preopens: vec![preopen("inside", true), preopen("shown", false), preopen("clean", true)],
      clocks: flags & 4 == 0,
      // Any wait is short.
      deadline: Deadline::new(|| Some(Duration::from_nanos(u64::from(ASKED.fetch_add(1, Relaxed) < PATIENCE)))),
      capture_limit: CAPTURED,
      descriptor_limit: DESCRIPTORS as usize,
    });
    let mut memory = vec![GUARD_BYTE; MEMORY + 2 * GUARD];
    memory[INSIDE].fill(0);
    let mut guest = Self { wasi: wasi.expect("the folders are there"), memory, lengths: [0; 2], changed: false };
    let buffers = [DATA as u32, 100, DATA as u32 + 200, 50, DATA as u32 + 300, 0].map(u32::to_le_bytes);
    guest.put(BUFFERS, &buffers.concat());
    for (slot, path) in ["file", "new"].into_iter().enumerate() {
      guest.put(PATHS[slot], path.as_bytes());
      guest.lengths[slot] = path.len();
    }
    guest
  }

  fn next_call(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    self.prepare(input)?;
    let which = usize::from(input.arbitrary::<u8>()?);
    // Most calls make sense, but for one argument at times.
    let (function, arguments) = if which < 2 * FUNCTIONS.len() {
      let function = &FUNCTIONS[which % FUNCTIONS.len()];
      let arguments = function.parameters.iter().map(|_| self.wild(input));
      (function, arguments.collect::<arbitrary::Result<Vec<u64>>>()?)
    } else {
      let (name, slots) = SENSIBLE[which % SENSIBLE.len()];
      let function = FUNCTIONS.iter().find(|function| function.name == name).expect("there is such a function");
      let arguments = slots.iter().map(|slot| self.sensible(*slot, input));
      let mut arguments = arguments.collect::<arbitrary::Result<Vec<u64>>>()?;
      let wild = usize::from(input.arbitrary::<u8>()?);
      if let Some(argument) = arguments.get_mut(wild) {
        *argument = self.wild(input)?;
      }
      (function, arguments)
    };
    self.call(function, &arguments);
    Ok(())
  }

  fn sensible(&self, slot: Slot, input: &mut Unstructured<'_>) -> arbitrary::Result<u64> {
    Ok(match slot {
      Slot::Path => PATHS[0] as u64,
      Slot::Length => self.lengths[0] as u64,
      Slot::OtherPath => PATHS[1] as u64,
      Slot::OtherLength => self.lengths[1] as u64,
      Slot::Buffers => BUFFERS as u64,
      Slot::Subscriptions => SUBSCRIPTIONS as u64,
      Slot::Result => RESULT as u64,
      Slot::Data => DATA as u64,
      Slot::Descriptor => u64::from(input.arbitrary::<u8>()? % 8),
      // The guest's own are most of them.
      Slot::Folder => [3, 4, 3, 5, 5, 6, 3, 7][usize::from(input.arbitrary::<u8>()? % 8)],
      Slot::Count => u64::from(input.arbitrary::<u8>()? % 4),
      Slot::Size => input.arbitrary::<u8>()?.into(),
      Slot::Small => u64::from(input.arbitrary::<u8>()? % 16),
      // 0 to 27 are those that there are.
      Slot::Rights => match input.arbitrary::<u8>()? {
        right @ 0..28 => ALL_RIGHTS & !(1 << right),
        28..128 => ALL_RIGHTS,
        right => (1 << (right % 28)) | 2,
      },
      Slot::Wide => match input.arbitrary::<u8>()? {
        shift @ 0..64 => 1 << shift,
        shift @ 64..128 => u64::MAX << (shift - 64),
        number => u64::from(number - 128),
      },
    })
  }

  fn put(&mut self, address: usize, bytes: &[u8]) {
    let memory = &mut self.memory[INSIDE];
    let length = bytes.len().min(memory.len() - address);
    memory[address..address + length].copy_from_slice(&bytes[..length]);
  }

  /// Puts something into the memory that the next call may want.
  fn prepare(&mut self, input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let what: u8 = input.arbitrary()?;
    if what & 1 != 0 {
      self.path(usize::from(what >> 7), input)?;
    }
    if what & 2 != 0 {
      for at in 0..=usize::from(what >> 6) {
        let [start, length]: [u16; 2] = input.arbitrary()?;
        // Most lie in the memory.
        let start = if start > 0xF000 { u32::from(start) << 16 } else { u32::from(start) % MEMORY as u32 };
        let length = if length > 0xF000 { u32::from(length) << 16 } else { u32::from(length) % 200 };
        self.put(BUFFERS + 8 * at, &[start, length].map(u32::to_le_bytes).concat());
      }
    }
    if what & 4 != 0 {
      for at in 0..=usize::from(what >> 6) {
        let [kind, flags]: [u8; 2] = input.arbitrary()?;
        let mut subscription = [0; 48];
        subscription[8] = kind % 4;
        subscription[16] = flags >> 4;
        subscription[24..32].copy_from_slice(&input.arbitrary::<u64>()?.to_le_bytes());
        subscription[40] = flags & 3;
        self.put(SUBSCRIPTIONS + 48 * at, &subscription);
      }
    }
    if what & 24 == 24 {
      let address = usize::from(input.arbitrary::<u16>()?) % MEMORY;
      let length = input.int_in_range(0..=64_usize)?.min(input.len());
      let bytes = input.bytes(length)?.to_vec();
      self.put(address, &bytes);
    }
    Ok(())
  }

  fn path(&mut self, slot: usize, input: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let mut path = Vec::new();
    let shape: u8 = input.arbitrary()?;
    for at in 0..=shape % 6 {
      if at > 0 {
        path.push(b'/');
      }
      match usize::from(input.arbitrary::<u8>()?) {
        part if part < 16 * PARTS.len() => path.extend_from_slice(PARTS[part % PARTS.len()].as_bytes()),
        _ => {
          let length = usize::from(shape >> 3).min(input.len());
          path.extend_from_slice(input.bytes(length)?);
        }
      }
    }
    path.truncate(MAX_PATH_LENGTH);
    self.put(PATHS[slot], &path);
    self.lengths[slot] = path.len();
    Ok(())
  }

  fn wild(&self, input: &mut Unstructured<'_>) -> arbitrary::Result<u64> {
    let [kind, value]: [u8; 2] = input.arbitrary()?;
    Ok(match kind % 16 {
      0..=4 => u64::from(value % 8),
      5 => value.into(),
      6 => PATHS[usize::from(value % 2)] as u64,
      7 => self.lengths[usize::from(value % 2)] as u64,
      8 => BUFFERS as u64,
      9 => SUBSCRIPTIONS as u64,
      10 => (DATA + usize::from(value)) as u64,
      11 => RESULT as u64,
      12 => (MEMORY as u64).wrapping_add_signed(i64::from(value.cast_signed())),
      13 => u64::MAX << (value % 64),
      14 => 1 << (value % 64),
      _ => input.arbitrary()?,
    })
  }

  fn call(&mut self, function: &Function, arguments: &[u64]) {
    ASKED.store(0, Relaxed);
    let before = OF_CHANCE.contains(&function.name).then(|| self.memory.clone());
    let mut memory = Memory::new(&mut self.memory[INSIDE]);
    let result = function.call(&mut self.wasi, &mut memory, arguments);
    match result {
      Ok(errno) => assert!(errno <= LAST_ERRNO, "{}", function.name),
      Err(Exit::Code(code)) => assert_eq!((function.name, code), ("proc_exit", arguments[0] as u32)),
      Err(Exit::Deadline) => assert!(ASKED.load(Relaxed) > PATIENCE, "{}", function.name),
    }
    let guards = [&self.memory[..INSIDE.start], &self.memory[INSIDE.end..]];
    assert_eq!(guards, [&[GUARD_BYTE; GUARD]; 2], "{} wrote beside the memory", function.name);
    self.changed |= result == Ok(0) && !CHANGES_NOTHING.contains(&function.name);
    if function.name == "path_open" && result == Ok(0) {
      let at = INSIDE.start + arguments[8] as u32 as usize;
      let number = self.memory[at..at + 4].try_into().map(u32::from_le_bytes).expect("there are four bytes");
      assert!(number < DESCRIPTORS, "descriptor {number}");
    }
    let captured = [self.wasi.take_stdout(), self.wasi.take_stderr()];
    for bytes in captured.iter().chain([&self.memory]) {
      assert!(!has_secret(bytes), "{} tells the secret", function.name);
    }
    assert!(captured.iter().all(|bytes| bytes.len() <= CAPTURED));
    if let Some(before) = before {
      self.memory = before;
    }
  }
}
