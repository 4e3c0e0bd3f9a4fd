//! The functions and the static that a plugin exports, and those that the host calls through pointers.
//!
//! This is compiled into the plugin, so the `&mut dyn Interface` that the author's code sees never leaves the library
//! and the compiler that made it. Nothing unwinds out of any of these functions.

use std::ffi::c_void;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use plugin_abi as abi;

use crate::Interface;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::future;
use crate::interface::HostRef;
use crate::interface::enter;
use crate::op::Answer;
use crate::op::OpObject;
use crate::zero_copy_buf;

/// What the host reads from the file before it loads it.
// SAFETY: the name is plugbay's own; two copies of plugin_api in one library do not link.
#[unsafe(no_mangle)]
static PLUGBAY_PLUGIN_ABI: abi::PluginDescriptor = abi::PluginDescriptor {
  magic: abi::MAGIC,
  size: size_of::<abi::PluginDescriptor>() as u32,
  abi_version: abi::ABI_VERSION,
  host_table_size: size_of::<abi::HostTable>() as u32,
  entry_kind: abi::entry_kind::RUST,
  info: abi::PluginInfo { name: [0; 64], version: [0; 32] },
  target: abi::inline_text(env!("PLUGBAY_TARGET")),
  compiler: abi::inline_text(env!("PLUGBAY_COMPILER")),
};

// SAFETY: declared as the documentation tells authors to define it; the linker finds it in the same library.
unsafe extern "Rust" {
  fn deno_plugin_init(interface: &mut dyn Interface);
}

/// Calls the author's `deno_plugin_init`. Answers 0, or 1 after it told the host what failed.
///
/// # Safety
///
/// `table` is null or the host's table, valid for as long as the process runs. Called on the isolate's thread.
// SAFETY: the name is plugbay's own, as above.
#[unsafe(no_mangle)]
unsafe extern "C" fn plugbay_plugin_entry(table: *const abi::HostTable, instance: u64) -> u32 {
  // SAFETY: the caller's promise.
  let Some(table) = (unsafe { table.as_ref() }) else { return 1 };
  let mut host = HostRef { table, instance };
  let init = || {
    let mut interface = host;
    // SAFETY: defined by the author with this signature, as the documentation requires.
    enter(host, || unsafe { deno_plugin_init(&mut interface) })
  };
  match catch_unwind(AssertUnwindSafe(init)) {
    Ok(()) => 0,
    Err(panic) => {
      host.fail(OpError::from_panic(panic));
      1
    }
  }
}

/// [`abi::OpFn`] of every op of this crate.
///
/// # Safety
///
/// `data` is the [`OpObject`] that was registered with it; the others as [`abi::OpFn`] says.
pub(crate) unsafe extern "C" fn call_op(
  data: *mut c_void,
  call: *const abi::Call,
  buffers: *mut abi::Buffer,
  count: usize,
  out: *mut abi::Outcome,
) {
  // SAFETY: the caller's promise: all are valid for this call, and the table for ever.
  let (op, call, out) = unsafe { (&*data.cast::<OpObject>(), &*call, &mut *out) };
  // SAFETY: as above.
  let mut host = HostRef { table: unsafe { &*call.host }, instance: call.instance };
  // SAFETY: `count` whole buffers of the caller's, which nobody else touches until this returns.
  let buffers = unsafe { zero_copy_buf::from_raw_parts_mut(buffers, count) };
  let answer = catch_unwind(AssertUnwindSafe(|| enter(host, || (op.call)(&mut host, buffers))));
  match answer {
    Ok(Answer::Sync(result)) => write_result(out, result),
    Ok(Answer::Async(future)) => write_future(out, abi::outcome::ASYNC, future::into_raw(future, host)),
    Ok(Answer::AsyncUnref(future)) => {
      let future = Box::pin(async { Ok(future.await) });
      write_future(out, abi::outcome::ASYNC_UNREF, future::into_raw(future, host));
    }
    Ok(Answer::NotFound) => out.kind = abi::outcome::NOT_FOUND,
    Err(panic) => write_result(out, Err(OpError::from_panic(panic))),
  }
}

/// Frees an [`OpObject`]; [`abi::OpDefinition::drop`] of every op of this crate.
///
/// # Safety
///
/// `data` is the [`OpObject`] that was registered with it, and is not used again.
pub(crate) unsafe extern "C" fn drop_op(data: *mut c_void) {
  // SAFETY: the caller's promise; it was made by `Box::into_raw`.
  let op = unsafe { Box::from_raw(data.cast::<OpObject>()) };
  drop_quietly(op);
}

/// Drops a value of the author's; a panic of its `Drop` has been reported by the panic hook and ends here.
pub(crate) fn drop_quietly<T>(value: T) {
  quietly(|| drop(value));
}

/// Runs code of the author's whose panic nobody waits for.
pub(crate) fn quietly(work: impl FnOnce()) {
  if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
    // Not dropped as it is: it may panic again.
    OpError::from_panic(panic);
  }
}

#[inline]
pub(crate) fn write_result(out: &mut abi::Outcome, result: Result<crate::Buf, OpError>) {
  match result {
    Ok(buf) => {
      out.payload.buffer = std::mem::ManuallyDrop::new(ZeroCopyBuf::from(buf).into_raw());
      out.kind = abi::outcome::SYNC;
    }
    Err(error) => {
      out.payload.error = std::mem::ManuallyDrop::new(error.into_report());
      out.kind = abi::outcome::ERROR;
    }
  }
}

fn write_future(out: &mut abi::Outcome, kind: u32, future: abi::Future) {
  out.payload.future = future;
  out.kind = kind;
}
