//! Ends lanes that do not get on: a module that does not come to the end of its top level, a handler that loops.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use plugbay::Ender;
use plugbay::Progress;
use plugbay::Runtime;

/// How often lanes are looked at.
const TICK: Duration = Duration::from_millis(100);

/// A lane, as other threads see it.
#[derive(Default)]
pub(crate) struct Seat {
  isolate: Mutex<Option<Watched>>,
  is_over: AtomicBool,
}

/// The isolate that a lane has now.
struct Watched {
  end: Ender,
  progress: Progress,
  /// For how long it may do one thing.
  most: Option<Duration>,
  /// When its handlers have to be open, until they are.
  opens_by: Option<Instant>,
  is_ended: bool,
}

/// The isolate is the lane's until this is dropped.
pub(crate) struct Seated<'s>(&'s Seat);

impl Drop for Seated<'_> {
  fn drop(&mut self) {
    let gone = self.0.isolate().take();
    drop(gone);
  }
}

impl Seat {
  fn isolate(&self) -> MutexGuard<'_, Option<Watched>> {
    self.isolate.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// An isolate whose handlers are about to be opened, for which they have as long as for a request: `most`, if there
  /// is a limit.
  pub(crate) fn take(&self, runtime: &Runtime, most: Option<Duration>) -> Seated<'_> {
    let opens_by = most.map(|most| Instant::now() + most);
    let watched = Watched { end: runtime.ender(), progress: runtime.progress(), most, opens_by, is_ended: false };
    let ends = self.is_over().then(|| (watched.end)());
    *self.isolate() = Some(Watched { is_ended: ends.is_some(), ..watched });
    Seated(self)
  }

  /// Its handlers are open.
  pub(crate) fn is_open(&self) {
    if let Some(watched) = &mut *self.isolate() {
      watched.opens_by = None;
    }
  }

  /// Ends the lane, whatever it does.
  pub(crate) fn end(&self) {
    self.is_over.store(true, Ordering::SeqCst);
    if let Some(watched) = &*self.isolate() {
      (watched.end)();
    }
  }

  pub(crate) fn is_over(&self) -> bool {
    self.is_over.load(Ordering::SeqCst)
  }

  fn look(&self) {
    if let Some(watched) = &mut *self.isolate() {
      let is_stuck = match (watched.opens_by, watched.most) {
        (Some(by), _) => by <= Instant::now(),
        (None, Some(most)) => watched.progress.busy_for().is_some_and(|time| time >= most),
        (None, None) => false,
      };
      if is_stuck && !watched.is_ended {
        watched.is_ended = true;
        (watched.end)();
      }
    }
  }
}

/// The thread that looks at lanes, once there are some.
#[derive(Clone, Default)]
pub(crate) struct Watchdog(Arc<Mutex<Vec<Weak<Seat>>>>);

impl Watchdog {
  /// Watches a lane for as long as somebody else has the seat.
  ///
  /// # Errors
  ///
  /// When the system has no thread left.
  pub(crate) fn watch(&self, seat: &Arc<Seat>) -> std::io::Result<()> {
    let mut seats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
    if seats.is_empty() {
      let watched = self.0.clone();
      thread::Builder::new().name("watchdog".to_string()).spawn(move || look_at(&watched))?;
    }
    seats.push(Arc::downgrade(seat));
    Ok(())
  }
}

/// Until no lane is left.
fn look_at(watched: &Mutex<Vec<Weak<Seat>>>) {
  loop {
    thread::sleep(TICK);
    let mut seats = watched.lock().unwrap_or_else(PoisonError::into_inner);
    seats.retain(|seat| seat.upgrade().inspect(|seat| seat.look()).is_some());
    if seats.is_empty() {
      return;
    }
  }
}
