//! Redis servers.

use plugbay_core::OpFailure;
use plugin_wire::services::Bytes;
use plugin_wire::services::RedisReply;

use crate::redis::Argument;
use crate::redis::RedisFailure;
use crate::redis::RedisSession;

pub(super) async fn ask(
  session: &RedisSession,
  command: String,
  arguments: Vec<Bytes>,
) -> Result<Vec<RedisReply>, OpFailure> {
  let arguments = arguments.into_iter().map(|bytes| Argument::Bytes(bytes.0)).collect();
  Ok(session.ask(command, arguments).await?)
}

impl From<RedisFailure> for OpFailure {
  fn from(failure: RedisFailure) -> Self {
    match failure {
      RedisFailure::InvalidAddress(message) => Self::service_refused(message),
      RedisFailure::TooManyConnections(message) | RedisFailure::TypeError(message) | RedisFailure::Other(message) => {
        Self::service_failed(message)
      }
    }
  }
}
