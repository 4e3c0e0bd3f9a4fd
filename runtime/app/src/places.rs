//! Places: how many lanes of a group answer requests. Those that find none are spares, and wait for one.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::time::Duration;

/// How often a spare looks whether it is wanted at all.
const LOOK: Duration = Duration::from_secs(1);

/// The places of a group.
pub(crate) struct Places {
  free: mpsc::Sender<()>,
  /// One thing for each place that nobody has.
  places: Mutex<mpsc::Receiver<()>>,
}

/// The place of a lane that serves. However it ends, another may take it.
pub(crate) struct Place<'p>(&'p Places);

impl Drop for Place<'_> {
  fn drop(&mut self) {
    self.0.add(1);
  }
}

impl Default for Places {
  /// None yet.
  fn default() -> Self {
    let (free, places) = mpsc::channel();
    Self { free, places: Mutex::new(places) }
  }
}

impl Places {
  pub(crate) fn add(&self, count: usize) {
    for _ in 0..count {
      // Its other end is here.
      let _ = self.free.send(());
    }
  }

  /// Waits for the next that is free; gives none when `is_over` says so.
  pub(crate) fn take(&self, is_over: impl Fn() -> bool) -> Option<Place<'_>> {
    let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
      match places.recv_timeout(LOOK) {
        Ok(()) => return Some(Place(self)),
        Err(_) if is_over() => return None,
        Err(_) => {}
      }
    }
  }
}
