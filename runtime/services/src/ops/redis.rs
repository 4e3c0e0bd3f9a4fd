//! Redis servers.

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::ToJsBuffer;
use deno_core::error::ResourceError;
use deno_core::op2;
use deno_core::v8;
use plugin_wire::services::RedisReply;
use serde::Deserialize;
use serde::Serialize;

use crate::ops::BigInteger;
use crate::ops::Given;
use crate::ops::big_integer;
use crate::ops::connection::Session;
use crate::ops::connection::add;
use crate::ops::connection::until_closed;
use crate::ops::granted;
use crate::redis::Argument;
use crate::redis::RedisFailure;
use crate::redis::RedisSession;

impl Session for RedisSession {
  type Failure = RedisFailure;
  const NAME: &str = "redisConnection";

  fn closed(message: String) -> RedisFailure {
    RedisFailure::Other(message)
  }
}

/// The number of a new connection to a server, if the component may connect to it. It is not connected yet.
#[op2]
#[serde]
pub(crate) fn op_redis_open(
  scope: &mut v8::PinScope<'_, '_>,
  state: &mut OpState,
  #[smi] rid: ResourceId,
  #[string] address: &str,
) -> Result<Given<ResourceId, RedisFailure>, ResourceError> {
  let granted = granted(state, rid)?;
  let opened = granted.redis(address, granted.guest(plugbay_http::request_id(scope)));
  Ok(opened.map(|session| add(state, session)).into())
}

/// Connects, if it is not done yet.
#[op2]
#[serde]
pub(crate) async fn op_redis_connect(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
) -> Result<Given<(), RedisFailure>, ResourceError> {
  until_closed(state, rid, async |session: &RedisSession| session.connect().await).await
}

/// What a command is about: one of them is there.
#[derive(Deserialize)]
pub(crate) struct Passed {
  integer: Option<i64>,
  text: Option<String>,
  bytes: Option<JsBuffer>,
}

impl From<Passed> for Argument {
  fn from(passed: Passed) -> Self {
    match passed {
      Passed { integer: Some(number), .. } => Self::Integer(number),
      Passed { text: Some(text), .. } => Self::Bytes(text.into_bytes()),
      Passed { bytes, .. } => Self::Bytes(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default()),
    }
  }
}

/// A part of an answer, as the interfaces have it; a text is what was asked for as one.
#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "lowercase")]
pub(crate) enum Shown {
  Nil,
  Status(String),
  Int64(BigInteger),
  Binary(ToJsBuffer),
  Text(String),
}

/// What the server answers to a command. Its bytes are given as texts where that is asked for.
#[op2]
#[serde]
pub(crate) async fn op_redis_ask(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] command: String,
  #[serde] arguments: Vec<Passed>,
  texts: bool,
) -> Result<Given<Vec<Shown>, RedisFailure>, ResourceError> {
  let arguments = arguments.into_iter().map(Argument::from).collect();
  let shown = |reply| {
    Ok(match reply {
      RedisReply::Nil => Shown::Nil,
      RedisReply::Status(text) => Shown::Status(text),
      RedisReply::Integer(number) => Shown::Int64(big_integer(number)),
      RedisReply::Bytes(bytes) if texts => Shown::Text(
        String::from_utf8(bytes).map_err(|_| RedisFailure::TypeError("what is there is no text".to_owned()))?,
      ),
      RedisReply::Bytes(bytes) => Shown::Binary(bytes.into()),
    })
  };
  let ask = async |session: &RedisSession| session.ask(command, arguments).await?.into_iter().map(shown).collect();
  until_closed(state, rid, ask).await
}
