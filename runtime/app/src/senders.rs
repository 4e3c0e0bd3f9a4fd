//! The queues of a group, for who sends.

use std::time::Duration;

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
