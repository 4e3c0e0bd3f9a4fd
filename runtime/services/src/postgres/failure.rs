//! Why there is no result, as the interfaces have it.

use std::error::Error;
use std::time::Duration;

use serde::Serialize;
use tokio_postgres::error::Severity;

use crate::Failure;

/// Why there is no connection, or no result.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "kind", content = "reason", rename_all = "kebab-case")]
pub(crate) enum PostgresFailure {
  #[error("{0}")]
  ConnectionFailed(String),
  #[error("{0}")]
  BadParameter(String),
  #[error("{0}")]
  QueryFailed(String),
  #[error("{0}")]
  ValueConversionFailed(String),
  #[error("{0}")]
  Other(String),
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum Unconnected {
  /// Whoever asks may not have one.
  Refused(String),
  Failed(PostgresFailure),
}

impl From<PostgresFailure> for Unconnected {
  fn from(failure: PostgresFailure) -> Self {
    Self::Failed(failure)
  }
}

impl From<Failure> for PostgresFailure {
  fn from(failure: Failure) -> Self {
    match failure {
      Failure::Refused(message) => Self::ConnectionFailed(message),
      Failure::Full(message) | Failure::Other(message) => Self::Other(message),
    }
  }
}

impl PostgresFailure {
  pub(crate) fn unconnected(error: &tokio_postgres::Error) -> Self {
    Self::ConnectionFailed(words_of(error))
  }

  pub(crate) fn of_query(error: &tokio_postgres::Error) -> Self {
    match error.as_db_error() {
      _ if error.is_closed() => Self::ConnectionFailed("the connection is lost; open another".to_owned()),
      // The server ends the connection.
      Some(of_server) if matches!(of_server.parsed_severity(), Some(Severity::Fatal | Severity::Panic)) => {
        Self::ConnectionFailed(words_of(error))
      }
      Some(_) => Self::QueryFailed(words_of(error)),
      // What the client itself says is about parameters.
      None => Self::BadParameter(words_of(error)),
    }
  }

  pub(crate) fn late(patience: Duration) -> Self {
    Self::QueryFailed(format!("the statement took longer than {patience:?}: the connection is closed"))
  }
}

/// The server's words; of others, what they were made of as well.
fn words_of(error: &tokio_postgres::Error) -> String {
  match (error.as_db_error(), error.source()) {
    (Some(error), _) => {
      let detail = error.detail().map(|detail| format!(" ({detail})")).unwrap_or_default();
      format!("{}: {}{detail}", error.code().code(), error.message())
    }
    (None, Some(source)) => format!("{error}: {source}"),
    (None, None) => error.to_string(),
  }
}
