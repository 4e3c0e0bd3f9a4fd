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
use crate::Servers;
use crate::redis::fault::failure_of;
use crate::servers::Address;
use crate::servers::Stream;

/// A server, and what one says to be let in.
#[derive(Clone)]
pub(crate) struct Server {
  pub(crate) address: Address,
  is_secure: bool,
  login: RedisConnectionInfo,
}

impl Server {
  /// Of a URL: `redis://user:password@host:port/database`, or `rediss://` for TLS. Nothing if it is none.
  pub(crate) fn parse(url: &str) -> Option<Self> {
    let (is_secure, rest) = match url.strip_prefix("rediss://") {
      Some(rest) => (true, rest),
      None => (false, url.strip_prefix("redis://")?),
    };
    let info = format!("redis://{rest}").into_connection_info().ok()?;
    let ConnectionAddr::Tcp(host, port) = info.addr().clone() else { return None };
    let address = Address { scheme: "redis", host, port };
    Some(Self { address, is_secure, login: info.redis_settings().clone().set_skip_set_lib_name() })
  }

  /// A connection that asks `name` for what it is told.
  pub(crate) async fn connect(
    &self,
    servers: Option<Arc<dyn Servers>>,
    limits: &Limits,
    name: &str,
  ) -> Result<MultiplexedConnection, Failure> {
    let stream = self.address.connect(servers.as_deref(), limits.wait).await?;
    let Address { host, port, .. } = &self.address;
    let begun = async {
      let stream: Box<dyn Stream> = match self.is_secure {
        true => match self.address.secure(stream).await {
          Ok(secure) => Box::new(secure),
          Err(error) => return Err(Failure::Other(format!("redis://{host}:{port} does not speak TLS: {error}"))),
        },
        false => Box::new(stream),
      };
      // `ask` has its own.
      let settings = AsyncConnectionConfig::new().set_response_timeout(None);
      let begun = MultiplexedConnection::new_with_config(&self.login, stream, settings).await;
      begun.map_err(|error| failure_of(&error, name))
    };
    let patience: Duration = limits.wait;
    let (connection, driver) = match tokio::time::timeout(patience, begun).await {
      Ok(begun) => begun?,
      Err(_) => return Err(Failure::Other(format!("redis://{host}:{port} does not answer within {patience:?}"))),
    };
    // It ends when the connection is dropped.
    tokio::spawn(driver);
    Ok(connection)
  }
}

/// What a server answers to a command; nothing if it does not answer in time.
pub(crate) async fn ask(
  connection: &mut MultiplexedConnection,
  command: &Cmd,
  limits: &Limits,
) -> Option<RedisResult<Value>> {
  tokio::time::timeout(limits.statement, command.query_async(connection)).await.ok()
}

/// What is said when it does not.
pub(crate) fn late(name: &str, limits: &Limits) -> Failure {
  Failure::Other(format!("{name} has not answered within {:?}", limits.statement))
}
