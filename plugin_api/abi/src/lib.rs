//! The C types that cross between the plugbay host and a native plugin. Nothing else does: no trait object, no
//! `String`, no unwinding.
//!
//! Rules, which ABI.md beside this crate explains at length:
//!
//! - A struct that is passed by pointer starts with its own size and only ever grows at the end. Who reads it first
//!   looks at the size. [`Slice`], [`Buffer`], [`Future`], [`Waker`], [`Stream`], [`HttpBody`] and [`HttpHeader`]
//!   travel by value, in arrays or inside others: they are frozen, and grow through their vtables, which start with a
//!   size.
//! - Every function pointer says below on which thread it may be called and who frees what.
//! - Every function that is called must return: it may not unwind, `longjmp` or end the thread.
//!
//! The same types for C, C++ and Zig are in `plugin_api/include/plugbay.h`, which is made from this file.
#![no_std]

extern crate alloc;

use core::ffi::c_void;
#[cfg(target_pointer_width = "64")]
use core::mem::offset_of;

mod descriptor;
pub mod errors;
mod http;
mod kinds;
mod layouts;
mod lent;
mod lent_waker;
mod owned_buffer;
mod typed_call;

pub use descriptor::*;
pub use http::*;
pub use kinds::*;
pub use layouts::*;
pub use lent::*;
pub use lent_waker::LentWaker;
pub use owned_buffer::OwnedBuffer;
pub use typed_call::*;

/// Version of the boundary. A host runs plugins of this version and of older ones; a plugin that is newer
/// than its host is refused before any of its code runs.
pub const ABI_VERSION: u32 = 1;

/// Borrowed bytes, valid until the call that passes them returns.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Slice {
  /// First byte; may be null when `len` is 0.
  pub ptr: *const u8,
  /// Number of bytes.
  pub len: usize,
}

/// Bytes with an owner: a script's ArrayBuffer on the way to a plugin, a plugin's allocation on the way to the script.
///
/// Whoever holds it calls `vtable.release` exactly once, on any thread. The two words of `owner` belong to whoever made
/// the buffer and are never looked at by the other side. All zero bytes are an empty buffer that needs no release.
#[repr(C)]
#[derive(Debug)]
pub struct Buffer {
  /// First byte; may be null when `len` is 0.
  pub ptr: *mut u8,
  /// Number of bytes.
  pub len: usize,
  /// How to share and to free it; null when there is nothing to free.
  pub vtable: *const BufferVTable,
  /// The maker's own.
  pub owner: [usize; 2],
}

impl Buffer {
  /// A buffer of no bytes that needs no release.
  pub const EMPTY: Buffer = Buffer { ptr: core::ptr::null_mut(), len: 0, vtable: core::ptr::null(), owner: [0; 2] };
}

/// What can be done with a [`Buffer`]. Both functions may be called on any thread.
#[repr(C)]
#[derive(Debug)]
pub struct BufferVTable {
  /// Size of this struct.
  pub size: usize,
  /// Writes to the second argument a buffer that shares the bytes of the first and is released on its own. Null: the
  /// buffer can only be moved.
  pub retain: Option<unsafe extern "C" fn(from: *const Buffer, to: *mut Buffer)>,
  /// Gives up the buffer; its bytes may be gone afterwards.
  pub release: Option<unsafe extern "C" fn(buffer: *mut Buffer)>,
}

/// An error on its way to the script. Whoever receives it releases the three buffers.
#[repr(C)]
#[derive(Debug)]
pub struct ErrorReport {
  /// Size of this struct.
  pub size: usize,
  /// UTF-8 name of the JavaScript class, such as `TypeError` or `NotFound`; empty: `Error`.
  pub class: Buffer,
  /// UTF-8 stable code for programs to compare; empty: none.
  pub code: Buffer,
  /// UTF-8 text for people.
  pub message: Buffer,
}

/// What became of a call. The caller allocates it, sets `size` and sets `kind` to [`outcome::NOT_FOUND`]; the callee
/// sets `kind` and the one field of `payload` that belongs to it.
#[repr(C)]
pub struct Outcome {
  /// Size of this struct.
  pub size: usize,
  /// One of the constants in [`outcome`].
  pub kind: u32,
  /// Zero.
  pub reserved: u32,
  /// Which field is set depends on `kind`.
  pub payload: OutcomePayload,
}

/// The value of an [`Outcome`].
#[repr(C)]
pub union OutcomePayload {
  /// With [`outcome::SYNC`]: the answer, owned by the receiver.
  pub buffer: core::mem::ManuallyDrop<Buffer>,
  /// With [`outcome::ASYNC`] and [`outcome::ASYNC_UNREF`]: the receiver drops it.
  pub future: Future,
  /// With [`outcome::ERROR`]: owned by the receiver.
  pub error: core::mem::ManuallyDrop<ErrorReport>,
  /// With [`outcome::NUMBER`].
  pub number: f64,
  /// With [`outcome::INTEGER`]: the bits of the integer.
  pub integer: u64,
  /// With [`outcome::RESPONSE`]: owned by the receiver.
  pub response: *mut HttpResponse,
}

/// Values of [`Outcome::kind`].
pub mod outcome {
  /// The op does not know what was asked; nothing is set.
  pub const NOT_FOUND: u32 = 0;
  /// Done; `buffer` is set.
  pub const SYNC: u32 = 1;
  /// Under way; `future` is set and keeps the program alive.
  pub const ASYNC: u32 = 2;
  /// Under way; `future` is set and does not keep the program alive.
  pub const ASYNC_UNREF: u32 = 3;
  /// Failed; `error` is set.
  pub const ERROR: u32 = 4;
  /// Done, of a typed op whose result is a boolean (0 or 1), an integer of at most 32 bits or a float; `number` is set.
  pub const NUMBER: u32 = 5;
  /// Done, of a typed op whose result is an integer of 64 bits; `integer` is set.
  pub const INTEGER: u32 = 6;
  /// Done, of a typed op that gives text or bytes: there are none, which is `null`.
  pub const NULL: u32 = 7;
  /// Done, of an op that answers requests; `response` is set.
  pub const RESPONSE: u32 = 8;
}

/// A computation that is not done yet. One of a plugin's is polled and dropped on the isolate's thread only; one of the
/// host's on any thread, by one at a time.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Future {
  /// First argument of the functions.
  pub data: *mut c_void,
  /// Never null.
  pub vtable: *const FutureVTable,
}

/// What can be done with a [`Future`].
#[repr(C)]
#[derive(Debug)]
pub struct FutureVTable {
  /// Size of this struct.
  pub size: usize,
  /// Returns 1 and sets the outcome (sync or error) when done, else 0 after it has seen to it that the waker is woken.
  /// Not called again after 1. The waker is borrowed, and only that of the newest poll counts: the host polls once at
  /// once, and again in its event loop with another.
  pub poll: Option<unsafe extern "C" fn(data: *mut c_void, waker: *const Waker, outcome: *mut Outcome) -> u32>,
  /// Frees the future, done or not. Called exactly once.
  pub drop: Option<unsafe extern "C" fn(data: *mut c_void)>,
}

/// The host's side of a waker begins with this. Everything may be called on any thread.
#[repr(C)]
#[derive(Debug)]
pub struct Waker {
  /// Never null.
  pub vtable: *const WakerVTable,
}

/// What can be done with a [`Waker`].
#[repr(C)]
#[derive(Debug)]
pub struct WakerVTable {
  /// Size of this struct.
  pub size: usize,
  /// A waker of its own for the same task, to be given to `drop` once.
  pub clone: Option<unsafe extern "C" fn(waker: *const Waker) -> *const Waker>,
  /// Has the task polled again soon.
  pub wake: Option<unsafe extern "C" fn(waker: *const Waker)>,
  /// Frees a waker that came from `clone`.
  pub drop: Option<unsafe extern "C" fn(waker: *const Waker)>,
}

/// The circumstances of one call of an op. Valid until the call returns.
#[repr(C)]
#[derive(Debug)]
pub struct Call {
  /// Size of this struct.
  pub size: usize,
  /// The host's functions; valid for as long as the process runs.
  pub host: *const HostTable,
  /// The open plugin the op belongs to.
  pub instance: u64,
}

/// The code of an op, with `count` buffers. Called on the isolate's thread, and again
/// while it runs if what it does leads back to JavaScript. The buffers stay the caller's: the op may exchange them for
/// others, and keep copies made with `retain`.
pub type OpFn =
  unsafe extern "C" fn(data: *mut c_void, call: *const Call, buffers: *mut Buffer, count: usize, outcome: *mut Outcome);

/// What a plugin says of an op when it registers it.
#[repr(C)]
#[derive(Debug)]
pub struct OpDefinition {
  /// Size of this struct.
  pub size: usize,
  /// UTF-8 name, any string but the empty one.
  pub name: Slice,
  /// One of the constants in [`encoding`].
  pub encoding: u32,
  /// Zero.
  pub reserved: u32,
  /// Never null, unless the encoding is [`encoding::TYPED`], [`encoding::HTTP`] or [`encoding::REDIS`].
  pub call: Option<OpFn>,
  /// First argument of `call`.
  pub data: *mut c_void,
  /// Frees `data`, on the isolate's thread, after the last call has returned. Called exactly once, also when the
  /// registration is refused. May be null.
  pub drop: Option<unsafe extern "C" fn(data: *mut c_void)>,
  /// What the op takes and gives, or null. It need not outlive the registration, but for its functions. Definitions of
  /// older plugins end before it.
  pub signature: *const Signature,
  /// Of an op with the encoding [`encoding::BYTES`]: its function for lending calls, as [`LentContext`] says, or null.
  /// It does what `call` does. Definitions of older plugins end before it.
  pub lent: *const c_void,
  /// Of an op with the encoding [`encoding::HTTP`] or [`encoding::REDIS`]: what answers requests; else null.
  /// Definitions of older plugins end before it.
  pub answer: Option<HttpFn>,
}

/// Values of [`OpDefinition::encoding`].
pub mod encoding {
  /// Buffers in, a buffer out.
  pub const BYTES: u32 = 0;
  /// The first buffer and the answer are JSON text in UTF-8; further buffers are the script's.
  pub const JSON: u32 = 1;
  /// The op is called through its [`Signature`]; `call` may be null.
  pub const TYPED: u32 = 2;
  /// The op answers HTTP requests, by its [`HttpFn`]; `call` may be null.
  pub const HTTP: u32 = 3;
  /// The op takes messages of Redis, by its [`HttpFn`]: each is the body of a request, whose path is `/` and the name
  /// of the channel in percent-encoding. Of the response nothing is read. `call` may be null. Older hosts do not know
  /// it.
  pub const REDIS: u32 = 4;
}

/// The functions a plugin may call. They never unwind. `instance` is the number the plugin was given; a number of a
/// plugin that is closed is refused, not followed.
#[repr(C)]
#[derive(Debug)]
pub struct HostTable {
  /// Size of this struct: a function that lies behind it is not there.
  pub size: usize,
  /// [`ABI_VERSION`] of the host.
  pub abi_version: u32,
  /// Zero.
  pub reserved: u32,
  /// Puts an op into the table. Answers its id, or 0 when it was refused: then the host has noted why, and the init
  /// or the op that is running fails with that. Isolate's thread, during init or a call.
  pub register_op: unsafe extern "C" fn(instance: u64, definition: *const OpDefinition) -> u32,
  /// Has the init or the call that is running fail with this error, which the host releases. Isolate's thread.
  pub fail: unsafe extern "C" fn(instance: u64, error: *mut ErrorReport),
  /// Adds a resource; answers its id, or `u32::MAX` when it was refused. `drop(data)` is
  /// called once, on the isolate's thread, also when it was refused. Isolate's thread.
  pub resource_add: unsafe extern "C" fn(
    instance: u64,
    name: Slice,
    data: *mut c_void,
    drop: Option<unsafe extern "C" fn(data: *mut c_void)>,
  ) -> u32,
  /// The data of a resource that this plugin added, or null. Isolate's thread; valid until the resource is closed.
  pub resource_get: unsafe extern "C" fn(instance: u64, rid: u32) -> *mut c_void,
  /// Closes a resource that this plugin added; 1 if there was one. Isolate's thread.
  pub resource_close: unsafe extern "C" fn(instance: u64, rid: u32) -> u32,
  /// Runs `function(data)` on a thread that may block; 1 if it will run, 0 if it will not. Any thread.
  pub spawn_blocking:
    unsafe extern "C" fn(instance: u64, function: unsafe extern "C" fn(data: *mut c_void), data: *mut c_void) -> u32,
  /// Writes a line of UTF-8 to the host's log: 1 error, 2 warning, 3 info, 4 debug. Any thread.
  pub log: unsafe extern "C" fn(instance: u64, level: u32, message: Slice),
  /// The cell of this thread in which a plugin notes its instance while code of it runs, 0 otherwise. Valid for as long
  /// as the thread runs. Any thread.
  pub current: unsafe extern "C" fn() -> *mut u64,
  /// Asks a service of the host's for something, in the wire format: ABI.md says what there is. Sets the outcome to a
  /// future (`ASYNC`) of the host's that ends in the answer, in the same format (`SYNC`), or in `ERROR`; or to `ERROR`
  /// at once. The future may be polled and dropped on any thread, by one at a time; dropping it gives the request up.
  /// Any thread. The tables of older hosts end before it, and a guest has none.
  pub request_service: Option<unsafe extern "C" fn(instance: u64, request: Slice, outcome: *mut Outcome)>,
}

impl HostTable {
  /// The size of the first table. What lies behind it need not be there.
  pub const FIRST_SIZE: usize = core::mem::offset_of!(HostTable, request_service);
}

/// The entry of a plugin: `plugbay_plugin_entry` of a Rust plugin, `deno_plugin_init` of a C plugin. Registers the ops
/// and answers 0, or another number after it called [`HostTable::fail`]. Isolate's thread.
pub type EntryFn = unsafe extern "C" fn(host: *const HostTable, instance: u64) -> u32;

/// `deno_plugin_deinit`, if the plugin exports it: called once when the plugin is closed and nothing of it is under
/// way. Isolate's thread.
pub type DeinitFn = unsafe extern "C" fn();

// The layout is a promise to plugins that are already built. A change here that moves a field is a new ABI_VERSION.
// That of wasm32 guests is in layouts.rs.
#[cfg(target_pointer_width = "64")]
const _: () = {
  assert!(size_of::<Slice>() == 16);
  assert!(size_of::<Buffer>() == 40);
  assert!(offset_of!(Buffer, vtable) == 16 && offset_of!(Buffer, owner) == 24);
  assert!(size_of::<BufferVTable>() == 24);
  assert!(size_of::<ErrorReport>() == 128);
  assert!(offset_of!(ErrorReport, class) == 8 && offset_of!(ErrorReport, message) == 88);
  assert!(size_of::<Outcome>() == 144);
  assert!(offset_of!(Outcome, kind) == 8 && offset_of!(Outcome, payload) == 16);
  assert!(size_of::<Future>() == 16 && size_of::<FutureVTable>() == 24);
  assert!(size_of::<Waker>() == 8 && size_of::<WakerVTable>() == 32);
  assert!(size_of::<Call>() == 24 && offset_of!(Call, instance) == 16);
  assert!(size_of::<OpDefinition>() == 80);
  assert!(offset_of!(OpDefinition, signature) == 56 && offset_of!(OpDefinition, lent) == 64);
  assert!(offset_of!(OpDefinition, answer) == 72);
  assert!(offset_of!(OpDefinition, encoding) == 24 && offset_of!(OpDefinition, call) == 32);
  assert!(size_of::<HostTable>() == 88 && HostTable::FIRST_SIZE == 80);
  assert!(offset_of!(HostTable, register_op) == 16 && offset_of!(HostTable, log) == 64);
  assert!(offset_of!(HostTable, current) == 72);
};

#[cfg(not(any(target_pointer_width = "64", target_pointer_width = "32")))]
compile_error!("plugbay plugins are 64-bit libraries or wasm32 modules");
