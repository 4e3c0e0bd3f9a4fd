//! Who allocates: mimalloc for what is written in Rust, the C library for V8 and for the libraries of plugins.

use mimalloc::MiMalloc;

/// Requests and answers go from thread to thread, and are freed where they were not made: the C library's allocator
/// takes a tenth of the time of a request for that.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Answers of megabytes come and go. The C library would map each anew or give the memory back between them, and the
/// system would clear all of it again and again: that takes longer than the calls. So it keeps some.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn keep_freed() {
  // What is larger is mapped by itself; the library's own limit when it adapts.
  const MAPPED_ALONE: libc::c_int = 32 << 20;
  const KEPT: libc::c_int = 16 << 20;
  for (parameter, bytes) in [(libc::M_MMAP_THRESHOLD, MAPPED_ALONE), (libc::M_TRIM_THRESHOLD, KEPT)] {
    // SAFETY: these are parameters that the library documents, of the process that is this command's.
    unsafe { libc::mallopt(parameter, bytes) };
  }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn keep_freed() {}
