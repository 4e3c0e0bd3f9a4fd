//! Why there is no result, as the interfaces have it.

use std::error::Error;
use std::time::Duration;

use serde::Serialize;

use crate::Failure;

/// Why there is no connection, or no result.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", content = "reason", rename_all = "kebab-case")]
pub(crate) enum PostgresFailure {
  ConnectionFailed(String),
  BadParameter(String),
  QueryFailed(String),
  ValueConversionFailed(String),
  Other(String),
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
    match error.is_closed() {
      true => Self::ConnectionFailed("the connection is lost; open another".to_owned()),
      false if error.as_db_error().is_some() => Self::QueryFailed(words_of(error)),
      // What the client itself says is about parameters.
      false => Self::BadParameter(words_of(error)),
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
