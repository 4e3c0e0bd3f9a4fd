//! A plugin's future, polled through C functions, and the waker it is given.

use std::ffi::c_void;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;

use plugbay_core::OpFailure;
use plugbay_ops::Outcome;
use plugin_abi as abi;

use super::plugin::NativePlugin;
use super::report::new_outcome;
use super::report::take_outcome;

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
    let waker = BorrowedWaker { header: abi::Waker { vtable: &BORROWED }, waker: cx.waker() };
    let mut outcome = new_outcome();
    // SAFETY: the future is live; the waker and the outcome are valid until the call returns.
    if unsafe { (self.poll)(self.data, (&raw const waker).cast(), &mut outcome) } == 0 {
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

/// The waker that a poll lends, on the stack.
#[repr(C)]
struct BorrowedWaker<'a> {
  header: abi::Waker,
  waker: &'a Waker,
}

/// A waker that a plugin holds.
#[repr(C)]
struct SharedWaker {
  header: abi::Waker,
  waker: Waker,
}

// SAFETY: a Waker may be used on any thread, and the vtable is a static.
unsafe impl Send for SharedWaker {}
// SAFETY: as above.
unsafe impl Sync for SharedWaker {}

static BORROWED: abi::WakerVTable = abi::WakerVTable {
  size: size_of::<abi::WakerVTable>(),
  clone: Some(clone_borrowed),
  wake: Some(wake_borrowed),
  drop: Some(drop_nothing),
};

static SHARED: abi::WakerVTable = abi::WakerVTable {
  size: size_of::<abi::WakerVTable>(),
  clone: Some(clone_shared),
  wake: Some(wake_shared),
  drop: Some(drop_shared),
};

/// # Safety
///
/// For all of these: the waker is a live one with the vtable that names the function.
unsafe extern "C" fn clone_borrowed(waker: *const abi::Waker) -> *const abi::Waker {
  // SAFETY: see above.
  let waker = unsafe { &*waker.cast::<BorrowedWaker>() }.waker.clone();
  Arc::into_raw(Arc::new(SharedWaker { header: abi::Waker { vtable: &SHARED }, waker })).cast()
}

unsafe extern "C" fn wake_borrowed(waker: *const abi::Waker) {
  // SAFETY: see above.
  unsafe { &*waker.cast::<BorrowedWaker>() }.waker.wake_by_ref();
}

unsafe extern "C" fn drop_nothing(_: *const abi::Waker) {}

unsafe extern "C" fn clone_shared(waker: *const abi::Waker) -> *const abi::Waker {
  // SAFETY: see above; the pointer came from `Arc::into_raw`.
  unsafe { Arc::increment_strong_count(waker.cast::<SharedWaker>()) };
  waker
}

unsafe extern "C" fn wake_shared(waker: *const abi::Waker) {
  // SAFETY: see above.
  unsafe { &*waker.cast::<SharedWaker>() }.waker.wake_by_ref();
}

unsafe extern "C" fn drop_shared(waker: *const abi::Waker) {
  // SAFETY: see above; this count is given up.
  unsafe { Arc::decrement_strong_count(waker.cast::<SharedWaker>()) };
}
