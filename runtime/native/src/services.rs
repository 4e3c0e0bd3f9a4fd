//! What plugins ask of the host's services: futures of the host's, which plugins poll, on any thread.

use std::ffi::c_void;
use std::future::Future;
use std::mem::ManuallyDrop;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use plugbay_core::OpFailure;
use plugin_abi as abi;
use plugin_abi::OwnedBuffer;

use crate::library::Library;
use crate::plugin_waker::PluginWaker;
use crate::report::write_failure;

/// The answer to a request, in the wire format. It wants nothing of the thread that polls it.
pub type ServiceAnswer = Pin<Box<dyn Future<Output = Result<Vec<u8>, OpFailure>> + Send>>;

/// The services of one open plugin. Dropped with it, which ends what was begun.
pub trait Services: Send + Sync {
  /// Begins what a request asks for, which is in the wire format. Dropping the answer gives it up.
  fn begin(&self, request: &[u8]) -> ServiceAnswer;
}

/// An answer that a plugin polls.
struct Asked {
  answer: ServiceAnswer,
  /// Held by the wakers that the answer keeps.
  library: Arc<Library>,
}

/// Begins what code of a library's asks for: gives it a future.
pub(crate) fn begin(services: &dyn Services, library: Arc<Library>, request: &[u8], outcome: &mut abi::Outcome) {
  static VTABLE: abi::FutureVTable =
    abi::FutureVTable { size: size_of::<abi::FutureVTable>(), poll: Some(poll), drop: Some(drop_asked) };

  match catch_unwind(AssertUnwindSafe(|| services.begin(request))) {
    Ok(answer) => {
      let data = Box::into_raw(Box::new(Asked { answer, library })).cast();
      outcome.payload.future = abi::Future { data, vtable: &VTABLE };
      outcome.kind = abi::outcome::ASYNC;
    }
    Err(_) => write_failure(outcome, &host_failed()),
  }
}

/// It is a fault of the host's, which its log has.
fn host_failed() -> OpFailure {
  OpFailure::service_failed("the host failed")
}

/// # Safety
///
/// As [`abi::FutureVTable::poll`], of a future from [`begin`], on any thread.
unsafe extern "C" fn poll(data: *mut c_void, waker: *const abi::Waker, outcome: *mut abi::Outcome) -> u32 {
  // SAFETY: the caller's promise: one thread at a time.
  let (asked, outcome) = unsafe { (&mut *data.cast::<Asked>(), &mut *outcome) };
  let polled = catch_unwind(AssertUnwindSafe(|| {
    // SAFETY: the caller's promise: the waker is live, and of the code of this library.
    let waker = unsafe { PluginWaker::clone_of(waker, asked.library.clone()) };
    asked.answer.as_mut().poll(&mut Context::from_waker(&waker))
  }));
  match polled {
    Ok(Poll::Pending) => return 0,
    Ok(Poll::Ready(Ok(bytes))) => {
      outcome.payload.buffer = ManuallyDrop::new(OwnedBuffer::from(bytes).into_raw());
      outcome.kind = abi::outcome::SYNC;
    }
    Ok(Poll::Ready(Err(failure))) => write_failure(outcome, &failure),
    Err(_) => write_failure(outcome, &host_failed()),
  }
  1
}

/// # Safety
///
/// As [`abi::FutureVTable::drop`], of a future from [`begin`], on any thread.
unsafe extern "C" fn drop_asked(data: *mut c_void) {
  // SAFETY: the caller's promise; it was made by `Box::into_raw`.
  let asked = unsafe { Box::from_raw(data.cast::<Asked>()) };
  // There is nobody who could be told of a panic.
  let _ = catch_unwind(AssertUnwindSafe(|| drop(asked)));
}
