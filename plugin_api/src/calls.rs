//! The functions that the host calls through pointers: the ops of a plugin. Nothing unwinds out of any of them.

use std::ffi::c_void;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use plugin_abi as abi;

use crate::OpError;
use crate::answer::Answer;
use crate::answer::write_answer;
use crate::future;
use crate::host::HostRef;
use crate::host::enter;
use crate::host::table;
use crate::into_op::Code;
use crate::outcome::Started;
use crate::outcome::write_error;
use crate::outcome::write_future;
use crate::quietly::drop_quietly;
use crate::registered::Registered;
use crate::typed::Arguments;
use crate::typed::Call;
use crate::typed::FastCall;
use crate::typed::Local;
use crate::typed::call_fast;
use crate::zero_copy_buf;

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
  let (op, call, out) = unsafe { (&*data.cast::<Registered<Code>>(), &*call, &mut *out) };
  let host = HostRef { table: call.host, instance: call.instance };
  let mut interface = host;
  // SAFETY: `count` whole buffers of the caller's, which nobody else touches until this returns.
  let buffers = unsafe { zero_copy_buf::from_raw_parts_mut(buffers, count) };
  let run = || match &op.code {
    Code::Bytes(code) => code(&mut interface, buffers),
    Code::Json(op) => op.call_text(&mut interface, buffers),
    _ => Answer::NotFound,
  };
  let answer = catch_unwind(AssertUnwindSafe(|| enter(host, run)));
  op.instance.has_failed.set(false);
  match answer {
    Ok(answer) => write_answer(out, answer, host),
    Err(panic) => write_error(out, OpError::from_panic(panic)),
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
  let (op, call, out) = unsafe { (&*data.cast::<Registered<Code>>(), &*call, &mut *out) };
  let host = HostRef { table: call.host, instance: call.instance };
  let arguments: &[abi::Argument] = match count {
    0 => &[],
    // SAFETY: the caller's promise: so many arguments.
    _ => unsafe { std::slice::from_raw_parts(arguments, count) },
  };
  // SAFETY: the caller's promise: they are those of the signature, which the op's code takes.
  let mut arguments = unsafe { Arguments::new(arguments) };
  let run = || {
    let call = Call::new(host, &op.instance);
    match &op.code {
      Code::Typed(op) => (op.call)(&call, &mut arguments),
      Code::Json(op) => op.call_typed(&call, &mut arguments),
      _ => unreachable!("it has no signature"),
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

/// The fast function of the JSON ops that have one. The host calls it when no buffers are passed.
///
/// # Safety
///
/// As [`abi::FastContext`] says.
pub(crate) unsafe extern "C" fn call_json(_: Local, context: abi::Address, start: u32) -> u32 {
  let run = |call: &FastCall<'_>| {
    // SAFETY: what was registered with this function, and a value begins at `start`.
    let (op, input) = unsafe { (call.op::<Code>(), call.wire(start)) };
    let Code::Json(op) = &op.code else { unreachable!("its own function") };
    op.call_fast(call, input)
  };
  // SAFETY: the caller's promise.
  unsafe { call_fast(context, run) }
}

/// Frees a [`Registered`] op; [`abi::OpDefinition::drop`] of every op of this crate.
///
/// # Safety
///
/// `data` is the [`Registered`] op that was registered with it, and is not used again.
pub(crate) unsafe extern "C" fn drop_op(data: *mut c_void) {
  // SAFETY: the caller's promise; it was made by `Box::into_raw`.
  let Registered { instance, code } = *unsafe { Box::from_raw(data.cast::<Registered<Code>>()) };
  let number = instance.number;
  // With its last op the plugin's state goes, after the op.
  let drop_both = || {
    drop_quietly(code);
    drop_quietly(instance);
  };
  // What is dropped may ask for the plugin.
  match table() {
    Some(table) => enter(HostRef { table, instance: number }, drop_both),
    None => drop_both(),
  }
}
