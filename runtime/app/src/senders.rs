//! The queues of a group, for who sends.

use std::time::Duration;

use async_channel::Sender;
use plugbay::Exchange;

/// Where the requests for a group go.
#[derive(Clone)]
pub(crate) struct Senders {
  /// Those from outside.
  pub(crate) outer: Sender<Exchange>,
  /// Those of other components, which may be what all lanes wait for.
  pub(crate) inner: Sender<Exchange>,
  /// How long their answers may take, where the handlers do not see to that themselves.
  pub(crate) deadline: Option<Duration>,
}
