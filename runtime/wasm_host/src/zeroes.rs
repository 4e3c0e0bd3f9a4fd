//! Parts of a guest's memory that are zero at its start, such as the stack of a guest in Rust, 1 MiB of which a call
//! uses little: to write all of it after each call of a stateless guest would take longer than the call.

use std::ops::Range;

/// Steps in which zeroes are looked for: the pages of WebAssembly, and multiples of the system's.
const STEP: usize = 64 * 1024;
/// With less it is as fast to write them.
const MIN_RUN: usize = 4 * STEP;

/// Where long runs of zeroes are; their ends are multiples of 64 KiB.
pub(crate) fn runs(bytes: &[u8]) -> Vec<Range<usize>> {
  let mut runs = Vec::<Range<usize>>::new();
  for (index, step) in bytes.chunks_exact(STEP).enumerate() {
    if step.chunks_exact(16).all(|words| words == [0; 16]) {
      let start = index * STEP;
      match runs.last_mut().filter(|run| run.end == start) {
        Some(run) => run.end += STEP,
        None => runs.push(start..start + STEP),
      }
    }
  }
  runs.retain(|run| run.len() >= MIN_RUN);
  runs
}

/// Writes zeroes. The system takes the pages back that were written to, and gives new ones when they are used again.
///
/// # Safety
///
/// It is memory of the process's own, which nobody else uses now, and no file is behind it.
pub(crate) unsafe fn clear(start: *mut u8, length: usize) {
  #[cfg(target_os = "linux")]
  if start.addr().is_multiple_of(STEP) && length.is_multiple_of(STEP) {
    // SAFETY: the caller's promise: pages that are used again are zero.
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
  if start.addr().is_multiple_of(STEP) {
    // SAFETY: the caller's promise. That it fails costs nothing but memory.
    let _ = unsafe { rustix::mm::madvise(start.cast(), length, rustix::mm::Advice::LinuxDontNeed) };
  }
  #[cfg(not(target_os = "linux"))]
  let _ = (start, length);
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn long_runs_are_found() {
    let steps = |bytes: &[u8]| runs(bytes).iter().map(|run| (run.start / STEP, run.end / STEP)).collect::<Vec<_>>();
    let mut bytes = vec![0; 12 * STEP + 5];
    assert_eq!(steps(&bytes), [(0, 12)]);
    bytes[5 * STEP] = 1;
    bytes[7 * STEP - 1] = 1;
    assert_eq!(steps(&bytes), [(0, 5), (7, 12)]);
    bytes[2 * STEP] = 1;
    assert_eq!(steps(&bytes), [(7, 12)], "two and two steps are too few");
    assert_eq!(steps(&bytes[..STEP - 1]), []);
  }

  #[test]
  fn memory_is_cleared() {
    for offset in [0, 8] {
      let mut bytes = vec![7_u8; 6 * STEP];
      let at = bytes.as_ptr().align_offset(STEP) + offset;
      // SAFETY: it lies in the vector, to which there is no other reference.
      unsafe { clear(bytes[at..at + 4 * STEP].as_mut_ptr(), 4 * STEP) };
      assert!(bytes[..at].iter().chain(&bytes[at + 4 * STEP..]).all(|&byte| byte == 7));
      assert!(bytes[at..at + 4 * STEP].iter().all(|&byte| byte == 0));
    }
  }
}
