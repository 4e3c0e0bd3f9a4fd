//! The counters of one op: written by the isolate's thread, read by any.
//!
//! They are atomics for the reader's sake alone. Nobody but the isolate's thread counts, so it adds by a load and a
//! store, which are plain instructions, and a reader sees each counter as it was a moment ago.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Acquire;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::Ordering::Release;
use std::sync::atomic::fence;

use plugin_abi::FastContext;

use super::flow::Flow;
use super::latencies::Latencies;

/// A number that the isolate's thread counts.
#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
  #[inline]
  pub(super) fn get(&self) -> u64 {
    self.0.load(Relaxed)
  }

  #[inline]
  pub(super) fn set(&self, n: u64) {
    self.0.store(n, Relaxed);
  }

  #[inline]
  pub(super) fn add(&self, n: u64) {
    self.set(self.get().saturating_add(n));
  }
}

/// One for each way that a call may go on.
#[derive(Default)]
pub(super) struct FlowCounters {
  pub(super) sync: Counter,
  async_: Counter,
  async_unref: Counter,
}

impl FlowCounters {
  #[inline]
  pub(super) fn of(&self, flow: Flow) -> &Counter {
    match flow {
      Flow::Sync => &self.sync,
      Flow::Async => &self.async_,
      Flow::AsyncUnref => &self.async_unref,
    }
  }

  fn read(&self) -> ByFlow {
    ByFlow { sync: self.sync.get(), async_: self.async_.get(), async_unref: self.async_unref.get() }
  }
}

/// What is counted of one op.
#[derive(Default)]
pub(crate) struct Counters {
  pub(super) dispatched: FlowCounters,
  pub(super) completed: FlowCounters,
  pub(super) errors: Counter,
  pub(super) bytes_sent_control: Counter,
  pub(super) bytes_sent_data: Counter,
  pub(super) bytes_received: Counter,
  /// The isolate's thread has them too: it locks this when it makes them and when it lets go of them.
  pub(super) latencies: Mutex<Option<Arc<Latencies>>>,
  pub(super) fast: FastCalls,
}

/// What an op's counters said.
#[derive(Default)]
pub(super) struct Counted {
  pub(super) dispatched: ByFlow,
  pub(super) completed: ByFlow,
  pub(super) errors: u64,
  pub(super) bytes_sent_control: u64,
  pub(super) bytes_sent_data: u64,
  pub(super) bytes_received: u64,
}

#[derive(Default)]
pub(super) struct ByFlow {
  pub(super) sync: u64,
  pub(super) async_: u64,
  pub(super) async_unref: u64,
}

impl ByFlow {
  pub(super) fn total(&self) -> u64 {
    self.sync.saturating_add(self.async_).saturating_add(self.async_unref)
  }
}

impl Counters {
  /// What they say now, on any thread.
  pub(super) fn read(&self) -> Counted {
    let fast = self.fast.total();
    // Held until all bytes are read: those of a context that goes are added to the others meanwhile.
    let context = self.fast.context();
    let (fast_sent, fast_received) = self.fast.bytes(&context);
    let (fast_control, fast_data) = self.fast.split(fast_sent);
    let (mut dispatched, mut completed) = (self.dispatched.read(), self.completed.read());
    dispatched.sync = dispatched.sync.saturating_add(fast);
    completed.sync = completed.sync.saturating_add(fast);
    Counted {
      dispatched,
      completed,
      errors: self.errors.get(),
      bytes_sent_control: self.bytes_sent_control.get().saturating_add(fast_control),
      bytes_sent_data: self.bytes_sent_data.get().saturating_add(fast_data),
      bytes_received: self.bytes_received.get().saturating_add(fast_received),
    }
  }

  pub(super) fn latencies(&self) -> MutexGuard<'_, Option<Arc<Latencies>>> {
    self.latencies.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// The context is about to go: what the op has counted in it stays.
  pub(super) fn close_fast_path(&self, context: *mut FastContext) {
    let mut open = self.fast.context();
    if open.as_ref().is_some_and(|open| open.0.as_ptr() == context) {
      let (sent, received) = self.fast.bytes(&open);
      let (control, data) = self.fast.split(sent);
      self.bytes_sent_control.add(control);
      self.bytes_sent_data.add(data);
      self.bytes_received.add(received);
      *open = None;
    }
  }
}

/// Counts the calls of a typed op that take the fast path, on which nobody reads a clock.
///
/// The op's JavaScript function takes the fast path while more than one is left, and takes one from `left` each time.
/// The last call takes the slow path, is timed like those of other ops, and `left` is set anew: to 1, so that every
/// call is timed, if the op is slow enough for that not to matter. A closed op never has anything left.
///
/// JavaScript writes `left` and the bytes of guests' ops through typed arrays, and a plugin those in its context. All
/// are words at aligned addresses, written whole by one thread, in code that this compiler does not see: for whoever
/// reads them here that is what a relaxed store is.
#[derive(Default)]
pub(super) struct FastCalls {
  /// Written by JavaScript.
  left: AtomicI32,
  /// What `left` was set to last.
  armed: AtomicI32,
  /// Fast calls before that.
  before: Counter,
  /// Odd while the three change, which takes a few instructions.
  version: AtomicU32,
  /// Where the op counts the bytes of fast calls. It is locked to open and to close the fast path, and while somebody
  /// reads.
  context: Mutex<Option<CountingContext>>,
  /// They are those of control buffers.
  sends_control: AtomicBool,
  /// Where JavaScript counts those of a guest's op: the bits of two floats, sent and received.
  guest_bytes: [AtomicU64; 2],
}

/// A context that lives until it is taken out.
struct CountingContext(NonNull<FastContext>);

// SAFETY: other threads read the two counts alone, by `FastContext::counts`.
unsafe impl Send for CountingContext {}

impl FastCalls {
  fn context(&self) -> MutexGuard<'_, Option<CountingContext>> {
    self.context.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// Calls that took the fast path, on any thread. JavaScript is not believed more than a number can say.
  fn total(&self) -> u64 {
    loop {
      let version = self.version.load(Acquire);
      let total = self.total_now();
      fence(Acquire);
      if version.is_multiple_of(2) && self.version.load(Relaxed) == version {
        return total;
      }
      // The isolate's thread may have been interrupted in between.
      std::thread::yield_now();
    }
  }

  /// The same, on the isolate's thread or while nothing changes.
  fn total_now(&self) -> u64 {
    let since = i64::from(self.armed.load(Relaxed)) - i64::from(self.left());
    self.before.get().saturating_add(u64::try_from(since).unwrap_or_default())
  }

  pub(super) fn left(&self) -> i32 {
    self.left.load(Relaxed)
  }

  pub(super) fn set_left(&self, left: i32) {
    self.left.store(left, Relaxed);
  }

  pub(super) fn armed(&self) -> i32 {
    self.armed.load(Relaxed)
  }

  /// So many calls may go from now on before one is timed.
  pub(super) fn arm(&self, left: i32) {
    if self.left() == left && self.armed() == left {
      return;
    }
    let (total, version) = (self.total_now(), self.version.load(Relaxed));
    self.version.store(version.wrapping_add(1), Relaxed);
    fence(Release);
    self.before.set(total);
    self.armed.store(left, Relaxed);
    self.set_left(left);
    self.version.store(version.wrapping_add(2), Release);
  }

  /// The bytes that fast calls took and gave.
  fn bytes(&self, context: &Option<CountingContext>) -> (u64, u64) {
    match context {
      // SAFETY: whoever set the context promised that it lives until it is taken out, for which the lock is needed that
      // is held here.
      Some(context) => unsafe {
        let [sent, received] = FastContext::counts(context.0.as_ptr());
        (sent.load(Relaxed), received.load(Relaxed))
      },
      None => {
        let [sent, received] = self.guest_bytes.each_ref().map(|bits| f64::from_bits(bits.load(Relaxed)) as u64);
        (sent, received)
      }
    }
  }

  /// Bytes that fast calls took: those of control buffers, and the others.
  fn split(&self, sent: u64) -> (u64, u64) {
    if self.sends_control.load(Relaxed) { (sent, 0) } else { (0, sent) }
  }

  /// # Safety
  ///
  /// The context lives until it is passed to [`Counters::close_fast_path`].
  pub(super) unsafe fn open(&self, context: NonNull<FastContext>, sends_control: bool) {
    *self.context() = Some(CountingContext(context));
    self.sends_control.store(sends_control, Relaxed);
  }

  pub(super) fn left_for_javascript(&self) -> *mut i32 {
    self.left.as_ptr()
  }

  pub(super) fn bytes_for_javascript(&self) -> *mut [f64; 2] {
    self.guest_bytes.as_ptr().cast_mut().cast()
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_reader_on_another_thread_sees_no_call_twice() {
    let counters = Counters::default();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|threads| {
      let reader = threads.spawn(|| {
        let (mut last, mut readings) = (0, 0_u64);
        while !is_done.load(Acquire) || readings == 0 {
          let now = counters.read().dispatched.sync;
          assert!(now >= last && now <= 200_000 * 9, "{now} after {last}");
          (last, readings) = (now, readings + 1);
        }
      });
      // As JavaScript takes the fast path and the slow one in turns.
      for _ in 0..200_000 {
        counters.fast.arm(9);
        (0..8).for_each(|_| counters.fast.set_left(counters.fast.left() - 1));
      }
      is_done.store(true, Release);
      reader.join().expect("what it reads never goes back");
    });
    assert_eq!(counters.read().dispatched.sync, 200_000 * 8);
  }
}
