//! Parts of a guest's memory that are zero at its start, such as the stack of a guest in Rust, 1 MiB of which a call
//! uses little: to write all of it after each call of a stateless guest would take longer than the call.
//!
//! Linux tells which pages a process has used (`/proc/self/pagemap`). These alone are written: what the system takes
//! back it has to clear and map again at the next use, which takes ten times as long. Now and then it takes all back,
//! so that what a guest has used once is not written again and again.

use std::ops::Range;

/// What runs are counted in.
pub(crate) const PAGE: usize = 4096;
/// With less it is as fast to write them.
const MIN_RUN: u32 = 4;
/// Longer runs are given back to the system: it would take long to look at all their pages.
const MAX_LOOKED_AT: u32 = 1024;
/// Runs of which more pages are used are given back too.
const MAX_USED: usize = 256;

/// A run, in pages from the start of the memory.
pub(crate) type Run = Range<u32>;

/// What becomes of pages that were used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Used {
  Kept,
  GivenBack,
}

/// Where long runs of zeroes are. To the system all their pages are used then.
pub(crate) fn runs(bytes: &[u8]) -> Vec<Run> {
  let mut runs = Vec::<Run>::new();
  for (index, page) in (0..).zip(bytes.chunks_exact(PAGE)) {
    if page.chunks_exact(16).all(|words| words == [0; 16]) {
      match runs.last_mut().filter(|run| run.end == index) {
        Some(run) => run.end += 1,
        None => runs.push(index..index + 1),
      }
    }
  }
  runs.retain(|run| run.end - run.start >= MIN_RUN);
  runs
}

/// Makes runs zero again, which come in their order, of the memory at `memory`.
///
/// # Safety
///
/// They lie in memory of the process's own, which nobody else uses now, and no file is behind it.
pub(crate) unsafe fn clear(memory: *mut u8, runs: impl DoubleEndedIterator<Item = Run> + Clone, used: Used) {
  let last = runs.clone().next_back().map_or(0, |run| run.end);
  let mut looked_at = UsedPages::default();
  for run in runs {
    // SAFETY: the caller's promise.
    let start = unsafe { memory.add(run.start as usize * PAGE) };
    let pages = match used == Used::Kept && run.end - run.start <= MAX_LOOKED_AT {
      true => looked_at.of(memory, &run, last),
      false => None,
    };
    match pages.filter(|pages| pages.iter().filter(|page| is_used(**page)).count() <= MAX_USED) {
      Some(pages) => {
        for (index, _) in pages.iter().enumerate().filter(|(_, page)| is_used(**page)) {
          // SAFETY: it is a page of the run.
          unsafe { start.add(index * PAGE).write_bytes(0, PAGE) };
        }
      }
      // SAFETY: the caller's promise.
      None => unsafe { renew(start, (run.end - run.start) as usize * PAGE) },
    }
  }
}

/// Has the system take the pages back that were used, and give new ones when they are used again.
///
/// # Safety
///
/// As for [`clear`].
unsafe fn renew(start: *mut u8, length: usize) {
  #[cfg(target_os = "linux")]
  {
    // SAFETY: the caller's promise: pages that are used again are zero. Where pages are larger it may be refused.
    let is_done = unsafe { rustix::mm::madvise(start.cast(), length, rustix::mm::Advice::LinuxDontNeed) };
    if is_done.is_ok() {
      return;
    }
  }
  // SAFETY: the caller's promise.
  unsafe { start.write_bytes(0, length) };
}

/// Gives the pages back to the system, as far as it takes them: the bytes are zero then, or what they were.
///
/// # Safety
///
/// As for [`clear`].
pub(crate) unsafe fn give_back(start: *mut u8, length: usize) {
  #[cfg(target_os = "linux")]
  if start.addr().is_multiple_of(PAGE) {
    // SAFETY: the caller's promise. That it fails costs nothing but memory.
    let _ = unsafe { rustix::mm::madvise(start.cast(), length, rustix::mm::Advice::LinuxDontNeed) };
  }
  #[cfg(not(target_os = "linux"))]
  let _ = (start, length);
}

/// Whether the system has something for a page, by its entry in the map of pages: in memory or swapped out.
fn is_used(entry: Entry) -> bool {
  const IN_MEMORY_OR_SWAPPED: u64 = 0b11 << 62;
  u64::from_ne_bytes(entry) & IN_MEMORY_OR_SWAPPED != 0
}

/// What the map has of a page: a word, as it is read.
type Entry = [u8; 8];

/// Part of the map of pages: of those around the last that were asked for.
struct UsedPages {
  pages: Run,
  entries: [Entry; MAX_LOOKED_AT as usize],
}

impl Default for UsedPages {
  fn default() -> Self {
    Self { pages: 0..0, entries: [[0; 8]; MAX_LOOKED_AT as usize] }
  }
}

impl UsedPages {
  /// The entries of a run, and with them those of the pages after it before `last`, where the system tells.
  fn of(&mut self, memory: *const u8, run: &Run, last: u32) -> Option<&[Entry]> {
    if run.start < self.pages.start || self.pages.end < run.end {
      self.pages = run.start..last.max(run.end).min(run.start + MAX_LOOKED_AT);
      let entries = &mut self.entries[..self.pages.len()];
      if !map::read(memory.addr() + run.start as usize * PAGE, entries) {
        self.pages = 0..0;
        return None;
      }
    }
    let from = (run.start - self.pages.start) as usize;
    Some(&self.entries[from..from + run.len()])
  }
}

#[cfg(target_os = "linux")]
mod map {
  use std::fs::File;
  use std::os::unix::fs::FileExt;
  use std::sync::LazyLock;

  use crate::zeroes::Entry;
  use crate::zeroes::PAGE;
  use crate::zeroes::is_used;

  static MAP: LazyLock<Option<File>> = LazyLock::new(open);

  /// Reads the entries of pages from an address on; `false` when the system does not tell.
  pub(super) fn read(address: usize, entries: &mut [Entry]) -> bool {
    address.is_multiple_of(PAGE) && MAP.as_ref().is_some_and(|map| read_from(map, address, entries))
  }

  fn read_from(map: &File, address: usize, entries: &mut [Entry]) -> bool {
    let offset = (address / PAGE * size_of::<Entry>()) as u64;
    map.read_exact_at(entries.as_flattened_mut(), offset).is_ok()
  }

  /// Where pages have another size, or the map does not tell of one that is used, there is none.
  fn open() -> Option<File> {
    let map = File::open("/proc/self/pagemap").ok()?;
    let used = vec![1_u8; PAGE];
    let mut entry = [Entry::default()];
    let is_told = read_from(&map, used.as_ptr().addr() / PAGE * PAGE, &mut entry) && is_used(entry[0]);
    (rustix::param::page_size() == PAGE && is_told).then_some(map)
  }
}

#[cfg(not(target_os = "linux"))]
mod map {
  pub(super) fn read(_: usize, _: &mut [crate::zeroes::Entry]) -> bool {
    false
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn long_runs_are_found() {
    let mut bytes = vec![0; 12 * PAGE + 5];
    assert_eq!(runs(&bytes), [Range { start: 0, end: 12 }]);
    bytes[5 * PAGE] = 1;
    bytes[7 * PAGE - 1] = 1;
    assert_eq!(runs(&bytes), [0..5, 7..12]);
    bytes[3 * PAGE] = 1;
    assert_eq!(runs(&bytes), [Range { start: 7, end: 12 }], "three pages are too few");
    assert_eq!(runs(&bytes[..PAGE - 1]), []);
  }

  /// A memory of its own, whose bytes are all 7, begins at the second of these.
  fn sevens(pages: usize) -> (Vec<u8>, usize) {
    let bytes = vec![7_u8; (pages + 1) * PAGE];
    let at = bytes.as_ptr().align_offset(PAGE);
    (bytes, at)
  }

  #[test]
  fn runs_are_cleared_and_nothing_else() {
    for (offset, used) in [(0, Used::Kept), (8, Used::Kept), (0, Used::GivenBack), (8, Used::GivenBack)] {
      let (mut bytes, at) = sevens(3000);
      let at = at + offset;
      let runs = [1..5, 9..300, 400..410, 700..2900];
      // SAFETY: they lie in the vector, to which there is no other reference.
      unsafe { clear(bytes[at..].as_mut_ptr(), runs.iter().cloned(), used) };
      for (index, byte) in bytes.iter().enumerate() {
        let page = index.checked_sub(at).map(|index| (index / PAGE) as u32);
        let is_in_run = page.is_some_and(|page| runs.iter().any(|run| run.contains(&page)));
        assert_eq!(*byte, if is_in_run { 0 } else { 7 }, "byte {index}");
      }
    }
  }

  /// Of a memory that was used once, little is used after it was given back.
  #[test]
  #[cfg(target_os = "linux")]
  fn what_is_given_back_is_not_used() {
    let (mut bytes, at) = sevens(200);
    let used = |bytes: &[u8]| {
      let mut pages = UsedPages::default();
      let entries = pages.of(bytes[at..].as_ptr(), &(0..200), 200).expect("the system tells");
      entries.iter().filter(|entry| is_used(**entry)).count()
    };
    assert_eq!(used(&bytes), 200);
    // SAFETY: as above.
    unsafe { clear(bytes[at..].as_mut_ptr(), std::iter::once(0..200), Used::Kept) };
    assert_eq!(used(&bytes), 200);
    // SAFETY: as above.
    unsafe { clear(bytes[at..].as_mut_ptr(), std::iter::once(0..200), Used::GivenBack) };
    bytes[at + 7 * PAGE] = 1;
    assert_eq!(used(&bytes), 1);
  }

  #[test]
  fn what_is_written_after_it_was_cleared_is_cleared_again() {
    let (mut bytes, at) = sevens(64);
    for page in 0..64 {
      // SAFETY: as above.
      unsafe { clear(bytes[at..].as_mut_ptr(), std::iter::once(0..64), Used::Kept) };
      assert!(bytes[at..at + 64 * PAGE].iter().all(|byte| *byte == 0));
      bytes[at + page * PAGE + page] = 1;
    }
  }
}
