//! The end of the guest's call, which nothing that the host does for the guest goes beyond.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use std::time::Instant;

use super::Exit;
use super::fault::Fault;
use super::waits;
use super::waits::Readiness;
use super::waits::Waited;

/// The longest that is waited before it is asked again what is left: somebody may have ended the call.
const MAX_WAIT: Duration = Duration::from_millis(100);

type Left = dyn Fn() -> Option<Duration> + Send + Sync;

/// Tells how long the guest's call may still take.
#[derive(Clone, Default)]
pub struct Deadline(Option<Arc<Left>>);

impl Deadline {
  /// `left` tells what is left of the call that runs: nothing when it is over, `None` when there is no end yet. It is
  /// asked before each wait and after it, and every 100 milliseconds of a long one.
  pub fn new(left: impl Fn() -> Option<Duration> + Send + Sync + 'static) -> Self {
    Self(Some(Arc::new(left)))
  }

  /// What is left. That nothing is ends the guest.
  fn left(&self) -> Result<Option<Duration>, Fault> {
    match self.0.as_ref().and_then(|left| left()) {
      Some(Duration::ZERO) => Err(Fault::Exit(Exit::Deadline)),
      left => Ok(left),
    }
  }

  /// To be asked between the parts of long work.
  pub(super) fn check(&self) -> Result<(), Fault> {
    self.left().map(drop)
  }

  /// Waits until one of the descriptors is ready, or for as long as `most`, and says which of them are. Without either
  /// there is nothing to wait for.
  pub(super) fn wait(&self, waited: &[Waited<'_>], most: Option<Duration>) -> Result<Vec<Readiness>, Fault> {
    let most = if waited.is_empty() { most.or(Some(Duration::ZERO)) } else { most };
    let start = Instant::now();
    loop {
      let left = self.left()?;
      let wanted = most.map(|most| most.saturating_sub(start.elapsed()));
      let left = self.0.as_ref().map(|_| left.unwrap_or(MAX_WAIT).min(MAX_WAIT));
      let readiness = waits::poll(waited, left.into_iter().chain(wanted).min())?;
      if readiness.iter().any(|readiness| readiness.is_ready) || most.is_some_and(|most| start.elapsed() >= most) {
        return Ok(readiness);
      }
    }
  }
}

impl fmt::Debug for Deadline {
  fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str(if self.0.is_some() { "Deadline(…)" } else { "Deadline(none)" })
  }
}
