//! What is counted for every op, and the report that scripts and embedders read.
//!
//! Only the isolate's thread counts, so the counters are plain cells. The first call of an op allocates its histogram;
//! after that a call allocates nothing.

use std::cell::Cell;
use std::cell::RefCell;
use std::ptr::NonNull;

use hdrhistogram::Histogram;
use plugin_abi::FastContext;

use super::clock::TickScale;
use super::clock::Ticks;

/// How a call went on, as Deno 1's metrics tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
  /// Answered at once.
  Sync,
  /// Not answered at once, and the program waits for it.
  Async,
  /// Not answered at once, and the program may end before it is.
  AsyncUnref,
}

/// A call that has begun. It is given back to [`OpMetrics::end`] when it is done.
#[derive(Clone, Copy)]
pub struct Started(Ticks);

/// Counters of one op.
#[derive(Default)]
pub struct OpMetrics {
  dispatched: FlowCounters,
  completed: FlowCounters,
  errors: Cell<u64>,
  bytes_sent_control: Cell<u64>,
  bytes_sent_data: Cell<u64>,
  bytes_received: Cell<u64>,
  latency: RefCell<Option<Histogram<u64>>>,
  retired: Cell<bool>,
  fast: FastCalls,
}

/// Counts the calls of a typed op that take the fast path, on which nobody reads a clock.
///
/// The op's JavaScript function takes the fast path while more than one is left, and takes one from `left` each time.
/// The last call takes the slow path, is timed like those of other ops, and `left` is set anew: to 1, so that every
/// call is timed, if the op is slow enough for that not to matter. A closed op never has anything left.
#[derive(Default)]
struct FastCalls {
  /// Written by JavaScript.
  left: Cell<i32>,
  /// What `left` was set to last.
  armed: Cell<i32>,
  /// Fast calls before that.
  before: Cell<u64>,
  /// Where the op counts the bytes of fast calls.
  context: Cell<Option<NonNull<FastContext>>>,
  /// They are those of control buffers.
  sends_control: Cell<bool>,
  /// Where JavaScript counts those of a guest's op: sent and received.
  guest_bytes: Cell<[f64; 2]>,
}

impl FastCalls {
  /// Calls that took the fast path. JavaScript is not believed more than a number can say.
  fn total(&self) -> u64 {
    let since = i64::from(self.armed.get()) - i64::from(self.left.get());
    self.before.get().saturating_add(u64::try_from(since).unwrap_or_default())
  }

  fn arm(&self, left: i32) {
    self.before.set(self.total());
    self.armed.set(left);
    self.left.set(left);
  }

  /// The bytes that fast calls took and gave.
  fn bytes(&self) -> (u64, u64) {
    // SAFETY: whoever set the context promised that it lives until it is taken out; no fast call is running.
    let context = self.context.get().map(|context| unsafe { context.as_ref() });
    let [sent, received] = self.guest_bytes.get();
    context.map_or((sent as u64, received as u64), |context| (context.bytes_sent, context.bytes_received))
  }

  /// Bytes that fast calls took: those of control buffers, and the others.
  fn split(&self, sent: u64) -> (u64, u64) {
    if self.sends_control.get() { (sent, 0) } else { (0, sent) }
  }
}

/// As much is left of a closed op.
const CLOSED: i32 = 0;
/// Calls that take fewer ticks, about a microsecond, are not all timed.
const SLOW_TICKS: u64 = 3000;
/// The same for ops of guests, whose slow path takes some microseconds itself.
const SLOW_GUEST_TICKS: u64 = 10 * SLOW_TICKS;
/// One in so many of those is.
const SAMPLING: i32 = 1024;

#[derive(Default)]
struct FlowCounters {
  sync: Cell<u64>,
  async_: Cell<u64>,
  async_unref: Cell<u64>,
}

impl FlowCounters {
  fn of(&self, flow: Flow) -> &Cell<u64> {
    match flow {
      Flow::Sync => &self.sync,
      Flow::Async => &self.async_,
      Flow::AsyncUnref => &self.async_unref,
    }
  }

  fn total(&self) -> u64 {
    self.sync.get().saturating_add(self.async_.get()).saturating_add(self.async_unref.get())
  }
}

fn add(cell: &Cell<u64>, n: u64) {
  cell.set(cell.get().saturating_add(n));
}

/// Two significant digits from one tick to about an hour of them: 30 KB an op.
fn new_histogram() -> Histogram<u64> {
  Histogram::new_with_bounds(1, 1 << 44, 2).expect("the bounds are valid")
}

impl OpMetrics {
  /// A call begins, with `control` bytes in its first buffer and `data` bytes in the others. It counts as a sync one
  /// until [`defer`](Self::defer) says otherwise.
  #[inline]
  pub fn begin(&self, control: usize, data: usize) -> Started {
    add(&self.dispatched.sync, 1);
    add(&self.bytes_sent_control, control as u64);
    add(&self.bytes_sent_data, data as u64);
    Started(Ticks::now())
  }

  /// The call that began last turned out to be an async one.
  pub fn defer(&self, flow: Flow) {
    self.dispatched.sync.set(self.dispatched.sync.get().saturating_sub(1));
    add(self.dispatched.of(flow), 1);
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
    add(self.completed.of(flow), 1);
    add(&self.bytes_received, received as u64);
    self.sample(ticks, slow);
    if !self.retired.get() {
      self.latency.borrow_mut().get_or_insert_with(new_histogram).saturating_record(ticks.max(1));
    }
  }

  /// A call that is counted already has failed.
  pub fn count_error(&self) {
    add(&self.errors, 1);
  }

  /// The call is done and failed.
  pub fn fail(&self, started: Started, flow: Flow) {
    self.count_error();
    self.end(started, flow, 0);
  }

  /// Frees what only an op that can still be called needs, and ends the fast path.
  pub fn retire(&self) {
    self.retired.set(true);
    self.latency.take();
    self.fast.arm(CLOSED);
  }

  /// Opens the fast path. The first calls are timed.
  ///
  /// # Safety
  ///
  /// The context lives until [`close_fast_path`](Self::close_fast_path) is called with it.
  pub unsafe fn open_fast_path(&self, context: NonNull<FastContext>) {
    self.fast.context.set(Some(context));
    self.fast.arm(1);
  }

  /// Opens the fast path of an op whose first buffer is its control buffer.
  ///
  /// # Safety
  ///
  /// As [`open_fast_path`](Self::open_fast_path).
  pub unsafe fn open_lending(&self, context: NonNull<FastContext>) {
    self.fast.sends_control.set(true);
    // SAFETY: the caller's promise.
    unsafe { self.open_fast_path(context) };
  }

  /// The context is about to go: what the op has counted in it stays.
  pub fn close_fast_path(&self, context: *mut FastContext) {
    if self.fast.context.get().is_some_and(|open| open.as_ptr() == context) {
      let (sent, received) = self.fast.bytes();
      let (control, data) = self.fast.split(sent);
      self.count_control_bytes(control as usize);
      self.count_bytes(data as usize, received as usize);
      self.fast.context.set(None);
    }
  }

  /// Opens the fast path of a guest's op.
  pub fn open_guest_fast_path(&self) {
    self.fast.arm(1);
  }

  /// Where JavaScript counts the bytes that fast calls of a guest's op take and give; it lies there as long as these
  /// metrics live.
  pub fn guest_bytes(&self) -> *mut [f64; 2] {
    self.fast.guest_bytes.as_ptr()
  }

  /// The number that JavaScript takes one from for each call; it lies there as long as these metrics live.
  pub fn fast_calls_left(&self) -> *mut i32 {
    self.fast.left.as_ptr()
  }

  /// A call that JavaScript has counted as a fast one is none.
  pub fn leave_fast_path(&self) {
    let left = if self.retired.get() { CLOSED } else { self.fast.left.get().saturating_add(1) };
    self.fast.left.set(left);
  }

  /// The bytes of the first buffer of a call that is counted elsewhere.
  pub fn count_control_bytes(&self, sent: usize) {
    add(&self.bytes_sent_control, sent as u64);
  }

  /// The bytes of a call that is counted elsewhere.
  pub fn count_bytes(&self, sent: usize, received: usize) {
    add(&self.bytes_sent_data, sent as u64);
    add(&self.bytes_received, received as u64);
  }

  /// A timed call is done: says how many of the next ones need not be timed.
  fn sample(&self, ticks: u64, slow: u64) {
    let armed = self.fast.armed.get();
    if armed > 0 && self.fast.left.get() <= 1 {
      self.fast.arm(if ticks > slow { 1 } else { armed.saturating_mul(4).min(SAMPLING) });
    }
  }

  /// Adds what was counted to sums.
  pub fn add_to(&self, totals: &mut Totals) {
    let fast = self.fast.total();
    let (fast_sent, fast_received) = self.fast.bytes();
    let (fast_control, fast_data) = self.fast.split(fast_sent);
    let add = |total: &mut u64, counted: u64, fast: u64| *total = total.saturating_add(counted).saturating_add(fast);
    add(&mut totals.ops_dispatched_sync, self.dispatched.sync.get(), fast);
    add(&mut totals.ops_dispatched_async, self.dispatched.async_.get(), 0);
    add(&mut totals.ops_dispatched_async_unref, self.dispatched.async_unref.get(), 0);
    add(&mut totals.ops_completed_sync, self.completed.sync.get(), fast);
    add(&mut totals.ops_completed_async, self.completed.async_.get(), 0);
    add(&mut totals.ops_completed_async_unref, self.completed.async_unref.get(), 0);
    add(&mut totals.bytes_sent_control, self.bytes_sent_control.get(), fast_control);
    add(&mut totals.bytes_sent_data, self.bytes_sent_data.get(), fast_data);
    add(&mut totals.bytes_received, self.bytes_received.get(), fast_received);
  }

  /// The row of an op in a report.
  pub fn report(&self, id: u32, name: &str, plugin: &str, scale: &TickScale) -> OpReport {
    let fast = self.fast.total();
    let (fast_sent, fast_received) = self.fast.bytes();
    let (fast_control, fast_data) = self.fast.split(fast_sent);
    let calls = self.dispatched.total().saturating_add(fast);
    let completed = self.completed.total().saturating_add(fast);
    OpReport {
      id,
      name: name.to_string(),
      plugin: plugin.to_string(),
      calls,
      completed,
      errors: self.errors.get(),
      in_flight: calls.saturating_sub(completed),
      bytes_sent_control: self.bytes_sent_control.get().saturating_add(fast_control),
      bytes_sent_data: self.bytes_sent_data.get().saturating_add(fast_data),
      bytes_received: self.bytes_received.get().saturating_add(fast_received),
      latency: self.latency.borrow().as_ref().map(|ticks| Latency::new(ticks, scale)).unwrap_or_default(),
    }
  }
}

/// The metrics of a runtime or of one plugin: the counters of Deno 1 and a row for every op that is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
  /// Sums over all ops, also those that are closed.
  pub totals: Totals,
  /// The ops that are open, by id.
  pub ops: Vec<OpReport>,
}

/// The counters of Deno 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
  /// Calls that were answered at once.
  pub ops_dispatched_sync: u64,
  /// Calls that were not, and keep the program alive.
  pub ops_dispatched_async: u64,
  /// Calls that were not, and do not keep the program alive.
  pub ops_dispatched_async_unref: u64,
  /// Of the sync calls, those that are done.
  pub ops_completed_sync: u64,
  /// Of the async calls, those that are done.
  pub ops_completed_async: u64,
  /// Of the async calls that do not keep the program alive, those that are done.
  pub ops_completed_async_unref: u64,
  /// Bytes in the first buffers of calls.
  pub bytes_sent_control: u64,
  /// Bytes in the other buffers of calls.
  pub bytes_sent_data: u64,
  /// Bytes in answers.
  pub bytes_received: u64,
}

impl Totals {
  /// All calls.
  pub fn ops_dispatched(&self) -> u64 {
    self.ops_dispatched_sync.saturating_add(self.ops_dispatched_async).saturating_add(self.ops_dispatched_async_unref)
  }

  /// A call of an op that is gone is done.
  pub fn end(&mut self, flow: Flow, received: usize) {
    let completed = match flow {
      Flow::Sync => &mut self.ops_completed_sync,
      Flow::Async => &mut self.ops_completed_async,
      Flow::AsyncUnref => &mut self.ops_completed_async_unref,
    };
    *completed = completed.saturating_add(1);
    self.bytes_received = self.bytes_received.saturating_add(received as u64);
  }

  /// The call that began last, of an op that is gone, turned out to be an async one.
  pub fn defer(&mut self) {
    self.ops_dispatched_sync = self.ops_dispatched_sync.saturating_sub(1);
    self.ops_dispatched_async = self.ops_dispatched_async.saturating_add(1);
  }

  /// All calls that are done.
  pub fn ops_completed(&self) -> u64 {
    self.ops_completed_sync.saturating_add(self.ops_completed_async).saturating_add(self.ops_completed_async_unref)
  }
}

/// The metrics of one op.
#[derive(Clone, Debug, PartialEq)]
pub struct OpReport {
  /// Id in the table.
  pub id: u32,
  /// Name it was registered under.
  pub name: String,
  /// Name of the plugin it belongs to.
  pub plugin: String,
  /// Calls that reached it.
  pub calls: u64,
  /// Calls that are done, well or not.
  pub completed: u64,
  /// Calls that failed.
  pub errors: u64,
  /// Calls that are not done.
  pub in_flight: u64,
  /// Bytes in the first buffers of calls.
  pub bytes_sent_control: u64,
  /// Bytes in the other buffers of calls.
  pub bytes_sent_data: u64,
  /// Bytes in answers.
  pub bytes_received: u64,
  /// How long the calls that are done took.
  pub latency: Latency,
}

/// How long calls took, in nanoseconds, from the table's point of view: the op's own time, and for an async op the time
/// until the event loop saw that it was done. Two significant digits. Of the sync calls of a typed op that are done
/// within about a microsecond, one in 1024 is timed; all are counted elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Latency {
  /// Number of calls that were timed.
  pub count: u64,
  /// The fastest.
  pub min: f64,
  /// The average.
  pub mean: f64,
  /// Half of the calls were at least as fast.
  pub p50: f64,
  /// 90 % were.
  pub p90: f64,
  /// 99 % were.
  pub p99: f64,
  /// 99.9 % were.
  pub p999: f64,
  /// The slowest.
  pub max: f64,
}

impl Latency {
  fn new(ticks: &Histogram<u64>, scale: &TickScale) -> Self {
    let tick = scale.nanoseconds();
    let quantile = |q| (ticks.value_at_quantile(q) as f64 * tick).round();
    Self {
      count: ticks.len(),
      min: (ticks.min() as f64 * tick).round(),
      mean: (ticks.mean() * tick).round(),
      p50: quantile(0.5),
      p90: quantile(0.9),
      p99: quantile(0.99),
      p999: quantile(0.999),
      max: (ticks.max() as f64 * tick).round(),
    }
  }
}
