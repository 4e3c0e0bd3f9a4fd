//! Redis servers.

use plugbay_core::OpFailure;
use plugin_wire::services::Bytes;
use plugin_wire::services::RedisReply;

use crate::redis::Argument;
use crate::redis::RedisFailure;
use crate::redis::RedisSession;
use crate::redis::Reply;

pub(super) async fn ask(
  session: &RedisSession,
  command: String,
  arguments: Vec<Bytes>,
) -> Result<Vec<RedisReply>, OpFailure> {
  let arguments = arguments.into_iter().map(|bytes| Argument::Bytes(bytes.0)).collect();
  let replies = session.ask(command, arguments).await?;
  Ok(replies.into_iter().map(RedisReply::from).collect())
}

impl From<Reply> for RedisReply {
  fn from(reply: Reply) -> Self {
    match reply {
      Reply::Nil => Self::Nil,
      Reply::Status(text) => Self::Status(text),
      Reply::Integer(number) => Self::Integer(number),
      Reply::Bytes(bytes) => Self::Bytes(bytes),
    }
  }
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
