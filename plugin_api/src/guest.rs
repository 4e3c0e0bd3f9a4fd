//! A plugin that is built for wasm32: the host's functions are imports, and what the host needs of the guest besides
//! the author's code is exported. The host's side is
//! `runtime/worlds/src/plugbay/plugbay.js`.
//!
//! Nothing here trusts the host less or more than a native plugin does; the host trusts nothing that the guest says,
//! and copies what it wants out of the guest's memory.

use std::alloc::Layout;
use std::alloc::alloc;
use std::alloc::dealloc;
use std::any::Any;
use std::cell::UnsafeCell;
use std::ffi::c_void;

use plugin_abi as abi;

use crate::ZeroCopyBuf;

mod imports {
  use std::ffi::c_void;

  use plugin_abi as abi;

  // SAFETY: the host gives each with this signature, or does not instantiate the module.
  #[link(wasm_import_module = "plugbay")]
  unsafe extern "C" {
    pub(super) fn register_op(definition: *const abi::OpDefinition) -> u32;
    pub(super) fn fail(error: *mut abi::ErrorReport);
    pub(super) fn resource_add(
      name: *const u8,
      length: usize,
      data: *mut c_void,
      drop: Option<unsafe extern "C" fn(*mut c_void)>,
    ) -> u32;
    pub(super) fn resource_get(rid: u32) -> *mut c_void;
    pub(super) fn resource_close(rid: u32) -> u32;
    pub(super) fn log(level: u32, message: *const u8, length: usize);
    pub(super) fn panicked(message: *const u8, length: usize);
    pub(super) fn wake(task: u32);
  }
}

/// What belongs to the one thread of a guest.
struct OneThread<T>(UnsafeCell<T>);

// SAFETY: a guest has one thread.
unsafe impl<T> Sync for OneThread<T> {}

static CURRENT: OneThread<u64> = OneThread(UnsafeCell::new(0));

static HOST_TABLE: abi::HostTable = abi::HostTable {
  size: size_of::<abi::HostTable>(),
  abi_version: abi::ABI_VERSION,
  reserved: 0,
  register_op,
  fail,
  resource_add,
  resource_get,
  resource_close,
  spawn_blocking,
  log,
  current,
  request_service: None,
};

/// The host's functions; a panic is told to the host from now on, because it ends the guest.
pub(crate) fn set_up() -> &'static abi::HostTable {
  std::panic::set_hook(Box::new(|info| {
    let message = match info.location() {
      Some(location) => format!("panicked: {} ({}:{})", payload_text(info.payload()), location.file(), location.line()),
      None => format!("panicked: {}", payload_text(info.payload())),
    };
    // SAFETY: the text outlives the call.
    unsafe { imports::panicked(message.as_ptr(), message.len()) };
  }));
  &HOST_TABLE
}

fn payload_text(payload: &dyn Any) -> &str {
  let text = payload.downcast_ref::<String>().map(String::as_str);
  text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message")
}

// The functions of the table: as `abi::HostTable` says of each. The host knows which guest calls.

unsafe extern "C" fn register_op(_: u64, definition: *const abi::OpDefinition) -> u32 {
  // SAFETY: the caller's promise.
  unsafe { imports::register_op(definition) }
}

unsafe extern "C" fn fail(_: u64, error: *mut abi::ErrorReport) {
  // SAFETY: the caller's promise.
  unsafe { imports::fail(error) };
}

unsafe extern "C" fn resource_add(
  _: u64,
  name: abi::Slice,
  data: *mut c_void,
  drop: Option<unsafe extern "C" fn(*mut c_void)>,
) -> u32 {
  // SAFETY: the caller's promise.
  unsafe { imports::resource_add(name.ptr, name.len, data, drop) }
}

unsafe extern "C" fn resource_get(_: u64, rid: u32) -> *mut c_void {
  // SAFETY: the caller's promise.
  unsafe { imports::resource_get(rid) }
}

unsafe extern "C" fn resource_close(_: u64, rid: u32) -> u32 {
  // SAFETY: the caller's promise.
  unsafe { imports::resource_close(rid) }
}

/// There is no other thread: the work is done at once.
unsafe extern "C" fn spawn_blocking(_: u64, work: unsafe extern "C" fn(*mut c_void), data: *mut c_void) -> u32 {
  // SAFETY: the caller's promise: `work` takes `data`, once.
  unsafe { work(data) };
  1
}

unsafe extern "C" fn log(_: u64, level: u32, message: abi::Slice) {
  // SAFETY: the caller's promise.
  unsafe { imports::log(level, message.ptr, message.len) };
}

unsafe extern "C" fn current() -> *mut u64 {
  CURRENT.0.get()
}

/// The waker that the host lends to a poll: the number of the task, for [`imports::wake`].
#[repr(C)]
struct TaskWaker {
  header: abi::Waker,
  task: u32,
}

static WAKER: abi::WakerVTable = abi::WakerVTable {
  size: size_of::<abi::WakerVTable>(),
  clone: Some(clone_waker),
  wake: Some(wake),
  drop: Some(drop_waker),
};

/// # Safety
///
/// For these three: `waker` is a live [`TaskWaker`].
unsafe extern "C" fn clone_waker(waker: *const abi::Waker) -> *const abi::Waker {
  // SAFETY: see above.
  let task = unsafe { (*waker.cast::<TaskWaker>()).task };
  Box::into_raw(Box::new(TaskWaker { header: abi::Waker { vtable: &WAKER }, task })).cast()
}

unsafe extern "C" fn wake(waker: *const abi::Waker) {
  // SAFETY: see above.
  unsafe { imports::wake((*waker.cast::<TaskWaker>()).task) };
}

unsafe extern "C" fn drop_waker(waker: *const abi::Waker) {
  // SAFETY: see above; it came from `clone_waker`.
  drop(unsafe { Box::from_raw(waker.cast_mut().cast::<TaskWaker>()) });
}

// What the host calls. It passes only what it got from the guest, so that these need not look at it; a host that does
// otherwise harms only the guest.

/// Polls a future as its vtable says.
///
/// # Safety
///
/// `future` is a live future of the guest's, `outcome` can be written.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
unsafe extern "C" fn plugbay_poll(future: *const abi::Future, task: u32, outcome: *mut abi::Outcome) -> u32 {
  let waker = TaskWaker { header: abi::Waker { vtable: &WAKER }, task };
  // SAFETY: the caller's promise.
  unsafe {
    let future = &*future;
    let Some(poll) = (*future.vtable).poll else { return 0 };
    poll(future.data, (&raw const waker).cast(), outcome)
  }
}

/// Memory for the host, at an address that is a multiple of 16; null when there is none.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
extern "C" fn plugbay_alloc(size: usize) -> *mut u8 {
  match Layout::from_size_align(size.max(1), 16) {
    // SAFETY: the size is not 0.
    Ok(layout) => unsafe { alloc(layout) },
    Err(_) => std::ptr::null_mut(),
  }
}

/// Frees what [`plugbay_alloc`] gave.
///
/// # Safety
///
/// It gave it for this size, and it is not used again.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
unsafe extern "C" fn plugbay_free(memory: *mut u8, size: usize) {
  if let Ok(layout) = Layout::from_size_align(size.max(1), 16) {
    // SAFETY: the caller's promise.
    unsafe { dealloc(memory, layout) };
  }
}

/// A buffer of `length` bytes that an op may keep, for the host to fill; an empty one when there is no memory for it.
///
/// # Safety
///
/// `buffer` can be written.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
unsafe extern "C" fn plugbay_new_buffer(length: usize, buffer: *mut abi::Buffer) {
  let mut bytes = Vec::new();
  let bytes = match bytes.try_reserve_exact(length) {
    Ok(()) => {
      bytes.resize(length, 0);
      ZeroCopyBuf::from(bytes)
    }
    Err(_) => ZeroCopyBuf::EMPTY,
  };
  // SAFETY: the caller's promise.
  unsafe { buffer.write(bytes.into_raw()) };
}

/// The memory that fast calls go through, with room for so many bytes in each part.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
extern "C" fn plugbay_new_exchange(input: usize, output: usize, slab: usize) -> *mut abi::Exchange {
  let exchange = abi::Exchange {
    size: size_of::<abi::Exchange>(),
    input: plugbay_alloc(input),
    input_length: input,
    output: plugbay_alloc(output),
    output_capacity: output,
    slab: plugbay_alloc(slab),
    slab_capacity: slab,
    slab_used: 0,
    slab_longest: slab,
    status: abi::status::DONE,
    slab_offset: 0,
    integer: 0,
    overflow: abi::Buffer::EMPTY,
  };
  Box::into_raw(Box::new(exchange))
}

/// The circumstances of calls of an op: for those with an encoding and for slow ones.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
extern "C" fn plugbay_new_call(instance: u64) -> *mut abi::Call {
  Box::into_raw(Box::new(abi::Call { size: size_of::<abi::Call>(), host: &HOST_TABLE, instance }))
}

/// The circumstances of fast calls of an op.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
extern "C" fn plugbay_new_context(
  data: *mut c_void,
  instance: u64,
  exchange: *mut abi::Exchange,
) -> *mut abi::FastContext {
  static TABLE: abi::FastTable = abi::FastTable { size: size_of::<abi::FastTable>(), view_bytes: no_view };
  let context = abi::FastContext {
    size: size_of::<abi::FastContext>(),
    data,
    host: &HOST_TABLE,
    instance,
    current: CURRENT.0.get(),
    exchange,
    table: &TABLE,
    bytes_sent: 0,
    bytes_received: 0,
  };
  Box::into_raw(Box::new(context))
}

/// The host says where bytes lie; an empty view has none.
unsafe extern "C" fn no_view(_: *const c_void, bytes: *mut abi::Slice) -> u32 {
  // SAFETY: the caller's promise.
  unsafe { bytes.write(abi::Slice { ptr: std::ptr::null(), len: 0 }) };
  1
}
