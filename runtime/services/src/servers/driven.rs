//! What drives a connection while somebody has it.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// How long a connection may go on that nobody has any more: it has answers under way, and a server to say goodbye to.
const PARTING: Duration = Duration::from_secs(5);

/// A connection that somebody has. When this is dropped it ends soon, whatever its server sends or keeps back.
pub(crate) struct Driven<T> {
  ended: JoinHandle<Option<T>>,
  _had: oneshot::Sender<()>,
}

impl<T: Send + 'static> Driven<T> {
  /// Runs what drives it, beside whatever else the thread does.
  pub(crate) fn new(driver: impl Future<Output = T> + Send + 'static) -> Self {
    let (had, mut dropped) = oneshot::channel::<()>();
    let ended = tokio::spawn(async move {
      let mut driver = Box::pin(driver);
      tokio::select! {
        ended = &mut driver => return Some(ended),
        _ = &mut dropped => {}
      }
      tokio::time::timeout(PARTING, driver).await.ok()
    });
    Self { ended, _had: had }
  }

  /// What it has ended with; nothing if it goes on.
  pub(crate) async fn ended(&mut self) -> Option<T> {
    // It may be about to.
    tokio::time::timeout(Duration::from_secs(1), &mut self.ended).await.ok()?.ok()?
  }
}
