//! `plugin_handshake::read`: real libraries that are damaged, in time and memory that follow from their size.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use plugbay_fuzz::Counting;
use plugbay_fuzz::peak;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes of memory that a library may take for each of its own, and besides.
const MEMORY_FACTOR: usize = 4;
const MEMORY_BESIDES: usize = 64 << 10;
/// How much of an input says what is changed in one place.
const CHANGE: usize = 12;

/// Libraries of this system: those that the target itself was linked to.
static LIBRARIES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
  let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
  let mut paths: Vec<_> = maps.lines().filter_map(|line| line.split_whitespace().nth(5)).collect();
  paths.retain(|path| path.contains(".so"));
  paths.dedup();
  paths.iter().filter_map(|path| fs::read(path).ok()).collect()
});

// An input is a library, or which of those there are is to be changed, and where.
fuzz_target!(|input: &[u8]| {
  if input.starts_with(b"\x7fELF") {
    return read(input);
  }
  let Some((&which, changes)) = input.split_first() else { return };
  let libraries = &*LIBRARIES;
  let Some(library) = libraries.get(usize::from(which) % libraries.len().max(1)) else { return };
  let mut library = library.clone();
  for change in changes.chunks_exact(CHANGE) {
    let at = u32::from_le_bytes(change[..4].try_into().expect("four bytes")) as usize;
    // The headers, where the tables are named, are at the start.
    let at = if at.is_multiple_of(2) { at / 2 % 0x400 } else { at / 2 % library.len() };
    for (byte, new) in library[at..].iter_mut().zip(&change[4..]) {
      *byte = byte.wrapping_add(*new);
    }
  }
  read(&library);
});

fn read(library: &[u8]) {
  let (_, memory) = peak(|| plugin_handshake::read(library));
  assert!(memory <= MEMORY_BESIDES + MEMORY_FACTOR * library.len(), "{memory} bytes for {}", library.len());
}
