//! A connection to a Redis server that a component has opened.

use std::sync::Arc;

use plugin_wire::services::RedisReply;
use redis::Cmd;
use redis::RedisError;
use redis::Value;
use redis::cmd;
use serde::Serialize;
use tokio::sync::OnceCell;
use tokio::sync::OwnedSemaphorePermit;

use crate::Failure;
use crate::Limits;
use crate::permits::Permits;
use crate::redis::fault::failure_of;
use crate::redis::server::Connection;
use crate::redis::server::RedisServer;
use crate::redis::server::late;
use crate::servers::Asker;
use crate::servers::on_io;

/// Commands after which the server says what it was not asked for: the answers of others would be taken for theirs.
const WITHOUT_ANSWERS: [&str; 4] = ["subscribe", "psubscribe", "ssubscribe", "monitor"];

/// A connection, which is made when that is first asked for.
#[derive(Clone)]
pub(crate) struct RedisSession {
  inner: Arc<Inner>,
}

struct Inner {
  server: RedisServer,
  asker: Asker,
  limits: Limits,
  permits: Permits,
  connection: OnceCell<(Connection, OwnedSemaphorePermit)>,
}

/// Why a command has no answer, as the interface has it.
#[derive(Debug, Serialize, thiserror::Error)]
#[serde(tag = "kind", content = "reason", rename_all = "kebab-case")]
pub(crate) enum RedisFailure {
  /// It is no address, or the component may not connect to it.
  #[error("{0}")]
  InvalidAddress(String),
  /// Too many connections are open.
  #[error("{0}")]
  TooManyConnections(String),
  /// What is there is of another type.
  #[error("{0}")]
  TypeError(String),
  /// Anything else.
  #[error("{0}")]
  Other(String),
}

impl From<Failure> for RedisFailure {
  fn from(failure: Failure) -> Self {
    match failure {
      Failure::Refused(message) => Self::InvalidAddress(message),
      Failure::Full(message) | Failure::Other(message) => Self::Other(message),
    }
  }
}

/// Something that a command is about.
pub(crate) enum Argument {
  Integer(i64),
  Bytes(Vec<u8>),
}

impl RedisSession {
  /// To a server that `asker` may connect to. It is not connected yet.
  pub(crate) fn new(address: &str, asker: Asker, limits: Limits, permits: Permits) -> Result<Self, RedisFailure> {
    let server = RedisServer::parse(address).ok_or_else(|| {
      RedisFailure::InvalidAddress("the address is none of a Redis server: write redis://host:port".to_owned())
    })?;
    server.address.check(&asker)?;
    let connection = OnceCell::new();
    Ok(Self { inner: Arc::new(Inner { server, asker, limits, permits, connection }) })
  }

  /// Connects, if it is not done yet.
  pub(crate) async fn connect(&self) -> Result<(), RedisFailure> {
    let inner = self.inner.clone();
    on_io(async move { inner.connection().await.map(drop) }).await
  }

  /// What the server answers to a command.
  pub(crate) async fn ask(&self, command: String, arguments: Vec<Argument>) -> Result<Vec<RedisReply>, RedisFailure> {
    let mut asked = cmd(&command);
    for argument in arguments {
      match argument {
        Argument::Integer(number) => asked.arg(number),
        Argument::Bytes(bytes) => asked.arg(bytes),
      };
    }
    if WITHOUT_ANSWERS.contains(&command.to_ascii_lowercase().as_str()) {
      let message = format!("{command} has no answer of its own: a trigger hears what is published");
      return Err(RedisFailure::Other(message));
    }
    let inner = self.inner.clone();
    on_io(async move { inner.ask(&asked).await }).await
  }
}

impl Inner {
  async fn connection(&self) -> Result<Connection, RedisFailure> {
    let connect = async || {
      let permit = self.permits.take().await.ok_or_else(|| {
        let most = self.limits.redis_connections;
        RedisFailure::TooManyConnections(format!("the app has {most} connections to Redis servers already"))
      })?;
      let connection = self.server.log_in(Some(&self.asker), &self.limits, "the server").await?;
      Ok::<_, RedisFailure>((connection, permit))
    };
    Ok(self.connection.get_or_try_init(connect).await?.0.clone())
  }

  async fn ask(&self, command: &Cmd) -> Result<Vec<RedisReply>, RedisFailure> {
    let mut connection = self.connection().await?;
    let answered = connection.ask(command, &self.limits).await;
    let answered = answered.ok_or_else(|| late("the server", &self.limits))?;
    let value = answered.map_err(|error| of_server(&error))?;
    let (mut replies, mut left) = (Vec::new(), self.limits.result_bytes);
    match lay_out(value, &mut replies, &mut left) {
      true => Ok(replies),
      false => Err(RedisFailure::Other(format!("the answer has more than {} bytes", self.limits.result_bytes))),
    }
  }
}

fn of_server(error: &RedisError) -> RedisFailure {
  let detail = error.detail().unwrap_or_default();
  match error.code() == Some("WRONGTYPE") || detail.contains("is not an integer") {
    true => RedisFailure::TypeError(detail.to_owned()),
    false => failure_of(error, "the server").into(),
  }
}

/// Adds what a value has; says whether there was room for it.
fn lay_out(value: Value, replies: &mut Vec<RedisReply>, left: &mut usize) -> bool {
  let reply = match value {
    Value::Nil => RedisReply::Nil,
    Value::Int(number) => RedisReply::Integer(number),
    Value::BulkString(bytes) | Value::BigNumber(bytes) => RedisReply::Bytes(bytes),
    Value::SimpleString(text) => RedisReply::Status(text),
    Value::Okay => RedisReply::Status("OK".to_owned()),
    Value::Double(number) => RedisReply::Bytes(number.to_string().into_bytes()),
    Value::Boolean(is_true) => RedisReply::Integer(is_true.into()),
    Value::VerbatimString { text, .. } => RedisReply::Bytes(text.into_bytes()),
    Value::ServerError(error) => {
      RedisReply::Status(format!("{} {}", error.code(), error.details().unwrap_or_default()))
    }
    Value::Attribute { data, .. } => return lay_out(*data, replies, left),
    Value::Array(values) | Value::Set(values) | Value::Push { data: values, .. } => {
      return values.into_iter().all(|value| lay_out(value, replies, left));
    }
    Value::Map(pairs) => {
      return pairs.into_iter().all(|(key, value)| lay_out(key, replies, left) && lay_out(value, replies, left));
    }
    // A kind that is not known yet.
    _ => RedisReply::Nil,
  };
  let size = size_of::<RedisReply>()
    + match &reply {
      RedisReply::Nil | RedisReply::Integer(_) => 0,
      RedisReply::Status(text) => text.len(),
      RedisReply::Bytes(bytes) => bytes.len(),
    };
  let has_room = size <= *left;
  *left = left.saturating_sub(size);
  replies.push(reply);
  has_room
}
