//! The queues of a group, for who sends.

use std::time::Duration;

use plugbay::Exchange;
use plugbay::NotTaken;
use plugbay::RequestSender;

/// Where the requests for a group go.
#[derive(Clone)]
pub(crate) struct Senders {
  /// Those from outside.
  pub(crate) outer: RequestSender,
  /// Those of other components, which may be what all lanes wait for.
  pub(crate) inner: RequestSender,
  /// How long their answers may take, where the handlers do not see to that themselves.
  pub(crate) deadline: Option<Duration>,
}

/// When a request should have been taken: if it is not, more lanes have to be awake.
const SOON: Duration = Duration::from_millis(1);

impl Senders {
  /// Puts in a request from outside, on a thread that has a tokio and is no lane. Others that have come at the same
  /// time are put in before a lane is woken.
  ///
  /// # Errors
  ///
  /// When that cannot be.
  pub(crate) async fn send_from_outside(&self, exchange: Exchange) -> Result<(), NotTaken> {
    let wake = self.outer.send(exchange)?;
    if wake.is_due() {
      tokio::task::yield_now().await;
    }
    drop(wake);
    // One timer for all that wait: each would wake the thread that waits for it.
    if let Some(watch) = self.outer.watch() {
      tokio::spawn(watch.run(|| tokio::time::sleep(SOON)));
    }
    Ok(())
  }

  /// Puts in a request of a component, on its lane.
  ///
  /// # Errors
  ///
  /// When that cannot be.
  pub(crate) fn send_from_inside(&self, exchange: Exchange) -> Result<(), NotTaken> {
    self.inner.send(exchange)?;
    // The lane that is awake may be the one that waits for the answer.
    self.inner.nudge();
    Ok(())
  }
}
