//! The waker that a plugin's future is given.

use std::sync::Arc;
use std::task::Waker;

use plugin_abi as abi;

/// The waker that a poll lends, on the stack.
#[repr(C)]
pub(super) struct BorrowedWaker<'a> {
  header: abi::Waker,
  waker: &'a Waker,
}

impl<'a> BorrowedWaker<'a> {
  pub(super) fn new(waker: &'a Waker) -> Self {
    Self { header: abi::Waker { vtable: &BORROWED }, waker }
  }
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
