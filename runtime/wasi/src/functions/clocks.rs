//! Clocks: the time of day, and the time since the guest was made.

use std::time::Duration;
use std::time::SystemTime;

use crate::Errno;
use crate::Memory;
use crate::Wasi;
use crate::times::nanoseconds;

/// What the systems' clocks count in, in nanoseconds.
const RESOLUTION: u64 = if cfg!(windows) { 100 } else { 1 };

/// A clock that a guest may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
  Realtime,
  Monotonic,
}

impl Wasi {
  /// The clock of that number. The clocks of processor time do not exist.
  pub(super) fn clock(&self, id: u32) -> Result<Clock, Errno> {
    match id {
      _ if !self.clocks => Err(Errno::Notsup),
      0 => Ok(Clock::Realtime),
      1 => Ok(Clock::Monotonic),
      2 | 3 => Err(Errno::Notsup),
      _ => Err(Errno::Inval),
    }
  }

  /// Since 1970 or since the guest was made.
  pub(super) fn now(&self, clock: Clock) -> Duration {
    match clock {
      Clock::Realtime => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default(),
      Clock::Monotonic => self.start.elapsed(),
    }
  }

  pub(super) fn clock_res_get(&mut self, memory: &mut Memory<'_>, id: u32, result: u32) -> Result<(), Errno> {
    self.clock(id)?;
    memory.write_u64(result, RESOLUTION)
  }

  pub(super) fn clock_time_get(
    &mut self,
    memory: &mut Memory<'_>,
    id: u32,
    _precision: u64,
    result: u32,
  ) -> Result<(), Errno> {
    let time = self.now(self.clock(id)?);
    memory.write_u64(result, nanoseconds(time)?)
  }
}
