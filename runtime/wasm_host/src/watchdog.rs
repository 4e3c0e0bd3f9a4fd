//! Ends calls of guests that take longer than they may.
//!
//! JavaScript notes in a word of memory which call of a guest runs. A thread looks at these words from time to time;
//! when one has not changed for as long as the deadline, it sets the word that the guest's loops and calls look at, and
//! the guest traps there. Nothing of that costs a call more than two stores.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::Condvar;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use crate::interrupts::Interrupt;
use crate::interrupts::Reason;

/// How often the thread looks at the least, and at the most.
const MAX_TICK: Duration = Duration::from_millis(100);
const MIN_TICK: Duration = Duration::from_millis(1);
/// A deadline is held to within this part of it, or to [`MIN_TICK`].
const TICKS_OF_DEADLINE: u32 = 20;

/// What JavaScript and the watchdog tell each other of a guest.
#[derive(Debug, Default)]
#[repr(C)]
pub(crate) struct Calls {
  /// The number of the call that runs, or 0.
  running: AtomicI32,
  /// Set by the watchdog when a call took too long, put back by JavaScript.
  has_overrun: AtomicI32,
  /// How many milliseconds the call may run that is noted, where that is less than the deadline; else 0.
  most: AtomicI32,
  /// JavaScript's: the number of the last call.
  last: AtomicI32,
}

pub(crate) type Running = Arc<Calls>;

struct Guard {
  running: Running,
  deadline: Duration,
  /// Of its instance: one for each of the modules that it is made of.
  interrupts: Vec<Interrupt>,
  /// The call that ran when the thread looked last, and since when.
  seen: (i32, Instant),
  /// That call has been ended. It may take a while to say so.
  is_ended: bool,
}

impl Guard {
  /// How long the call may run that runs now.
  fn allowed(&self) -> Duration {
    match u64::try_from(self.running.most.load(Ordering::Relaxed)) {
      Ok(most @ 1..) => self.deadline.min(Duration::from_millis(most)),
      _ => self.deadline,
    }
  }

  /// What the call that runs has left. One that the thread has not seen yet has just begun.
  fn remaining(&self, now: Instant) -> Duration {
    let running = self.running.running.load(Ordering::Relaxed);
    if running == 0 || running != self.seen.0 {
      return self.allowed();
    }
    self.allowed().saturating_sub(now - self.seen.1)
  }

  fn look(&mut self, now: Instant) {
    let running = self.running.running.load(Ordering::Relaxed);
    if running == 0 || running != self.seen.0 {
      self.seen = (running, now);
      self.is_ended = false;
      return;
    }
    if self.is_ended || now - self.seen.1 < self.allowed() {
      return;
    }
    self.is_ended = true;
    // A module without loops and calls has none: what takes so long is what the host does for it.
    self.interrupts.iter().for_each(|interrupt| interrupt.raise(Reason::Overrun));
    // It may have ended meanwhile, and the next one is not to blame.
    if self.running.running.load(Ordering::Relaxed) == running {
      self.running.has_overrun.store(1, Ordering::Relaxed);
    } else {
      self.interrupts.iter().for_each(|interrupt| interrupt.take_back(Reason::Overrun));
    }
  }
}

/// What the thread looks at.
struct Watched {
  /// By the address of the words.
  guards: HashMap<usize, Guard>,
  /// How long it sleeps.
  tick: Duration,
}

impl Default for Watched {
  fn default() -> Self {
    Self { guards: HashMap::default(), tick: MAX_TICK }
  }
}

impl Watched {
  /// Whether the thread sleeps too long for the new guard.
  fn add(&mut self, guard: Guard) -> bool {
    let tick = tick_for(guard.deadline);
    self.guards.insert(address(Arc::as_ptr(&guard.running)), guard);
    let is_shorter = tick < self.tick;
    self.tick = self.tick.min(tick);
    is_shorter
  }

  fn look(&mut self, now: Instant) {
    self.guards.retain(|_, guard| Arc::strong_count(&guard.running) > 1);
    self.tick = MAX_TICK;
    for guard in self.guards.values_mut() {
      guard.look(now);
      self.tick = self.tick.min(tick_for(guard.deadline));
    }
  }
}

/// How often the thread looks at a guest with that deadline.
fn tick_for(deadline: Duration) -> Duration {
  (deadline / TICKS_OF_DEADLINE).clamp(MIN_TICK, MAX_TICK)
}

fn address(calls: *const Calls) -> usize {
  calls as usize
}

#[derive(Default)]
struct Shared {
  watched: Mutex<Watched>,
  changed: Condvar,
}

impl Shared {
  fn watched(&self) -> MutexGuard<'_, Watched> {
    self.watched.lock().unwrap_or_else(PoisonError::into_inner)
  }
}

/// What those have in common that have a watchdog.
#[derive(Default)]
struct Common {
  /// The thread, once there is a guest to watch.
  thread: Mutex<Option<Arc<Shared>>>,
  /// Every call is over.
  is_over: AtomicBool,
}

/// The thread ends when this is dropped, and what was cloned from it.
#[derive(Clone, Default)]
pub(crate) struct Watchdog(Arc<Common>);

impl Watchdog {
  /// Watches a guest; the word is for its calls. It is watched for as long as somebody else holds the word.
  ///
  /// # Errors
  ///
  /// When there is no thread left for the watchdog.
  pub(crate) fn watch(&self, deadline: Duration) -> io::Result<Running> {
    let running = Running::default();
    if !deadline.is_zero() {
      let mut slot = self.thread();
      let shared = match &mut *slot {
        Some(shared) => shared,
        none => none.insert(start()?),
      };
      let guard = Guard {
        running: running.clone(),
        deadline,
        interrupts: Vec::new(),
        seen: (0, Instant::now()),
        is_ended: false,
      };
      // To wake a thread takes longer than all else here.
      if shared.watched().add(guard) {
        shared.changed.notify_one();
      }
    }
    Ok(running)
  }

  /// Every call of every guest is over, those that begin included.
  pub(crate) fn end_all(&self) {
    self.0.is_over.store(true, Ordering::Relaxed);
    let slot = self.thread();
    let Some(shared) = &*slot else { return };
    shared.watched().guards.values_mut().for_each(|guard| guard.deadline = Duration::ZERO);
    shared.changed.notify_one();
  }

  /// The word at an address, if it is that of a guest with a deadline.
  pub(crate) fn running_at(&self, at: *const Calls) -> Option<Running> {
    self.with_guard(at, |guard| guard.running.clone())
  }

  /// How much of its deadline the call has left that runs in the guest of this word, to within a tick of the thread's:
  /// for what the host does on the guest's behalf. `None` when there is no deadline, as long as not every call is over.
  pub(crate) fn remaining(&self, running: Option<&Running>) -> Option<Duration> {
    if self.0.is_over.load(Ordering::Relaxed) {
      return Some(Duration::ZERO);
    }
    self.with_guard(Arc::as_ptr(running?), |guard| guard.remaining(Instant::now()))
  }

  fn thread(&self) -> MutexGuard<'_, Option<Arc<Shared>>> {
    self.0.thread.lock().unwrap_or_else(PoisonError::into_inner)
  }

  fn with_guard<R>(&self, running: *const Calls, work: impl FnOnce(&mut Guard) -> R) -> Option<R> {
    let slot = self.thread();
    slot.as_ref()?.watched().guards.get_mut(&address(running)).map(work)
  }

  /// The guest of this word has a new instance, which is ended through `interrupt`, and others of it that follow.
  pub(crate) fn add_interrupt(&self, running: *const Calls, interrupt: Interrupt, is_first: bool) {
    self.with_guard(running, |guard| {
      if is_first {
        guard.interrupts.clear();
      }
      guard.interrupts.push(interrupt);
    });
  }
}

fn start() -> io::Result<Arc<Shared>> {
  let shared = Arc::new(Shared::default());
  let watched = Arc::downgrade(&shared);
  let work = move || {
    // While nobody else holds it, the runtime is gone.
    while let Some(shared) = watched.upgrade().filter(|shared| Arc::strong_count(shared) > 1) {
      let mut watched = shared.watched();
      watched.look(Instant::now());
      let tick = watched.tick;
      let _woken = shared.changed.wait_timeout(watched, tick).unwrap_or_else(PoisonError::into_inner);
    }
  };
  thread::Builder::new().name("plugbay-watchdog".to_string()).spawn(work)?;
  Ok(shared)
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_call_has_less_and_less_left() {
    let watchdog = Watchdog::default();
    let deadline = Duration::from_secs(60);
    let running = watchdog.watch(deadline).expect("there is a thread");
    let found = watchdog.running_at(Arc::as_ptr(&running));
    assert!(Arc::ptr_eq(&found.expect("it is watched"), &running));
    assert_eq!(watchdog.remaining(Some(&running)), Some(deadline), "no call runs");
    running.running.store(1, Ordering::Relaxed);
    while watchdog.remaining(Some(&running)) == Some(deadline) {
      thread::sleep(MIN_TICK);
    }
    assert!(watchdog.remaining(Some(&running)) < Some(deadline));
    running.running.store(2, Ordering::Relaxed);
    assert!(watchdog.remaining(Some(&running)) > Some(deadline / 2), "the next one has just begun");
  }

  #[test]
  fn all_calls_are_over_at_once() {
    let watchdog = Watchdog::default();
    let running = watchdog.watch(Duration::from_secs(3600)).expect("there is a thread");
    running.running.store(1, Ordering::Relaxed);
    watchdog.end_all();
    assert_eq!(watchdog.remaining(Some(&running)), Some(Duration::ZERO));
    while running.has_overrun.load(Ordering::Relaxed) == 0 {
      thread::sleep(MIN_TICK);
    }
  }

  #[test]
  fn what_is_over_has_nothing_left() {
    let since = Instant::now();
    let deadline = Duration::from_secs(1);
    let running = Running::default();
    running.running.store(1, Ordering::Relaxed);
    let mut guard =
      Guard { running: running.clone(), deadline, interrupts: Vec::new(), seen: (1, since), is_ended: false };
    assert_eq!(guard.remaining(since + deadline / 4), deadline / 4 * 3);
    assert_eq!(guard.remaining(since + deadline * 2), Duration::ZERO);
    running.most.store(250, Ordering::Relaxed);
    assert_eq!(guard.remaining(since), deadline / 4, "a call that has waited has less");
    guard.look(since + deadline / 5);
    assert_eq!(running.has_overrun.load(Ordering::Relaxed), 0);
    guard.look(since + deadline / 4);
    assert_eq!(running.has_overrun.load(Ordering::Relaxed), 1);
  }

  #[test]
  fn the_thread_sleeps_while_guests_are_opened() {
    let watchdog = Watchdog::default();
    let deadline = Duration::from_secs(60);
    let first = watchdog.watch(deadline).expect("there is a thread");
    let since = Instant::now();
    let mut looks = 0;
    let mut last = since;
    let mut opened = Vec::new();
    while opened.len() < 2000 {
      opened.push(watchdog.watch(deadline).expect("there is a thread"));
      let seen = watchdog.with_guard(Arc::as_ptr(&first), |guard| guard.seen.1).expect("it is watched");
      looks += u32::from(seen > last);
      last = last.max(seen);
      thread::yield_now();
    }
    let ticks = u32::try_from(since.elapsed().as_millis() / MAX_TICK.as_millis()).expect("it is not that long");
    assert!(looks <= ticks + 2, "it looked {looks} times in {ticks} ticks");
  }

  #[test]
  fn a_shorter_deadline_wakes_the_thread() {
    let mut watched = Watched::default();
    let guard = |seconds| {
      let running = Running::default();
      Guard {
        running,
        deadline: Duration::from_secs(seconds),
        interrupts: Vec::new(),
        seen: (0, Instant::now()),
        is_ended: false,
      }
    };
    assert!(!watched.add(guard(60)), "it looks often enough");
    assert!(watched.add(guard(1)));
    assert!(!watched.add(guard(1)));
    assert!(!watched.add(guard(2)));
  }

  #[test]
  fn without_a_deadline_there_is_nothing_to_ask() {
    let watchdog = Watchdog::default();
    let running = watchdog.watch(Duration::ZERO).expect("none is wanted");
    assert!(watchdog.running_at(Arc::as_ptr(&running)).is_none());
    assert_eq!(watchdog.remaining(Some(&running)), None);
    assert_eq!(watchdog.remaining(None), None);
    watchdog.end_all();
    assert_eq!(watchdog.remaining(None), Some(Duration::ZERO), "but the end of all calls");
  }
}
