//! Waiting for another thread without sleeping, for a moment.

use std::hint;
use std::sync::LazyLock;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;
use std::time::Instant;

/// How long it is worth to wait awake: a thread that sleeps takes about as long to wake, and whoever it waits for may
/// have been asleep itself.
const MAX: Duration = Duration::from_micros(100);
/// A sleep that was shorter is worth such a wait the next time: a tenth of the time is lost at most.
const SHORT_SLEEP: Duration = Duration::from_millis(1);
/// Below this nothing would come.
const MIN: Duration = Duration::from_micros(1);

/// Waits awake where what is waited for mostly comes soon, and not at all where it does not: each wait in vain halves
/// the next, and a short sleep shows that it would have been worth it.
#[derive(Debug, Default)]
pub struct Spin {
  /// Nanoseconds.
  allowed: AtomicU64,
}

impl Spin {
  /// What `ready` gives, asked again and again; `None` when it is time to sleep.
  pub fn wait<T>(&self, mut ready: impl FnMut() -> Option<T>) -> Option<T> {
    let allowed = Duration::from_nanos(self.allowed.load(Ordering::Relaxed));
    if allowed.is_zero() {
      return ready();
    }
    let began = Instant::now();
    loop {
      for _ in 0..16 {
        if let Some(found) = ready() {
          self.allow(MAX);
          return Some(found);
        }
        hint::spin_loop();
      }
      if began.elapsed() >= allowed {
        self.allow(allowed / 2);
        return None;
      }
    }
  }

  /// What `wait` gives, which sleeps until it comes.
  pub fn sleep<T>(&self, wait: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let found = wait();
    self.slept(began.elapsed());
    found
  }

  /// Takes in how long it was slept for what was waited for.
  pub fn slept(&self, time: Duration) {
    static HAS_OTHERS: LazyLock<bool> = LazyLock::new(|| thread::available_parallelism().is_ok_and(|n| n.get() > 1));
    // On one processor whoever is waited for could not run meanwhile.
    if time < SHORT_SLEEP && *HAS_OTHERS {
      self.allow(MAX);
    }
  }

  fn allow(&self, time: Duration) {
    let time = if time < MIN { Duration::ZERO } else { time };
    self.allowed.store(time.as_nanos() as u64, Ordering::Relaxed);
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  fn asks(spin: &Spin) -> usize {
    let mut asked = 0;
    let waited = spin.wait(|| {
      asked += 1;
      None::<()>
    });
    assert_eq!(waited, None);
    asked
  }

  #[test]
  fn who_waits_in_vain_waits_no_more() {
    let spin = Spin::default();
    assert_eq!(asks(&spin), 1, "nothing came so far");
    spin.slept(Duration::from_secs(1));
    assert_eq!(asks(&spin), 1, "it is not worth it");
    spin.allow(MAX);
    while asks(&spin) > 1 {}
    spin.allow(MAX);
    assert_eq!(spin.wait(|| Some(1)), Some(1));
    assert_eq!(spin.allowed.load(Ordering::Relaxed), 100_000, "what came is no wait in vain");
  }
}
