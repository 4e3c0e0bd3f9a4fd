//! Fast calls of ops with the encoding [`BYTES`](crate::encoding::BYTES): V8 calls the plugin's C function from
//! optimised code, and the script's buffer is lent to the op. Only an op that keeps it has the host hold it.

use core::ffi::c_void;
#[cfg(target_pointer_width = "64")]
use core::mem::offset_of;

use crate::Buffer;
use crate::Call;
use crate::FastContext;
use crate::Outcome;
use crate::Slice;

/// The circumstances of a lending call. The host makes it, and it is valid until the op's data is dropped.
///
/// [`OpDefinition::lent`](crate::OpDefinition::lent) is called by V8, on the isolate's thread, with C's calling
/// convention, as
///
/// ```c
/// void lent(void *receiver, double context, void *view, double address, uint32_t length, uint32_t count,
///           void *options)
/// ```
///
/// - `receiver` means nothing; `context` is the address of this struct.
/// - `count` is how many buffers there are, 0 or 1.
/// - `view` is a view of V8's; `address` and `length` say where its bytes lie, or `address` is 0 and
///   [`LendTable::lend`] finds them.
/// - `options` is what the functions of the table want.
///
/// It returns with [`Exchange::status`](crate::Exchange::status) untouched when the op is done and answered no bytes.
/// Else it writes to `outcome` what the op's [`OpFn`](crate::OpFn) would have written, sets `is_answered` to 1 and the
/// status to [`status::ANSWERED`](crate::status::ANSWERED). A status of [`status::RETRY`](crate::status::RETRY) says
/// that the op was not called.
///
/// # The buffer
///
/// The bytes stay while the function runs, and no longer. Whatever outlives it, a clone or the buffer itself, must be
/// of bytes that the host holds: before it returns the function asks [`LendTable::hold`] for a buffer of the same
/// bytes, and releases that when the last of what escaped is released, on whatever thread.
#[repr(C)]
pub struct LentContext {
  /// What it has in common with the calls of typed ops. `size` is that of the whole struct.
  pub fast: FastContext,
  /// As for the op's [`OpFn`](crate::OpFn).
  pub call: Call,
  /// Functions for lending calls.
  pub table: *const LendTable,
  /// What the op answered, if `is_answered`.
  pub outcome: Outcome,
  /// Whether the host has an outcome to take. One that it never took, because the script's stack was full, is the
  /// function's to drop when it is called next.
  pub is_answered: u32,
  /// Zero.
  pub reserved: u32,
}

/// Functions that only a lending call may call, while it runs.
#[repr(C)]
#[derive(Debug)]
pub struct LendTable {
  /// Size of this struct.
  pub size: usize,
  /// Writes the bytes of a view to `bytes` and answers 1. They stay until the call returns. Answers 0 when they cannot
  /// be lent: then the function sets the status to [`status::RETRY`](crate::status::RETRY) and returns, and the host
  /// calls the op through its [`OpFn`](crate::OpFn).
  pub lend: unsafe extern "C" fn(view: *const c_void, options: *const c_void, bytes: *mut Slice) -> u32,
  /// Writes a buffer that holds the memory of a view whose bytes were lent in this call. It is the caller's to release.
  pub hold: unsafe extern "C" fn(view: *const c_void, options: *const c_void, buffer: *mut Buffer),
}

#[cfg(target_pointer_width = "64")]
const _: () = {
  assert!(size_of::<LendTable>() == 24);
  assert!(size_of::<LentContext>() == 256);
  assert!(offset_of!(LentContext, call) == 72 && offset_of!(LentContext, table) == 96);
  assert!(offset_of!(LentContext, outcome) == 104 && offset_of!(LentContext, is_answered) == 248);
};
