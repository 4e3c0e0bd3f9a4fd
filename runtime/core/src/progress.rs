//! Whether a thread gets on with what it does, for other threads to see.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

/// What a thread notes of itself: that it has begun something or come to the next thing, and that it rests. Clones are
/// of the same thread.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<AtomicU64>);

/// It rests when this is dropped.
#[derive(Debug)]
pub struct Turn<'p>(&'p Progress);

impl Drop for Turn<'_> {
  fn drop(&mut self) {
    self.0.0.store(0, Ordering::Relaxed);
  }
}

impl Progress {
  /// The thread begins to do something.
  pub fn turn(&self) -> Turn<'_> {
    self.step();
    Turn(self)
  }

  /// It has come to the next thing.
  pub fn step(&self) {
    self.0.store(now() + 1, Ordering::Relaxed);
  }

  /// For how long it has come to nothing new, to the millisecond; nothing while it rests.
  pub fn busy_for(&self) -> Option<Duration> {
    let since = self.0.load(Ordering::Relaxed).checked_sub(1)?;
    Some(Duration::from_millis(now().saturating_sub(since)))
  }
}

/// Milliseconds since this was first asked.
fn now() -> u64 {
  static FIRST: OnceLock<Instant> = OnceLock::new();
  FIRST.get_or_init(Instant::now).elapsed().as_millis() as u64
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn who_rests_is_not_busy() {
    let progress = Progress::default();
    assert_eq!(progress.busy_for(), None);
    let seen = progress.clone();
    {
      let _turn = progress.turn();
      while seen.busy_for().is_none_or(|time| time.is_zero()) {
        std::thread::yield_now();
      }
      progress.step();
      assert!(seen.busy_for().is_some());
    }
    assert_eq!(seen.busy_for(), None);
  }
}
