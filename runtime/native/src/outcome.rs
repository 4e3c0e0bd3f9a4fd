//! What comes of a call into a plugin: an outcome at once, or one of a future that is polled through C functions.

use std::ffi::c_void;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use plugbay_core::OpFailure;
use plugbay_ops::Answer;
use plugbay_ops::Outcome;
use plugin_abi as abi;
use plugin_abi::LentWaker;
use plugin_abi::OwnedBuffer;

use super::http::take_response;
use super::library::Library;
use super::plugin::NativePlugin;
use super::report::bad_outcome;
use super::report::new_outcome;
use super::report::take_report;

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
    abi::outcome::RESPONSE => match unsafe { take_response(payload.response, plugin) } {
      Ok(response) => Outcome::Response(response),
      Err(why) => Outcome::Failed(bad_outcome(why)),
    },
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

/// Takes over what an op of the plugin of a number has filled in. `None` when there is no such plugin any more.
///
/// # Safety
///
/// It did, and nobody took it over before.
pub unsafe fn take_outcome_of(outcome: &mut abi::Outcome, instance: u64) -> Option<Outcome> {
  let plugin = NativePlugin::of_instance(instance)?;
  // SAFETY: the caller's promise.
  Some(unsafe { take_outcome(outcome, &plugin) })
}

/// A future of a plugin's. It is dropped before the library it came from.
pub struct NativeFuture {
  data: *mut c_void,
  poll: unsafe extern "C" fn(*mut c_void, *const abi::Waker, *mut abi::Outcome) -> u32,
  drop: unsafe extern "C" fn(*mut c_void),
  /// Keeps the library mapped; dropped after the future.
  plugin: Rc<NativePlugin>,
}

impl NativeFuture {
  /// `None` when the plugin gave no functions to poll and drop it with.
  ///
  /// # Safety
  ///
  /// `plugin` made the future and gave it away.
  pub unsafe fn from_raw(future: abi::Future, plugin: Rc<NativePlugin>) -> Option<Self> {
    // SAFETY: the vtable of a future lives as long as the future.
    let vtable = unsafe { future.vtable.as_ref() }?;
    Some(Self { data: future.data, poll: vtable.poll?, drop: vtable.drop?, plugin })
  }
}

impl Future for NativeFuture {
  type Output = Outcome;

  fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
    let waker = LentWaker::new(cx.waker());
    let mut outcome = new_outcome();
    // SAFETY: the future is live; the waker and the outcome are valid until the call returns.
    if unsafe { (self.poll)(self.data, waker.as_raw(), &mut outcome) } == 0 {
      // A failure that it noted ends it, though it does not know.
      return self.plugin.take_failure().map_or(Poll::Pending, |failure| Poll::Ready(Outcome::Failed(failure)));
    }
    // SAFETY: the plugin has filled it in and returned.
    Poll::Ready(match unsafe { take_outcome(&mut outcome, &self.plugin) } {
      Outcome::NotFound | Outcome::Pending { .. } => Outcome::Failed(OpFailure::abi_future_ended()),
      outcome => outcome,
    })
  }
}

impl Drop for NativeFuture {
  fn drop(&mut self) {
    // SAFETY: the future is live, and is given up here; its library is still mapped.
    unsafe { (self.drop)(self.data) };
  }
}
