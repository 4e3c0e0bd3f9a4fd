//! Connects to Redis servers.

use std::sync::Arc;
use std::time::Duration;

use redis::AsyncConnectionConfig;
use redis::Cmd;
use redis::ConnectionAddr;
use redis::IntoConnectionInfo;
use redis::RedisConnectionInfo;
use redis::RedisResult;
use redis::Value;
use redis::aio::MultiplexedConnection;

use crate::Failure;
use crate::Limits;
use crate::redis::fault::failure_of;
use crate::redis::framing::Replies;
use crate::servers::Address;
use crate::servers::Asker;
use crate::servers::Bounded;
use crate::servers::Driven;
use crate::servers::ServerStream;

/// A Redis server, and what one says to be let in.
#[derive(Clone, Debug)]
pub struct RedisServer {
  pub(crate) address: Address,
  is_secure: bool,
  login: RedisConnectionInfo,
}

impl RedisServer {
  /// Of a URL: `redis://user:password@host:port/database`, or `rediss://` for TLS. Nothing if it is none.
  #[must_use]
  pub fn parse(url: &str) -> Option<Self> {
    let (is_secure, rest) = match url.strip_prefix("rediss://") {
      Some(rest) => (true, rest),
      None => (false, url.strip_prefix("redis://")?),
    };
    let info = format!("redis://{rest}").into_connection_info().ok()?;
    let ConnectionAddr::Tcp(host, port) = info.addr().clone() else { return None };
    let address = Address { scheme: if is_secure { "rediss" } else { "redis" }, host, port };
    Some(Self { address, is_secure, login: info.redis_settings().clone().set_skip_set_lib_name() })
  }

  /// Its address without user and password, for people.
  #[must_use]
  pub fn name(&self) -> String {
    self.address.to_string()
  }

  /// User, password and database.
  #[must_use]
  pub fn login(&self) -> &RedisConnectionInfo {
    &self.login
  }

  /// A connection of the host's on which nothing is said yet, by TLS if the URL says so. A reply, or a message, that
  /// takes more than `most` bytes of memory ends it.
  ///
  /// # Errors
  ///
  /// When it cannot be reached within `patience`, or its certificate is not one that the system trusts.
  pub async fn connect(&self, patience: Duration, most: usize) -> Result<Box<dyn ServerStream>, Failure> {
    self.connect_for(None, patience, most).await
  }

  async fn connect_for(
    &self,
    asker: Option<&Asker>,
    patience: Duration,
    most: usize,
  ) -> Result<Box<dyn ServerStream>, Failure> {
    let stream = self.address.connect(asker, patience).await?;
    let replies = Replies::new(most);
    if !self.is_secure {
      return Ok(Box::new(Bounded::new(stream, replies)));
    }
    match tokio::time::timeout(patience, self.address.secure(stream)).await {
      Ok(Ok(secure)) => Ok(Box::new(Bounded::new(secure, replies))),
      Ok(Err(error)) => Err(Failure::Other(match error.get_ref().and_then(|error| error.downcast_ref()) {
        Some(rustls::Error::InvalidCertificate(why)) => format!(
          "the certificate of {} is not trusted ({why}); the system's roots, or the file that SSL_CERT_FILE names, must \
           have who has signed it",
          self.address
        ),
        _ => format!("{} does not speak TLS: {error}", self.address),
      })),
      Err(_) => Err(self.address.late(patience)),
    }
  }

  /// A connection that asks `name` for what it is told.
  pub(crate) async fn log_in(&self, asker: Option<&Asker>, limits: &Limits, name: &str) -> Result<Connection, Failure> {
    let stream = self.connect_for(asker, limits.wait, limits.answer_bytes()).await?;
    // Who asks has one of its own.
    let settings = AsyncConnectionConfig::new().set_response_timeout(None);
    let begun = MultiplexedConnection::new_with_config(&self.login, stream, settings);
    let (connection, driver) = match tokio::time::timeout(limits.wait, begun).await {
      Ok(begun) => begun.map_err(|error| failure_of(&error, name))?,
      Err(_) => return Err(self.address.late(limits.wait)),
    };
    Ok(Connection { connection, _driven: Arc::new(Driven::new(driver)) })
  }
}

/// A connection that several may have, and that goes on while somebody does.
#[derive(Clone)]
pub(crate) struct Connection {
  connection: MultiplexedConnection,
  _driven: Arc<Driven<()>>,
}

impl Connection {
  /// What the server answers to a command; nothing if it does not answer in time.
  pub(crate) async fn ask(&mut self, command: &Cmd, limits: &Limits) -> Option<RedisResult<Value>> {
    tokio::time::timeout(limits.statement, command.query_async(&mut self.connection)).await.ok()
  }
}

/// What is said when it does not.
pub(crate) fn late(name: &str, limits: &Limits) -> Failure {
  Failure::Other(format!("{name} has not answered within {:?}", limits.statement))
}
