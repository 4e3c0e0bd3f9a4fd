//! Reads what comes back from a plugin: outcomes and errors.

use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::sync::Arc;

use plugbay_core::OpFailure;
use plugbay_ops::Answer;
use plugbay_ops::Outcome;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;

use super::future::NativeFuture;
use super::library::Library;
use super::plugin::NativePlugin;

/// An outcome for a plugin to fill in.
pub fn new_outcome() -> abi::Outcome {
  abi::Outcome {
    size: size_of::<abi::Outcome>(),
    kind: abi::outcome::NOT_FOUND,
    reserved: 0,
    payload: abi::OutcomePayload { future: abi::Future { data: std::ptr::null_mut(), vtable: std::ptr::null() } },
  }
}

/// Takes over what a plugin filled in. A failure that it noted meanwhile goes before it.
///
/// # Safety
///
/// `plugin` was given this outcome and has returned; nobody took it over before.
#[inline]
pub unsafe fn take_outcome(outcome: &mut abi::Outcome, plugin: &Rc<NativePlugin>) -> Outcome {
  if let Some(failure) = plugin.take_failure() {
    // SAFETY: the caller's promise. What the op answered besides goes nowhere.
    drop(unsafe { take_payload(outcome, plugin) });
    return Outcome::Failed(failure);
  }
  // SAFETY: the caller's promise.
  unsafe { take_payload(outcome, plugin) }
}

/// # Safety
///
/// As [`take_outcome`].
#[inline]
unsafe fn take_payload(outcome: &mut abi::Outcome, plugin: &Rc<NativePlugin>) -> Outcome {
  let payload = &mut outcome.payload;
  match outcome.kind {
    abi::outcome::NOT_FOUND => Outcome::NotFound,
    // SAFETY: the kind says which field is set, and the caller that it is ours.
    abi::outcome::SYNC => unsafe {
      match payload.buffer.len == 0 && payload.buffer.vtable.is_null() {
        true => Outcome::Empty,
        // What no allocation can be; it is not released either.
        false
          if (payload.buffer.ptr.is_null() && payload.buffer.len != 0) || payload.buffer.len > isize::MAX as usize =>
        {
          Outcome::Failed(bad_outcome(format!("{} bytes at {:?}", payload.buffer.len, payload.buffer.ptr)))
        }
        false => Outcome::Answer(take_answer(ManuallyDrop::take(&mut payload.buffer), plugin.library())),
      }
    },
    kind @ (abi::outcome::ASYNC | abi::outcome::ASYNC_UNREF) => {
      // SAFETY: as above.
      match unsafe { NativeFuture::from_raw(payload.future, plugin.clone()) } {
        Some(future) => Outcome::Pending { answer: Box::pin(future), unref: kind == abi::outcome::ASYNC_UNREF },
        None => Outcome::Failed(bad_outcome("an async answer without a future".to_string())),
      }
    }
    // SAFETY: the kind says which field is set.
    abi::outcome::NUMBER => Outcome::Number(unsafe { payload.number }),
    // SAFETY: the kind says which field is set.
    abi::outcome::INTEGER => Outcome::Integer(unsafe { payload.integer }),
    abi::outcome::NULL => Outcome::Null,
    // SAFETY: as above.
    abi::outcome::ERROR => Outcome::Failed(unsafe { take_report(ManuallyDrop::take(&mut payload.error)) }),
    kind => Outcome::Failed(bad_outcome(format!("an outcome of kind {kind}"))),
  }
}

/// # Safety
///
/// As [`take_outcome`], of a buffer.
unsafe fn take_answer(buffer: abi::Buffer, library: &Arc<Library>) -> Answer {
  // SAFETY: the caller's promise.
  Answer::of_library(unsafe { OwnedBuffer::from_raw(buffer) }, library.clone())
}

/// Takes over an error.
///
/// # Safety
///
/// A plugin made it and gave it away.
pub unsafe fn take_report(report: abi::ErrorReport) -> OpFailure {
  let text = |buffer| {
    // SAFETY: the three buffers of a report are whole, and are the receiver's.
    let buffer = unsafe { OwnedBuffer::from_raw(buffer) };
    String::from_utf8_lossy(&buffer).into_owned()
  };
  OpFailure::from_texts(text(report.class), text(report.code), text(report.message))
}

fn bad_outcome(found: String) -> OpFailure {
  OpFailure::abi_unknown_answer(found, abi::ABI_VERSION)
}
