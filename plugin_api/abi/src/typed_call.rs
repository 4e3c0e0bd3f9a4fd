//! Typed ops: what they take and give, and the two ways to call them.
//!
//! A typed op has a [`Signature`]. The host calls its [`TypedFn`] with an array of [`Argument`]s. If it has a fast
//! function too, V8 calls that one directly from optimised code, with the arguments in registers.

use core::ffi::c_char;
use core::ffi::c_void;
#[cfg(target_pointer_width = "64")]
use core::mem::offset_of;
use core::sync::atomic::AtomicU64;
use core::sync::atomic::Ordering;

use crate::Buffer;
use crate::Call;
use crate::HostTable;
use crate::Outcome;
use crate::Slice;
#[cfg(doc)]
use crate::kind;

/// What an op takes and gives.
#[repr(C)]
#[derive(Debug)]
pub struct Signature {
  /// Size of this struct.
  pub size: usize,
  /// The parameters, in order.
  pub parameters: *const Parameter,
  /// How many there are.
  pub parameter_count: usize,
  /// Size of one [`Parameter`].
  pub parameter_size: usize,
  /// One of the constants in [`kind`].
  pub result: u32,
  /// Sum of constants in [`signature_flags`].
  pub flags: u32,
  /// UTF-8 text for people: what the op does. May be empty.
  pub documentation: Slice,
  /// UTF-8 TypeScript type of the result; empty: that of its kind.
  pub result_type: Slice,
  /// UTF-8 TypeScript declarations that the types above refer to, exported, each ending in a line break, with an empty
  /// line between two and nowhere else. May be empty.
  pub declarations: Slice,
  /// Never null.
  pub call: Option<TypedFn>,
  /// The fast function, or null. See [`FastContext`].
  pub fast: *const c_void,
}

/// A parameter of a typed op.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
  /// UTF-8 name.
  pub name: Slice,
  /// UTF-8 TypeScript type; empty: that of its kind.
  pub type_: Slice,
  /// One of the constants in [`kind`].
  pub kind: u32,
  /// Sum of constants in [`parameter_flags`].
  pub flags: u32,
}

/// Values of [`Signature::flags`].
pub mod signature_flags {
  /// The op gives a Promise, also when its outcome is done at once.
  pub const ASYNC: u32 = 1;
}

/// Values of [`Parameter::flags`].
pub mod parameter_flags {
  /// `null` or `undefined` will do, and the script may leave it out.
  pub const OPTIONAL: u32 = 1;
}

/// An argument of a typed op; which field is set depends on the parameter's kind. Nothing of it outlives the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub union Argument {
  /// Of [`kind::BOOL`] to [`kind::U32`], [`kind::F32`], [`kind::F64`] and [`kind::RESOURCE`]; it lies in the kind's
  /// range.
  pub number: f64,
  /// Of [`kind::I64`] and [`kind::U64`]: the bits of the integer.
  pub integer: u64,
  /// Of [`kind::STRING`] (valid UTF-8), [`kind::BYTES`], [`kind::BYTES_MUT`] (which may be written), [`kind::VALUE`]
  /// (the words from where the value begins, at an address that is a multiple of 8; more may follow it) and of
  /// elements, from [`kind::I8_SLICE`] on: whole elements in bytes, at an address that is a multiple of an element's
  /// size.
  pub bytes: Slice,
  /// Of [`kind::BUFFER`] (one) and [`kind::BUFFERS`].
  pub buffers: BufferSlice,
}

/// Buffers of the caller's: the op may exchange them for others, and keep copies made with `retain`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct BufferSlice {
  /// The first; may be null when `len` is 0.
  pub ptr: *mut Buffer,
  /// How many there are.
  pub len: usize,
}

/// The code of a typed op, with as many arguments as its signature has parameters. Called on the isolate's thread. The
/// outcome is one of the kind that [`Signature::result`] says, or a future that ends in one.
pub type TypedFn = unsafe extern "C" fn(
  data: *mut c_void,
  call: *const Call,
  arguments: *mut Argument,
  count: usize,
  outcome: *mut Outcome,
);

/// An address as fast functions take it. V8 passes no integers of 64 bits.
#[cfg(not(target_family = "wasm"))]
pub type Address = f64;
/// An address as fast functions take it.
#[cfg(target_family = "wasm")]
pub type Address = usize;

/// The circumstances of a fast call. The host makes it when an op is registered; it is valid until the op's data is
/// dropped, and the op may write the two counts.
///
/// A fast function is called by V8, on the isolate's thread, as `fast(receiver, context, arguments…)` with C's calling
/// convention. The receiver is a pointer that means nothing, the context an [`Address`]: that of this struct.
/// Each parameter is one or more C arguments:
///
/// - [`kind::BOOL`]: `bool`; [`kind::I8`], [`kind::I16`], [`kind::I32`]: `int32_t`; [`kind::U8`], [`kind::U16`],
///   [`kind::U32`], [`kind::RESOURCE`]: `uint32_t`
/// - [`kind::I64`], [`kind::U64`]: a double that is a whole number in the range of the kind and of ±(2⁵³ − 1)
/// - [`kind::F32`], [`kind::F64`]: a double
/// - [`kind::STRING`]: a pointer to a [`OneByteString`]
/// - [`kind::BYTES`], [`kind::BYTES_MUT`]: a pointer, an [`Address`], a `uint32_t`: a view of V8's, where its first
///   byte is and the number of its bytes. An address of 0 says that [`FastTable::view_bytes`] has to find them.
/// - elements, from [`kind::I8_SLICE`] on: the same three. What `view_bytes` finds may lie at any address: where that
///   is no multiple of an element's size, the function sets [`Exchange::status`] to [`status::RETRY`] and returns.
/// - [`kind::VALUE`]: a `uint32_t`: the byte in [`Exchange::input`] at which the value begins
/// - [`kind::BUFFERS`]: nothing; there are none
///
/// and the others do not have fast functions. It returns:
///
/// - nothing for [`kind::VOID`], `bool`, `int32_t` or `uint32_t` as above, a double for floats
/// - [`kind::I64`], [`kind::U64`]: a double; what is not within ±(2⁵³ − 1) goes to [`Exchange::integer`], and NaN is
///   returned
/// - [`kind::STRING`], [`kind::BYTES`], [`kind::VALUE`]: a `uint32_t`, the number of bytes, which are in
///   [`Exchange::output`] (text and values) or at [`Exchange::slab_offset`] of the slab (bytes); `UINT32_MAX` is
///   `null`. If they do not fit there they are in [`Exchange::overflow`], and [`Exchange::status`] is
///   [`status::OVERFLOW`].
///
/// It must not call into V8 but through the tables, and must not have JavaScript run. When it fails, it calls
/// [`HostTable::fail`], sets [`Exchange::status`] to [`status::FAILED`] and returns anything.
#[repr(C)]
#[derive(Debug)]
pub struct FastContext {
  /// Size of this struct.
  pub size: usize,
  /// That of the [`OpDefinition`](crate::OpDefinition).
  pub data: *mut c_void,
  /// The host's functions.
  pub host: *const HostTable,
  /// The open plugin the op belongs to.
  pub instance: u64,
  /// What [`HostTable::current`] answers on the isolate's thread.
  pub current: *mut u64,
  /// The memory that arguments and results go through.
  pub exchange: *mut Exchange,
  /// Functions for fast calls.
  pub table: *const FastTable,
  /// The op adds the bytes of the buffers that it took. The host reads this and the next on any thread, also while the
  /// op runs: each is written by one store.
  pub bytes_sent: u64,
  /// The op adds the bytes that it gave as a result of [`kind::BYTES`].
  pub bytes_received: u64,
}

impl FastContext {
  /// `bytes_sent` and `bytes_received`, of which other threads may look at the same time. The op writes them by a load
  /// and a store.
  ///
  /// # Safety
  ///
  /// The context lives for `'a`, and nobody has a reference to it as a whole or to these fields.
  #[inline]
  pub unsafe fn counts<'a>(context: *mut Self) -> [&'a AtomicU64; 2] {
    // SAFETY: the caller's promise: both lie there, and whoever else has them comes by this function.
    unsafe {
      [AtomicU64::from_ptr(&raw mut (*context).bytes_sent), AtomicU64::from_ptr(&raw mut (*context).bytes_received)]
    }
  }

  /// Adds to the first count, `bytes_sent`. Gives what it was before.
  ///
  /// # Safety
  ///
  /// As [`counts`](Self::counts), of the op that is running.
  #[inline]
  pub unsafe fn add_sent(context: *mut Self, bytes: usize) -> u64 {
    // SAFETY: the caller's promise.
    add(unsafe { Self::counts(context) }[0], bytes)
  }

  /// Adds to the second, `bytes_received`. Gives what it was before.
  ///
  /// # Safety
  ///
  /// As [`counts`](Self::counts), of the op that is running.
  #[inline]
  pub unsafe fn add_received(context: *mut Self, bytes: usize) -> u64 {
    // SAFETY: the caller's promise.
    add(unsafe { Self::counts(context) }[1], bytes)
  }
}

/// Adds what one thread alone adds.
#[inline]
fn add(count: &AtomicU64, bytes: usize) -> u64 {
  let before = count.load(Ordering::Relaxed);
  count.store(before.wrapping_add(bytes as u64), Ordering::Relaxed);
  before
}

/// Functions that only a fast function may call, while it runs.
#[repr(C)]
#[derive(Debug)]
pub struct FastTable {
  /// Size of this struct.
  pub size: usize,
  /// Writes the bytes of a view to `bytes` and answers 1. They stay until the fast function returns. Answers 0 when it
  /// cannot in a fast call: then the function sets [`Exchange::status`] to [`status::RETRY`] and returns, and the host
  /// calls the op again through its [`TypedFn`].
  pub view_bytes: unsafe extern "C" fn(view: *const c_void, bytes: *mut Slice) -> u32,
}

/// The memory that arguments and results of fast calls go through. One for a runtime; the host's.
#[repr(C)]
#[derive(Debug)]
pub struct Exchange {
  /// Size of this struct.
  pub size: usize,
  /// Arguments in the wire format, at an address that is a multiple of 8.
  pub input: *const u8,
  /// Bytes there.
  pub input_length: usize,
  /// Where text and values go that are results, at an address that is a multiple of 8.
  pub output: *mut u8,
  /// Room there.
  pub output_capacity: usize,
  /// Where small results of [`kind::BYTES`] go.
  pub slab: *mut u8,
  /// Room there.
  pub slab_capacity: usize,
  /// Bytes of it that are taken: whoever takes some adds them, rounded up to a multiple of 8.
  pub slab_used: usize,
  /// Results of [`kind::BYTES`] that are longer go to `overflow`.
  pub slab_longest: usize,
  /// One of the constants in [`status`]; [`status::DONE`] before the call.
  pub status: u32,
  /// Where in the slab the result begins.
  pub slab_offset: u32,
  /// A result that is an integer which a double cannot hold: its bits.
  pub integer: u64,
  /// A result that does not fit elsewhere. The host takes it.
  pub overflow: Buffer,
}

/// Values of [`Exchange::status`].
pub mod status {
  /// The result is there.
  pub const DONE: u32 = 0;
  /// The op failed.
  pub const FAILED: u32 = 1;
  /// The op was not called: call it through its [`TypedFn`](super::TypedFn).
  pub const RETRY: u32 = 2;
  /// The result is there, in [`Exchange::overflow`](super::Exchange::overflow).
  pub const OVERFLOW: u32 = 3;
  /// Of a lending call: the answer is there, in [`LentContext::outcome`](super::LentContext::outcome).
  pub const ANSWERED: u32 = 4;
}

/// Text of a script whose characters are one byte each, Latin-1, as V8 lends it to a fast function.
#[repr(C)]
#[derive(Debug)]
pub struct OneByteString {
  /// First character; may be null when `length` is 0.
  pub data: *const c_char,
  /// Number of characters.
  pub length: u32,
}

#[cfg(target_pointer_width = "64")]
const _: () = {
  assert!(size_of::<Signature>() == 104);
  assert!(offset_of!(Signature, result) == 32 && offset_of!(Signature, call) == 88);
  assert!(size_of::<Parameter>() == 40 && offset_of!(Parameter, kind) == 32);
  assert!(size_of::<Argument>() == 16);
  assert!(size_of::<FastContext>() == 72 && offset_of!(FastContext, current) == 32);
  assert!(size_of::<FastTable>() == 16);
  assert!(size_of::<Exchange>() == 128);
  assert!(offset_of!(Exchange, status) == 72 && offset_of!(Exchange, overflow) == 88);
  assert!(size_of::<OneByteString>() == 16);
};
