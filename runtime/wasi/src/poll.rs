//! Waiting, which here is sleeping: a descriptor is always ready.

use std::time::Duration;

use super::Errno;
use super::Memory;
use super::Wasi;
use super::clocks::Clock;
use super::descriptors::Descriptor;

/// The size of `subscription`.
const SUBSCRIPTION_SIZE: u32 = 48;
/// The size of `event`.
const EVENT_SIZE: u32 = 32;
/// The most subscriptions of one call.
const MOST_SUBSCRIPTIONS: u32 = 4096;

/// What a guest waits for.
struct Subscription {
  userdata: u64,
  kind: u8,
  /// What may end the waiting, or why it cannot be waited for.
  wanted: Result<Wanted, Errno>,
}

enum Wanted {
  /// A clock that gets there after so much time.
  After(Duration),
  /// A descriptor with so many bytes to read.
  Ready(u64),
}

impl Wasi {
  pub(super) fn poll_oneoff(
    &mut self,
    memory: &mut Memory<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    result: u32,
  ) -> Result<(), Errno> {
    if count == 0 || count > MOST_SUBSCRIPTIONS {
      return Err(Errno::Inval);
    }
    memory.check(events, count * EVENT_SIZE)?;
    memory.check(result, 4)?;
    let bytes = memory.read(subscriptions, count * SUBSCRIPTION_SIZE)?;
    let subscriptions = bytes.as_chunks::<{ SUBSCRIPTION_SIZE as usize }>().0;
    let subscriptions =
      subscriptions.iter().map(|bytes| self.subscription(bytes)).collect::<Result<Vec<_>, Errno>>()?;
    let waits = |subscription: &Subscription| match subscription.wanted {
      Ok(Wanted::After(time)) => time,
      Ok(Wanted::Ready(_)) | Err(_) => Duration::ZERO,
    };
    // The list is not empty.
    let shortest = subscriptions.iter().map(waits).min().unwrap_or_default();
    std::thread::sleep(shortest.min(self.longest_sleep.unwrap_or(Duration::MAX)));
    let mut bytes = Vec::new();
    for subscription in subscriptions.iter().filter(|subscription| waits(subscription) <= shortest) {
      bytes.extend_from_slice(&subscription.event());
    }
    memory.write(events, &bytes)?;
    memory.write_u32(result, (bytes.len() / EVENT_SIZE as usize) as u32)
  }

  fn subscription(&self, bytes: &[u8; SUBSCRIPTION_SIZE as usize]) -> Result<Subscription, Errno> {
    let kind = bytes[8];
    let wanted = match kind {
      0 => self.clock_subscription(bytes).map(Wanted::After),
      1 | 2 => self.ready(kind, u32::from_le_bytes(part(bytes, 16))).map(Wanted::Ready),
      _ => return Err(Errno::Inval),
    };
    Ok(Subscription { userdata: u64::from_le_bytes(part(bytes, 0)), kind, wanted })
  }

  /// How long until the clock gets there.
  fn clock_subscription(&self, bytes: &[u8; SUBSCRIPTION_SIZE as usize]) -> Result<Duration, Errno> {
    let clock: Clock = self.clock(u32::from_le_bytes(part(bytes, 16)))?;
    let time = Duration::from_nanos(u64::from_le_bytes(part(bytes, 24)));
    match u16::from_le_bytes(part(bytes, 40)) {
      0 => Ok(time),
      1 => Ok(time.saturating_sub(self.now(clock))),
      _ => Err(Errno::Inval),
    }
  }

  /// How much can be read from a descriptor, or at least written to it.
  fn ready(&self, kind: u8, fd: u32) -> Result<u64, Errno> {
    match (kind, self.descriptors.get(fd)?) {
      (1, Descriptor::Input(input)) => Ok(input.ready()),
      (1, Descriptor::File(file)) => {
        let place = std::io::Seek::stream_position(&mut &file.file).unwrap_or(0);
        Ok(file.file.metadata()?.len().saturating_sub(place))
      }
      (2, Descriptor::Output(_) | Descriptor::File(_)) => Ok(1),
      _ => Err(Errno::Badf),
    }
  }
}

impl Subscription {
  fn event(&self) -> [u8; EVENT_SIZE as usize] {
    let (error, available) = match self.wanted {
      Ok(Wanted::After(_)) => (0, 0),
      Ok(Wanted::Ready(available)) => (0, available),
      Err(errno) => (errno.code(), 0),
    };
    let mut bytes = [0; EVENT_SIZE as usize];
    bytes[0..8].copy_from_slice(&self.userdata.to_le_bytes());
    bytes[8..10].copy_from_slice(&error.to_le_bytes());
    bytes[10] = self.kind;
    bytes[16..24].copy_from_slice(&available.to_le_bytes());
    bytes
  }
}

/// The bytes of a field.
fn part<const N: usize>(bytes: &[u8; SUBSCRIPTION_SIZE as usize], start: usize) -> [u8; N] {
  std::array::from_fn(|index| bytes[start + index])
}
