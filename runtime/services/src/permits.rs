//! How many connections may be open at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;

/// Permits, of which whoever opens a connection takes one, and keeps it as long as the connection.
#[derive(Clone)]
pub(crate) struct Permits {
  semaphore: Arc<Semaphore>,
  wait: Duration,
}

impl Permits {
  /// So many, each of which is waited for that long.
  pub(crate) fn new(most: usize, wait: Duration) -> Self {
    Self { semaphore: Arc::new(Semaphore::new(most)), wait }
  }

  /// One of them, if one is left.
  pub(crate) fn try_take(&self) -> Option<OwnedSemaphorePermit> {
    self.semaphore.clone().try_acquire_owned().ok()
  }

  /// One of them; nothing if others had all of them for too long.
  pub(crate) async fn take(&self) -> Option<OwnedSemaphorePermit> {
    tokio::time::timeout(self.wait, self.semaphore.clone().acquire_owned()).await.ok()?.ok()
  }
}
