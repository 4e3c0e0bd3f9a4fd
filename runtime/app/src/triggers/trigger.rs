//! What serves the triggers of a kind.

use std::sync::Arc;

use futures::future::BoxFuture;
use futures::future::Shared;

use super::children::Children;
use super::readiness::Ready;
use crate::error::UpError;
use crate::generation::Current;
use crate::generation::Process;
use crate::options::UpOptions;

/// A kind of triggers.
pub(crate) trait Trigger: Send + Sync {
  /// As manifests call it.
  fn kind(&self) -> &str;

  /// Takes what it needs of the system, before anything is served.
  fn bind(&self, host: Host) -> BoxFuture<'static, Result<Bound, UpError>>;
}

/// What a trigger is given of the host.
#[derive(Clone)]
pub(crate) struct Host {
  pub(crate) options: Arc<UpOptions>,
  pub(crate) process: Arc<Process>,
  /// The app, of which a reload makes another.
  pub(crate) current: Arc<Current>,
  /// Done when no more is to be taken.
  pub(crate) stop: Stop,
  /// The processes of triggers.
  pub(crate) children: Children,
  /// Says whether the trigger takes what it is for.
  pub(crate) ready: Ready,
}

/// Done when something is to end.
pub(crate) type Stop = Shared<BoxFuture<'static, ()>>;

/// A trigger that can be served.
pub(crate) struct Bound {
  /// For people: what is served where, in lines.
  pub(crate) says: String,
  /// Serves until the host is to stop, and then until all that it has taken is done. When it ends before that, the
  /// whole app does.
  pub(crate) serve: BoxFuture<'static, Result<(), UpError>>,
}
