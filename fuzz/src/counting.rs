//! How much memory something takes.

use std::alloc::GlobalAlloc;
use std::alloc::Layout;
use std::alloc::System;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

static NOW: AtomicUsize = AtomicUsize::new(0);
static MAX_BYTES: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which counts what it gave. A target has it as its global one.
pub struct Counting;

/// What `run` gives, and the most bytes that it had at once besides what was there before.
pub fn peak<T>(run: impl FnOnce() -> T) -> (T, usize) {
  let before = NOW.load(Relaxed);
  MAX_BYTES.store(before, Relaxed);
  let result = run();
  (result, MAX_BYTES.load(Relaxed).saturating_sub(before))
}

fn add(size: usize) {
  let now = NOW.fetch_add(size, Relaxed).wrapping_add(size);
  MAX_BYTES.fetch_max(now, Relaxed);
}

// SAFETY: everything is the system's allocator's; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
  unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
    add(layout.size());
    // SAFETY: the caller's promise.
    unsafe { System.alloc(layout) }
  }

  unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
    add(layout.size());
    // SAFETY: the caller's promise.
    unsafe { System.alloc_zeroed(layout) }
  }

  unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
    NOW.fetch_sub(layout.size(), Relaxed);
    // SAFETY: the caller's promise.
    unsafe { System.dealloc(pointer, layout) }
  }

  unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
    // Old and new may be there at once.
    add(size);
    NOW.fetch_sub(layout.size(), Relaxed);
    // SAFETY: the caller's promise.
    unsafe { System.realloc(pointer, layout, size) }
  }
}
