//! Why a service could not do what it was asked for.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;

/// What a service gives, at some time.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// What went wrong, in words for whoever wrote the component: they name no file of the host's.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, thiserror::Error)]
#[serde(tag = "kind", content = "reason", rename_all = "kebab-case")]
pub enum Failure {
  /// The component may not use it; the words say what to add to the manifest.
  #[error("{0}")]
  Refused(String),
  /// There is no room for more.
  #[error("{0}")]
  Full(String),
  /// Anything else.
  #[error("{0}")]
  Other(String),
}

impl Failure {
  pub(crate) fn other(message: impl Into<String>) -> Self {
    Self::Other(message.into())
  }

  /// As what a service gives.
  pub(crate) fn answer<T: Send + 'static>(self) -> Answer<'static, T> {
    async { Err(self) }.boxed()
  }
}
