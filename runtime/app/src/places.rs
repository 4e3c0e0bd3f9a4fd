//! Places: how many lanes of a group answer requests. Those that find none are spares, and wait for one.

use async_channel::Receiver;
use async_channel::Sender;

/// The places of a group.
pub(crate) struct Places {
  free: Sender<()>,
  /// One thing for each place that nobody has.
  places: Receiver<()>,
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
    let (free, places) = async_channel::unbounded();
    Self { free, places }
  }
}

impl Places {
  pub(crate) fn add(&self, count: usize) {
    for _ in 0..count {
      // Nobody wants it when there are no places any more.
      let _ = self.free.try_send(());
    }
  }

  /// Waits for the next that is free; gives none when there are none any more.
  pub(crate) fn take(&self) -> Option<Place<'_>> {
    self.places.recv_blocking().ok().map(|()| Place(self))
  }

  /// Nobody waits for a place any more.
  pub(crate) fn close(&self) {
    self.places.close();
  }
}
