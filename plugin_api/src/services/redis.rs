//! Redis servers.

use plugin_wire::WireError;
use plugin_wire::services::Bytes;
use plugin_wire::services::Connect;
use plugin_wire::services::RedisReply;
use plugin_wire::services::Request;
use plugin_wire::services::read;
use serde::de::Error;

use super::asked::Asked;
use super::connection::ConnectionTo;
use super::handle::Services;

/// A Redis server.
#[derive(Clone, Debug)]
pub struct Redis {
  pub(super) services: Services,
  pub(super) address: String,
}

impl Redis {
  /// A connection of the plugin's own.
  pub fn connect(&self) -> Asked<RedisConnection> {
    self.services.connect(Connect::Redis(self.address.clone()))
  }
}

/// A connection to a Redis server. Its clones are the same one; it is closed with the last.
pub type RedisConnection = ConnectionTo<Redis>;

impl RedisConnection {
  /// What the server answers to any command; lists are laid out flat. Commands that wait for messages, such as
  /// `SUBSCRIBE`, are refused.
  ///
  /// ```
  /// # use plugin_api::{OpError, services::{RedisConnection, RedisReply}};
  /// # async fn range(redis: RedisConnection) -> Result<Vec<RedisReply>, OpError> {
  /// redis.command("LRANGE", ["list", "0", "-1"]).await
  /// # }
  /// ```
  pub fn command(
    &self,
    command: &str,
    arguments: impl IntoIterator<Item = impl AsRef<[u8]>>,
  ) -> Asked<Vec<RedisReply>> {
    self.open.ask(request(command, arguments))
  }

  /// What a key has; `None` when it is not there.
  pub fn get(&self, key: &str) -> Asked<Option<Vec<u8>>> {
    self.open.ask_as(request("GET", [key]), |bytes, _| match one(bytes)? {
      RedisReply::Nil => Ok(None),
      RedisReply::Bytes(bytes) => Ok(Some(bytes)),
      RedisReply::Status(text) => Ok(Some(text.into_bytes())),
      RedisReply::Integer(number) => Ok(Some(number.to_string().into_bytes())),
    })
  }

  /// Gives a key a value.
  pub fn set(&self, key: &str, value: impl AsRef<[u8]>) -> Asked<()> {
    self.open.ask_as(request("SET", [key.as_bytes(), value.as_ref()]), |bytes, _| one(bytes).map(drop))
  }

  /// Takes keys out; gives how many were there.
  pub fn del(&self, keys: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Asked<i64> {
    self.open.ask_as(request("DEL", keys), |bytes, _| number(bytes))
  }

  /// Adds one to the number that a key has, and gives the new one.
  pub fn incr(&self, key: &str) -> Asked<i64> {
    self.open.ask_as(request("INCR", [key]), |bytes, _| number(bytes))
  }

  /// Sends a message to all who hear a channel; gives how many these are.
  pub fn publish(&self, channel: &str, message: impl AsRef<[u8]>) -> Asked<i64> {
    self.open.ask_as(request("PUBLISH", [channel.as_bytes(), message.as_ref()]), |bytes, _| number(bytes))
  }
}

fn request(command: &str, arguments: impl IntoIterator<Item = impl AsRef<[u8]>>) -> impl FnOnce(u32) -> Request {
  let (command, arguments) = (command.to_string(), arguments.into_iter());
  let arguments = arguments.map(|argument| Bytes(argument.as_ref().to_vec())).collect();
  move |connection| Request::Redis { connection, command, arguments }
}

/// The only part of an answer.
fn one(bytes: &[u8]) -> Result<RedisReply, WireError> {
  let [reply] = read::<[RedisReply; 1]>(bytes)?;
  Ok(reply)
}

fn number(bytes: &[u8]) -> Result<i64, WireError> {
  match one(bytes)? {
    RedisReply::Integer(number) => Ok(number),
    other => Err(WireError::custom(format!("no number but {other:?}"))),
  }
}
