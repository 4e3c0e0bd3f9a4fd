//! Counts for one op, on the isolate's thread.

use std::cell::Cell;
use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::Arc;

use plugin_abi::FastContext;

use super::counters::Counters;
use super::flow::Flow;
use super::latencies::Latencies;
use crate::clock::Ticks;

/// A call that has begun. It is given back to [`OpMetrics::end`] when it is done.
#[derive(Clone, Copy)]
pub struct Started(Ticks);

/// Counts for one op, on the isolate's thread.
#[derive(Default)]
pub struct OpMetrics {
  pub(super) counters: Arc<Counters>,
  /// Those of `counters`, if there are any.
  latencies: RefCell<Option<Arc<Latencies>>>,
  retired: Cell<bool>,
}

/// As much is left of a closed op.
const CLOSED: i32 = 0;
/// Calls that take fewer ticks, about a microsecond, are not all timed.
const SLOW_TICKS: u64 = 3000;
/// The same for ops of guests, whose slow path takes some microseconds itself.
const SLOW_GUEST_TICKS: u64 = 10 * SLOW_TICKS;
/// One in so many of those is.
const SAMPLING: i32 = 1024;

impl OpMetrics {
  /// A call begins, with `control` bytes in its first buffer and `data` bytes in the others. It counts as a sync one
  /// until [`defer`](Self::defer) says otherwise.
  #[inline]
  pub fn begin(&self, control: usize, data: usize) -> Started {
    let Counters { dispatched, bytes_sent_control, bytes_sent_data, .. } = &*self.counters;
    dispatched.sync.add(1);
    bytes_sent_control.add(control as u64);
    bytes_sent_data.add(data as u64);
    Started(Ticks::now())
  }

  /// The call that began last turned out to be an async one.
  pub fn defer(&self, flow: Flow) {
    let dispatched = &self.counters.dispatched;
    dispatched.sync.set(dispatched.sync.get().saturating_sub(1));
    dispatched.of(flow).add(1);
  }

  /// The call is done, with this many bytes in its answer.
  #[inline]
  pub fn end(&self, started: Started, flow: Flow, received: usize) {
    self.end_after(started.0.elapsed(), SLOW_TICKS, flow, received);
  }

  /// A call of a guest's op is done, after so many ticks.
  pub fn end_guest_call(&self, ticks: u64, flow: Flow, has_failed: bool, received: usize) {
    if has_failed {
      self.count_error();
    }
    self.end_after(ticks, SLOW_GUEST_TICKS, flow, received);
  }

  #[inline]
  fn end_after(&self, ticks: u64, slow: u64, flow: Flow, received: usize) {
    self.counters.completed.of(flow).add(1);
    self.counters.bytes_received.add(received as u64);
    self.sample(ticks, slow);
    match &*self.latencies.borrow() {
      Some(latencies) => return latencies.record(ticks),
      None if self.retired.get() => return,
      None => {}
    }
    self.begin_latencies(ticks);
  }

  #[cold]
  fn begin_latencies(&self, ticks: u64) {
    let latencies = Arc::new(Latencies::new());
    latencies.record(ticks);
    *self.counters.latencies() = Some(latencies.clone());
    self.latencies.replace(Some(latencies));
  }

  /// The calls that have begun and are neither done nor deferred.
  pub fn running(&self) -> u64 {
    let Counters { dispatched, completed, .. } = &*self.counters;
    dispatched.sync.get().saturating_sub(completed.sync.get())
  }

  /// A call that is counted already has failed.
  pub fn count_error(&self) {
    self.counters.errors.add(1);
  }

  /// The call is done and failed.
  pub fn fail(&self, started: Started, flow: Flow) {
    self.count_error();
    self.end(started, flow, 0);
  }

  /// Frees what only an op that can still be called needs, and ends the fast path.
  pub fn retire(&self) {
    self.retired.set(true);
    self.latencies.take();
    *self.counters.latencies() = None;
    self.counters.fast.arm(CLOSED);
  }

  /// Opens the fast path. The first calls are timed.
  ///
  /// # Safety
  ///
  /// The context lives until [`close_fast_path`](Self::close_fast_path) is called with it. Until then its counts are
  /// only touched by [`FastContext::counts`], by whatever thread, and by the op.
  pub unsafe fn open_fast_path(&self, context: NonNull<FastContext>) {
    // SAFETY: the caller's promise.
    unsafe { self.counters.fast.open(context, false) };
    self.counters.fast.arm(1);
  }

  /// Opens the fast path of an op whose first buffer is its control buffer.
  ///
  /// # Safety
  ///
  /// As [`open_fast_path`](Self::open_fast_path).
  pub unsafe fn open_lending(&self, context: NonNull<FastContext>) {
    // SAFETY: the caller's promise.
    unsafe { self.counters.fast.open(context, true) };
    self.counters.fast.arm(1);
  }

  /// The context is about to go: what the op has counted in it stays.
  pub fn close_fast_path(&self, context: *mut FastContext) {
    self.counters.close_fast_path(context);
  }

  /// Opens the fast path of a guest's op.
  pub fn open_guest_fast_path(&self) {
    self.counters.fast.arm(1);
  }

  /// Where JavaScript counts the bytes that fast calls of a guest's op take and give; it lies there as long as these
  /// metrics live.
  pub fn guest_bytes(&self) -> *mut [f64; 2] {
    self.counters.fast.bytes_for_javascript()
  }

  /// The number that JavaScript takes one from for each call; it lies there as long as these metrics live.
  pub fn fast_calls_left(&self) -> *mut i32 {
    self.counters.fast.left_for_javascript()
  }

  /// A call that JavaScript has counted as a fast one is none.
  pub fn leave_fast_path(&self) {
    let fast = &self.counters.fast;
    fast.set_left(if self.retired.get() { CLOSED } else { fast.left().saturating_add(1) });
  }

  /// The bytes of the first buffer of a call that is counted elsewhere.
  pub fn count_control_bytes(&self, sent: usize) {
    self.counters.bytes_sent_control.add(sent as u64);
  }

  /// The bytes of a call that is counted elsewhere.
  pub fn count_bytes(&self, sent: usize, received: usize) {
    self.counters.bytes_sent_data.add(sent as u64);
    self.counters.bytes_received.add(received as u64);
  }

  /// A timed call is done: says how many of the next ones need not be timed.
  fn sample(&self, ticks: u64, slow: u64) {
    let fast = &self.counters.fast;
    let armed = fast.armed();
    if armed > 0 && fast.left() <= 1 {
      fast.arm(if ticks > slow { 1 } else { armed.saturating_mul(4).min(SAMPLING) });
    }
  }
}
