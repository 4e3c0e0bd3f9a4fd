//! Futures on their way to the host, which polls them through C functions, and work on threads that may block.

use std::ffi::c_void;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::task::Context;
use std::task::Poll;
use std::task::RawWaker;
use std::task::RawWakerVTable;
use std::task::Waker;

use futures::channel::oneshot;
use plugin_abi as abi;

use crate::OpError;
use crate::host::HostRef;
use crate::host::current;
use crate::outcome::DoneFuture;
use crate::outcome::write_error;
use crate::quietly::drop_quietly;
use crate::quietly::quietly;
use crate::surroundings::Surroundings;

struct OpFuture {
  future: DoneFuture,
  surroundings: Surroundings,
}

/// Hands a future to the host. While it is polled, `host` is the current plugin.
pub(crate) fn into_raw(future: DoneFuture, host: HostRef) -> abi::Future {
  static VTABLE: abi::FutureVTable =
    abi::FutureVTable { size: size_of::<abi::FutureVTable>(), poll: Some(poll), drop: Some(drop_future) };
  let task = OpFuture { future, surroundings: Surroundings::of(host) };
  abi::Future { data: Box::into_raw(Box::new(task)).cast(), vtable: &VTABLE }
}

/// # Safety
///
/// `data` comes from [`into_raw`] and is not polled by anyone else; `waker` and `out` are valid for this call.
unsafe extern "C" fn poll(data: *mut c_void, waker: *const abi::Waker, out: *mut abi::Outcome) -> u32 {
  // SAFETY: the caller's promise.
  let (task, out) = unsafe { (&mut *data.cast::<OpFuture>(), &mut *out) };
  let polled = catch_unwind(AssertUnwindSafe(|| {
    // SAFETY: the caller's promise: the waker is live for this call.
    unsafe { with_waker(waker, |cx: &mut Context<'_>| task.surroundings.run(|| task.future.as_mut().poll(cx))) }
  }));
  match polled {
    Ok(Poll::Pending) => return 0,
    Ok(Poll::Ready(Ok(done))) => done.write(out),
    Ok(Poll::Ready(Err(error))) => write_error(out, error),
    Err(panic) => write_error(out, OpError::from_panic(panic)),
  }
  1
}

/// # Safety
///
/// `data` comes from [`into_raw`] and is not used again.
unsafe extern "C" fn drop_future(data: *mut c_void) {
  // SAFETY: the caller's promise; it was made by `Box::into_raw`.
  let task = unsafe { Box::from_raw(data.cast::<OpFuture>()) };
  let OpFuture { future, surroundings } = *task;
  surroundings.run(|| drop_quietly(future));
}

/// Drops a future that the host never saw.
///
/// # Safety
///
/// It comes from [`into_raw`] and is not used again.
pub(crate) unsafe fn drop_raw(future: abi::Future) {
  // SAFETY: the caller's promise.
  unsafe { drop_future(future.data) };
}

/// Polls with a waker that the host lends.
///
/// # Safety
///
/// The waker is live until this returns.
pub(crate) unsafe fn with_waker<R>(waker: *const abi::Waker, poll: impl FnOnce(&mut Context<'_>) -> R) -> R {
  // SAFETY: the caller's promise, and a `ManuallyDrop` never gives it back to the host.
  let waker = std::mem::ManuallyDrop::new(unsafe { Waker::from_raw(raw_waker(waker)) });
  poll(&mut Context::from_waker(&waker))
}

fn raw_waker(waker: *const abi::Waker) -> RawWaker {
  RawWaker::new(waker.cast(), &WAKER)
}

static WAKER: RawWakerVTable = RawWakerVTable::new(clone_waker, wake, wake_by_ref, drop_waker);

/// # Safety
///
/// For these four: `data` is a live waker of the host's, as [`RawWakerVTable`] promises.
unsafe fn waker_vtable(data: *const ()) -> &'static abi::WakerVTable {
  // SAFETY: see above; the vtable is a static of the host's.
  unsafe { &*(*data.cast::<abi::Waker>()).vtable }
}

unsafe fn clone_waker(data: *const ()) -> RawWaker {
  // SAFETY: see `waker_vtable`; every vtable of ABI 1 has all its functions.
  raw_waker(unsafe { waker_vtable(data).clone.expect("a host's waker can be cloned")(data.cast()) })
}

unsafe fn wake(data: *const ()) {
  // SAFETY: see `waker_vtable`; `wake` gives the waker up.
  unsafe {
    wake_by_ref(data);
    drop_waker(data);
  }
}

unsafe fn wake_by_ref(data: *const ()) {
  // SAFETY: see `waker_vtable`.
  if let Some(wake) = unsafe { waker_vtable(data) }.wake {
    // SAFETY: see `waker_vtable`.
    unsafe { wake(data.cast()) };
  }
}

unsafe fn drop_waker(data: *const ()) {
  // SAFETY: see `waker_vtable`.
  if let Some(drop) = unsafe { waker_vtable(data) }.drop {
    // SAFETY: see `waker_vtable`; the waker is given up.
    unsafe { drop(data.cast()) };
  }
}

/// Runs `work` on a thread of the host's that may block, and gives what it returns. The plugin stays loaded until
/// `work` has returned, also when the future is dropped before.
///
/// ```
/// use plugin_api::{error::AnyError, json_op, spawn_blocking};
///
/// #[json_op]
/// async fn size_of_file(path: String) -> Result<u64, AnyError> {
///   Ok(spawn_blocking(move || std::fs::metadata(path)).await??.len())
/// }
/// ```
///
/// # Errors
///
/// An [`OpError`] when `work` panics, and when the plugin is closed already.
///
/// # Panics
///
/// Outside of a plugin's op or the future of one.
#[track_caller]
pub fn spawn_blocking<R, F>(work: F) -> impl Future<Output = Result<R, OpError>> + use<R, F>
where
  F: FnOnce() -> R + Send + 'static,
  R: Send + 'static,
{
  let host = current("spawn_blocking");
  let (sender, receiver) = oneshot::channel();
  let job: Job = Box::new(move || {
    let result = catch_unwind(AssertUnwindSafe(work)).map_err(OpError::from_panic);
    // The future may be gone; then nobody wants the result.
    let _ = sender.send(result);
  });
  let job = Box::into_raw(Box::new(job));
  // SAFETY: `run_job` takes back what `job` points to, once; the closure is Send.
  if unsafe { ((*host.table).spawn_blocking)(host.instance, run_job, job.cast()) } == 0 {
    // SAFETY: the host will not run it, so it is still ours; the sender inside goes with it and the receiver sees that.
    drop_quietly(unsafe { Box::from_raw(job) });
  }
  async move {
    receiver
      .await
      .unwrap_or_else(|_| Err(OpError::new("Error", "the plugin is closed: no more work is started for it")))
  }
}

type Job = Box<dyn FnOnce() + Send>;

/// # Safety
///
/// `data` is a boxed [`Job`] that is given up.
unsafe extern "C" fn run_job(data: *mut c_void) {
  // SAFETY: the caller's promise.
  let job = unsafe { Box::from_raw(data.cast::<Job>()) };
  quietly(*job);
}
