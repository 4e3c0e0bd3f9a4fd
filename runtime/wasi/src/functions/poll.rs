//! Waiting for clocks and descriptors.

use std::time::Duration;
use std::time::Instant;

use crate::Errno;
use crate::Memory;
use crate::Wasi;
use crate::descriptors::Descriptor;
use crate::fault::Fault;
use crate::functions::clocks::Clock;
use crate::waits::Direction;
use crate::waits::Readiness;
use crate::waits::Waited;

/// The size of `subscription`.
const SUBSCRIPTION_SIZE: u32 = 48;
/// The size of `event`.
const EVENT_SIZE: u32 = 32;
/// The most subscriptions of one call.
const MAX_SUBSCRIPTIONS: u32 = 4096;

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
  /// A descriptor that is always ready.
  Ready(Readiness),
  /// A descriptor of the system's: the number of it among those that are waited for.
  Waited(usize),
}

impl Wasi {
  pub(super) fn poll_oneoff(
    &mut self,
    memory: &mut Memory<'_>,
    subscriptions: u32,
    events: u32,
    count: u32,
    result: u32,
  ) -> Result<(), Fault> {
    if count == 0 || count > MAX_SUBSCRIPTIONS {
      return Err(Errno::Inval.into());
    }
    memory.check(events, count * EVENT_SIZE)?;
    memory.check(result, 4)?;
    let bytes = memory.read(subscriptions, count * SUBSCRIPTION_SIZE)?;
    let subscriptions = bytes.as_chunks::<{ SUBSCRIPTION_SIZE as usize }>().0;
    let mut waited = Vec::new();
    let subscriptions =
      subscriptions.iter().map(|bytes| self.subscription(bytes, &mut waited)).collect::<Result<Vec<_>, Errno>>()?;
    let most = subscriptions.iter().filter_map(|subscription| match subscription.wanted {
      Ok(Wanted::After(time)) => Some(time),
      Ok(Wanted::Ready(_)) | Err(_) => Some(Duration::ZERO),
      Ok(Wanted::Waited(_)) => None,
    });
    let start = Instant::now();
    let readiness = self.deadline.wait(&waited, most.min())?;
    let elapsed = start.elapsed();
    let mut bytes = Vec::new();
    for subscription in subscriptions {
      let event = match subscription.wanted {
        Ok(Wanted::After(time)) if time <= elapsed => Ok(Readiness::default()),
        Ok(Wanted::After(_)) => continue,
        Ok(Wanted::Ready(readiness)) => Ok(readiness),
        Ok(Wanted::Waited(number)) => match readiness.get(number) {
          Some(readiness) if readiness.is_ready => Ok(*readiness),
          _ => continue,
        },
        Err(errno) => Err(errno),
      };
      bytes.extend_from_slice(&to_bytes(subscription.userdata, subscription.kind, event));
    }
    memory.write(events, &bytes)?;
    Ok(memory.write_u32(result, (bytes.len() / EVENT_SIZE as usize) as u32)?)
  }

  fn subscription<'a>(
    &'a self,
    bytes: &[u8; SUBSCRIPTION_SIZE as usize],
    waited: &mut Vec<Waited<'a>>,
  ) -> Result<Subscription, Errno> {
    let kind = bytes[8];
    let wanted = match kind {
      0 => self.clock_subscription(bytes).map(Wanted::After),
      1 => self.descriptor(Direction::Read, u32::from_le_bytes(part(bytes, 16)), waited),
      2 => self.descriptor(Direction::Write, u32::from_le_bytes(part(bytes, 16)), waited),
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

  fn descriptor<'a>(&'a self, direction: Direction, fd: u32, waited: &mut Vec<Waited<'a>>) -> Result<Wanted, Errno> {
    let (waits_for, bytes) = match (direction, self.descriptors.get(fd)?) {
      (Direction::Read, Descriptor::Input(input)) => (input.waited(), input.left()),
      (Direction::Write, Descriptor::Output(output)) => (output.waited(), 1),
      (_, Descriptor::File(file)) => (Waited::of_file(&file.file, direction), file.left(direction)),
      _ => return Err(Errno::Badf),
    };
    Ok(match waits_for {
      Some(waits_for) => {
        waited.push(waits_for);
        Wanted::Waited(waited.len().saturating_sub(1))
      }
      None => Wanted::Ready(Readiness { is_ready: true, is_hung_up: false, bytes }),
    })
  }
}

fn to_bytes(userdata: u64, kind: u8, event: Result<Readiness, Errno>) -> [u8; EVENT_SIZE as usize] {
  let (error, readiness) = match event {
    Ok(readiness) => (0, readiness),
    Err(errno) => (errno.code(), Readiness::default()),
  };
  let mut bytes = [0; EVENT_SIZE as usize];
  bytes[0..8].copy_from_slice(&userdata.to_le_bytes());
  bytes[8..10].copy_from_slice(&error.to_le_bytes());
  bytes[10] = kind;
  bytes[16..24].copy_from_slice(&readiness.bytes.to_le_bytes());
  bytes[24] = readiness.is_hung_up.into();
  bytes
}

/// The bytes of a field.
fn part<const N: usize>(bytes: &[u8; SUBSCRIPTION_SIZE as usize], start: usize) -> [u8; N] {
  std::array::from_fn(|index| bytes[start + index])
}
