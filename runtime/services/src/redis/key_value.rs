//! A key-value store in a Redis server. Keys and values are there as they are, as Spin has them: stores with the same
//! URL are one.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::FutureExt;
use redis::Cmd;
use redis::FromRedisValue;
use redis::RedisError;
use redis::RedisResult;
use redis::Value;
use redis::cmd;
use redis::from_redis_value;
use tokio::sync::Mutex;

use crate::Answer;
use crate::Failure;
use crate::KeyValue;
use crate::Limits;
use crate::redis::fault::failure_of;
use crate::redis::server::Connection;
use crate::redis::server::RedisServer;
use crate::redis::server::late;
use crate::servers::on_io;

/// How many keys the server looks at for one answer.
const SCANNED: usize = 1000;
/// Gives a key a value if it has the expected one; says whether it did.
const EXCHANGE: &str =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) return 1 end return 0";

/// A store. Its connection is made when it is first used, and again when it is lost.
pub(crate) struct RedisKeyValue {
  store: Arc<Store>,
}

struct Store {
  server: RedisServer,
  /// For messages.
  name: String,
  limits: Limits,
  connection: Mutex<Option<Connection>>,
}

/// What may be done once more when the connection is lost, and nobody knows whether it was done.
#[derive(Clone, Copy, PartialEq)]
enum Again {
  Yes,
  No,
}

impl RedisKeyValue {
  /// The store of a name at a URL. Nothing if that is none of a Redis server.
  pub(crate) fn new(name: &str, url: &str, limits: Limits) -> Option<Self> {
    let server = RedisServer::parse(url)?;
    let name = format!("the key-value store {name}");
    Some(Self { store: Arc::new(Store { server, name, limits, connection: Mutex::default() }) })
  }

  /// What the server answers.
  fn ask<T: FromRedisValue + Send + 'static>(&self, again: Again, command: Cmd) -> Answer<'_, T> {
    let store = self.store.clone();
    on_io(async move { store.ask(again, &command).await }).boxed()
  }
}

impl Store {
  async fn ask<T: FromRedisValue>(&self, again: Again, command: &Cmd) -> Result<T, Failure> {
    let mut answered = self.ask_once(command).await?;
    if let Err(error) = &answered
      && again == Again::Yes
      && error.is_connection_dropped()
    {
      answered = self.ask_once(command).await?;
    }
    let of_server = |error| failure_of(&error, &self.name);
    let value = answered.map_err(of_server)?;
    from_redis_value(value).map_err(|error| of_server(error.into()))
  }

  async fn ask_once(&self, command: &Cmd) -> Result<RedisResult<Value>, Failure> {
    let mut connection = self.connection().await?;
    let answered = connection.ask(command, &self.limits).await;
    let is_lost = |error: &RedisError| error.is_unrecoverable_error() || error.is_io_error();
    if answered.as_ref().is_none_or(|answered| answered.as_ref().is_err_and(is_lost)) {
      // Another one may be there already; then it is made once more than it need be.
      self.connection.lock().await.take();
    }
    answered.ok_or_else(|| late(&self.name, &self.limits))
  }

  async fn connection(&self) -> Result<Connection, Failure> {
    let mut connection = self.connection.lock().await;
    if let Some(connection) = &*connection {
      return Ok(connection.clone());
    }
    let made = self.server.log_in(None, &self.limits, &self.name).await.map_err(|failure| {
      // Where the server is, is for the operator alone.
      tracing::error!("{}: {failure}", self.name);
      Failure::Other(format!("{} cannot be reached", self.name))
    })?;
    Ok(connection.insert(made).clone())
  }

  fn too_much(&self, what: &str) -> Failure {
    Failure::Other(format!("the {what} have more than {} bytes", self.limits.result_bytes))
  }
}

impl KeyValue for RedisKeyValue {
  fn get(&self, key: String) -> Answer<'_, Option<Vec<u8>>> {
    async move {
      let value: Option<Vec<u8>> = self.ask(Again::Yes, cmd("GET").arg(key).take()).await?;
      match value.as_ref().map_or(0, Vec::len) > self.store.limits.result_bytes {
        true => Err(self.store.too_much("values")),
        false => Ok(value),
      }
    }
    .boxed()
  }

  fn set(&self, key: String, value: Vec<u8>) -> Answer<'_, ()> {
    match self.store.limits.check(&key, &value) {
      Err(failure) => failure.answer(),
      Ok(()) => self.ask(Again::Yes, cmd("SET").arg(key).arg(value).take()),
    }
  }

  fn delete(&self, key: String) -> Answer<'_, ()> {
    self.delete_many(vec![key])
  }

  fn exists(&self, key: String) -> Answer<'_, bool> {
    self.ask(Again::Yes, cmd("EXISTS").arg(key).take())
  }

  /// In the order of the keys, for which the server looks at all of them each time.
  fn keys(&self, after: Option<String>, most: usize) -> Answer<'_, Vec<String>> {
    let Limits { statement: patience, result_bytes, .. } = self.store.limits;
    let scanned = async move {
      let (mut found, mut size, mut cursor) = (BTreeSet::<String>::new(), 0, "0".to_owned());
      loop {
        let command = cmd("SCAN").arg(&cursor).arg("COUNT").arg(SCANNED).take();
        let (next, page): (String, Vec<Vec<u8>>) = self.ask(Again::Yes, command).await?;
        // Keys that are no text are not a component's.
        for key in page.into_iter().filter_map(|key| String::from_utf8(key).ok()) {
          let length = key.len();
          if after.as_ref().is_none_or(|after| key > *after) && found.insert(key) {
            size += length;
          }
          if found.len() > most {
            size -= found.pop_last().map_or(0, |last| last.len());
          }
        }
        if size > result_bytes {
          return Err(self.store.too_much("keys"));
        }
        cursor = next;
        if cursor == "0" {
          return Ok(found.into_iter().collect());
        }
      }
    };
    // A server may have the cursor go on without an end.
    async move {
      let scanned = tokio::time::timeout(patience, scanned).await;
      scanned.unwrap_or_else(|_| Err(late(&self.store.name, &self.store.limits)))
    }
    .boxed()
  }

  /// As Spin has it in Redis, the number is text there.
  fn increment(&self, key: String, delta: i64) -> Answer<'_, i64> {
    match self.store.limits.check_key(&key) {
      Err(failure) => failure.answer(),
      Ok(()) => self.ask(Again::No, cmd("INCRBY").arg(key).arg(delta).take()),
    }
  }

  fn compare_and_swap(&self, key: String, expected: Option<Vec<u8>>, value: Vec<u8>) -> Answer<'_, bool> {
    if let Err(failure) = self.store.limits.check(&key, &value) {
      return failure.answer();
    }
    let Some(expected) = expected else {
      let set = self.ask::<Option<Value>>(Again::No, cmd("SET").arg(key).arg(value).arg("NX").take());
      return async move { Ok(set.await?.is_some()) }.boxed();
    };
    self.ask(Again::No, cmd("EVAL").arg(EXCHANGE).arg(1).arg(key).arg(expected).arg(value).take())
  }

  fn get_many(&self, keys: Vec<String>) -> Answer<'_, Vec<Option<Vec<u8>>>> {
    async move {
      if keys.is_empty() {
        return Ok(Vec::new());
      }
      let values: Vec<Option<Vec<u8>>> = self.ask(Again::Yes, cmd("MGET").arg(keys).take()).await?;
      match values.iter().flatten().map(Vec::len).sum::<usize>() > self.store.limits.result_bytes {
        true => Err(self.store.too_much("values")),
        false => Ok(values),
      }
    }
    .boxed()
  }

  fn set_many(&self, pairs: Vec<(String, Vec<u8>)>) -> Answer<'_, ()> {
    if let Some(failure) = pairs.iter().find_map(|(key, value)| self.store.limits.check(key, value).err()) {
      return failure.answer();
    }
    match pairs.is_empty() {
      true => async { Ok(()) }.boxed(),
      false => self.ask(Again::Yes, cmd("MSET").arg(pairs).take()),
    }
  }

  fn delete_many(&self, keys: Vec<String>) -> Answer<'_, ()> {
    match keys.is_empty() {
      true => async { Ok(()) }.boxed(),
      false => self.ask(Again::Yes, cmd("DEL").arg(keys).take()),
    }
  }
}
