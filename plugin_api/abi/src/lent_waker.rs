//! [`Waker`] over one of Rust's: both sides lend such wakers to the other.

use alloc::sync::Arc;
use core::mem::size_of;
use core::task;

use crate::Waker;
use crate::WakerVTable;

/// A waker that a call lends, on the stack.
#[repr(C)]
#[derive(Debug)]
pub struct LentWaker<'a> {
  header: Waker,
  waker: &'a task::Waker,
}

impl<'a> LentWaker<'a> {
  /// One that wakes `waker`, as all of its clones do.
  pub fn new(waker: &'a task::Waker) -> Self {
    Self { header: Waker { vtable: &LENT }, waker }
  }

  /// What the other side gets. It is valid while this is lent.
  pub fn as_raw(&self) -> *const Waker {
    core::ptr::from_ref(self).cast()
  }
}

/// A waker that the other side holds.
#[repr(C)]
struct SharedWaker {
  header: Waker,
  waker: task::Waker,
}

// SAFETY: a Waker may be used on any thread, and the vtable is a static.
unsafe impl Send for SharedWaker {}
// SAFETY: as above.
unsafe impl Sync for SharedWaker {}

static LENT: WakerVTable = WakerVTable {
  size: size_of::<WakerVTable>(),
  clone: Some(clone_lent),
  wake: Some(wake_lent),
  drop: Some(drop_nothing),
};

static SHARED: WakerVTable = WakerVTable {
  size: size_of::<WakerVTable>(),
  clone: Some(clone_shared),
  wake: Some(wake_shared),
  drop: Some(drop_shared),
};

/// # Safety
///
/// For all of these: the waker is a live one with the vtable that names the function.
unsafe extern "C" fn clone_lent(waker: *const Waker) -> *const Waker {
  // SAFETY: see above.
  let waker = unsafe { &*waker.cast::<LentWaker>() }.waker.clone();
  Arc::into_raw(Arc::new(SharedWaker { header: Waker { vtable: &SHARED }, waker })).cast()
}

unsafe extern "C" fn wake_lent(waker: *const Waker) {
  // SAFETY: see above.
  unsafe { &*waker.cast::<LentWaker>() }.waker.wake_by_ref();
}

unsafe extern "C" fn drop_nothing(_: *const Waker) {}

unsafe extern "C" fn clone_shared(waker: *const Waker) -> *const Waker {
  // SAFETY: see above; the pointer came from `Arc::into_raw`.
  unsafe { Arc::increment_strong_count(waker.cast::<SharedWaker>()) };
  waker
}

unsafe extern "C" fn wake_shared(waker: *const Waker) {
  // SAFETY: see above.
  unsafe { &*waker.cast::<SharedWaker>() }.waker.wake_by_ref();
}

unsafe extern "C" fn drop_shared(waker: *const Waker) {
  // SAFETY: see above; this count is given up.
  unsafe { Arc::decrement_strong_count(waker.cast::<SharedWaker>()) };
}
