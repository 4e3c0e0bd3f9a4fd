//! What Redis says, for whoever wrote the component.

use redis::ErrorKind;
use redis::RedisError;
use redis::ServerErrorKind;

use crate::Failure;

/// The server's own words, but where these are no help.
pub(crate) fn failure_of(error: &RedisError, name: &str) -> Failure {
  let detail = error.detail().unwrap_or_default();
  Failure::Other(match (error.kind(), error.code()) {
    (_, Some("OOM")) => return Failure::Full(format!("{name} is full: the server takes no more")),
    (ErrorKind::Server(ServerErrorKind::ReadOnly), _) => {
      format!("{name} cannot be written: its server is a read-only replica")
    }
    (ErrorKind::AuthenticationFailed, _) | (_, Some("NOAUTH" | "WRONGPASS")) => {
      format!("{name} does not let the host in: user or password are wrong")
    }
    (ErrorKind::Server(ServerErrorKind::NoPerm), _) => format!("{name} does not permit this: {detail}"),
    _ if error.is_connection_dropped() => format!("the connection to {name} is lost"),
    (_, Some(code)) => format!("{name}: {code} {detail}"),
    _ => format!("{name}: {error}"),
  })
}
