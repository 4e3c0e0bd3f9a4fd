//! A clock that costs a few nanoseconds to read: two readings are part of every call.

use std::time::Duration;
use std::time::Instant;

/// A reading of the clock in ticks: cycles of the time-stamp counter on x86-64, nanoseconds elsewhere.
#[derive(Clone, Copy)]
pub struct Ticks(u64);

impl Ticks {
  /// The clock now.
  #[inline(always)]
  pub fn now() -> Self {
    Self(read())
  }

  /// As a number for JavaScript, which is off by a few ticks when the machine has run for a month.
  pub fn as_f64(self) -> f64 {
    self.0 as f64
  }

  /// Ticks since this reading; 0 when the counter went back, as it may between two processors.
  #[inline(always)]
  pub fn elapsed(self) -> u64 {
    read().saturating_sub(self.0)
  }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn read() -> u64 {
  // SAFETY: every x86-64 processor has the instruction.
  unsafe { core::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn read() -> u64 {
  static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
  START.elapsed().as_nanos() as u64
}

/// Says how long a tick is: by the ticks and the time since it was made. The longer it lives, the better it knows.
pub struct TickScale {
  start: Instant,
  start_ticks: Ticks,
}

impl Default for TickScale {
  /// A scale that begins to learn.
  fn default() -> Self {
    Self { start: Instant::now(), start_ticks: Ticks::now() }
  }
}

impl TickScale {
  /// Nanoseconds that one tick lasts.
  pub fn nanoseconds(&self) -> f64 {
    // A scale from less than this would be off by whatever came between the two readings above.
    const ENOUGH: Duration = Duration::from_millis(1);
    while self.start.elapsed() < ENOUGH {
      std::hint::spin_loop();
    }
    self.start.elapsed().as_nanos() as f64 / self.start_ticks.elapsed().max(1) as f64
  }
}
