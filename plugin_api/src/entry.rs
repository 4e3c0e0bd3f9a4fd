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
use crate::instance::Instance;
use crate::interface::HostRef;
use crate::interface::enter;
use crate::interface::set_table;
use crate::interface::table;
use crate::op::Answer;
use crate::op::Code;
use crate::op::Registered;
use crate::typed::Arguments;
use crate::typed::Call;
use crate::typed::Done;
use crate::typed::Started;
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
  let table = unsafe { table.as_ref() };
  // The host of a guest has no functions in its memory.
  #[cfg(target_arch = "wasm32")]
  let table = table.or_else(|| Some(crate::guest::set_up()));
  let Some(table) = table else { return 1 };
  set_table(table);
  let host = HostRef { table, instance };
  // Holds the plugin's state until ops do.
  let kept = Instance::of(instance);
  let init = || {
    let mut interface = host;
    // SAFETY: defined by the author with this signature, as the documentation requires.
    enter(host, || unsafe { deno_plugin_init(&mut interface) })
  };
  let answer = match catch_unwind(AssertUnwindSafe(init)) {
    Ok(()) => 0,
    Err(panic) => {
      host.tell_failure(OpError::from_panic(panic));
      1
    }
  };
  kept.has_failed.set(false);
  enter(host, || drop(kept));
  answer
}

/// [`abi::OpFn`] of the ops that have an encoding.
///
/// # Safety
///
/// `data` is the [`Registered`] op that was registered with it; the others as [`abi::OpFn`] says.
pub(crate) unsafe extern "C" fn call_op(
  data: *mut c_void,
  call: *const abi::Call,
  buffers: *mut abi::Buffer,
  count: usize,
  out: *mut abi::Outcome,
) {
  // SAFETY: the caller's promise: all are valid for this call, and the table for ever.
  let (op, call, out) = unsafe { (&*data.cast::<Registered>(), &*call, &mut *out) };
  // SAFETY: as above.
  let host = HostRef { table: unsafe { &*call.host }, instance: call.instance };
  let mut interface = host;
  // SAFETY: `count` whole buffers of the caller's, which nobody else touches until this returns.
  let buffers = unsafe { zero_copy_buf::from_raw_parts_mut(buffers, count) };
  let run = || match &op.op.code {
    Code::Bytes(code) => code(&mut interface, buffers),
    Code::Json(op) => op.call_text(&mut interface, buffers),
    Code::Typed(_) => Answer::NotFound,
  };
  let answer = catch_unwind(AssertUnwindSafe(|| enter(host, run)));
  op.instance.has_failed.set(false);
  match answer {
    Ok(answer) => write_answer(out, answer, host),
    Err(panic) => write_error(out, OpError::from_panic(panic)),
  }
}

#[inline]
pub(crate) fn write_answer(out: &mut abi::Outcome, answer: Answer, host: HostRef) {
  match answer {
    Answer::Sync(result) => write_result(out, result),
    Answer::Async(future) => write_future(out, abi::outcome::ASYNC, future::into_raw(future, host)),
    Answer::AsyncUnref(future) => {
      let future = Box::pin(async { Ok(Done::Bytes(future.await.into())) });
      write_future(out, abi::outcome::ASYNC_UNREF, future::into_raw(future, host));
    }
    Answer::NotFound => out.kind = abi::outcome::NOT_FOUND,
  }
}

/// [`abi::TypedFn`] of every op that has a signature.
///
/// # Safety
///
/// `data` is the [`Registered`] op that was registered with it; the others as [`abi::TypedFn`] says.
pub(crate) unsafe extern "C" fn call_typed(
  data: *mut c_void,
  call: *const abi::Call,
  arguments: *mut abi::Argument,
  count: usize,
  out: *mut abi::Outcome,
) {
  // SAFETY: the caller's promise: all are valid for this call, and the table for ever.
  let (op, call, out) = unsafe { (&*data.cast::<Registered>(), &*call, &mut *out) };
  // SAFETY: as above.
  let host = HostRef { table: unsafe { &*call.host }, instance: call.instance };
  let arguments: &[abi::Argument] = match count {
    0 => &[],
    // SAFETY: the caller's promise: so many arguments.
    _ => unsafe { std::slice::from_raw_parts(arguments, count) },
  };
  // SAFETY: the caller's promise: they are those of the signature, which the op's code takes.
  let mut arguments = unsafe { Arguments::new(arguments) };
  let run = || {
    let call = Call::new(host, &op.instance);
    match &op.op.code {
      Code::Typed(op) => (op.call)(&call, &mut arguments),
      Code::Json(op) => op.call_typed(&call, &mut arguments),
      Code::Bytes(_) => unreachable!("it has no signature"),
    }
  };
  let started = catch_unwind(AssertUnwindSafe(|| enter(host, run)));
  op.instance.has_failed.set(false);
  match started {
    Ok(Ok(Started::Done(done))) => done.write(out),
    Ok(Ok(Started::Future(future))) => write_future(out, abi::outcome::ASYNC, future::into_raw(future, host)),
    Ok(Err(error)) => write_error(out, error),
    Err(panic) => write_error(out, OpError::from_panic(panic)),
  }
}

/// Frees a [`Registered`] op; [`abi::OpDefinition::drop`] of every op of this crate.
///
/// # Safety
///
/// `data` is the [`Registered`] op that was registered with it, and is not used again.
pub(crate) unsafe extern "C" fn drop_op(data: *mut c_void) {
  // SAFETY: the caller's promise; it was made by `Box::into_raw`.
  let op = unsafe { Box::from_raw(data.cast::<Registered>()) };
  // What it drops may ask for the plugin.
  match table() {
    Some(table) => enter(HostRef { table, instance: op.instance.number }, || drop_quietly(op)),
    None => drop_quietly(op),
  }
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
    Err(error) => write_error(out, error),
  }
}

#[cold]
pub(crate) fn write_error(out: &mut abi::Outcome, error: OpError) {
  out.payload.error = std::mem::ManuallyDrop::new(error.into_report());
  out.kind = abi::outcome::ERROR;
}

fn write_future(out: &mut abi::Outcome, kind: u32, future: abi::Future) {
  out.payload.future = future;
  out.kind = kind;
}
