//! The connections of a plugin, by their numbers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use plugbay_core::OpFailure;
use plugbay_http::Caller;
use plugbay_http::Exchanged;
use plugin_wire::services::Connect;

use crate::Failure;
use crate::SqlSession;
use crate::postgres::PostgresSession;
use crate::redis::RedisSession;
use crate::requests::grants::PluginGrants;
use crate::requests::grants::nothing_granted;
use crate::requests::http;

/// How many connections a plugin may have at a time.
const MOST: usize = 256;

#[derive(Clone)]
enum Connection {
  Database(Arc<dyn SqlSession>),
  Redis(RedisSession),
  Postgres(PostgresSession),
  Http(Arc<Exchanged>),
}

/// A connection goes when its number is given up and the last request that uses it is done.
#[derive(Default)]
pub(super) struct Connections(Mutex<Numbered>);

#[derive(Default)]
struct Numbered {
  last: u32,
  open: BTreeMap<u32, Connection>,
}

/// The number of a connection of which the plugin does not know yet: nobody would give it up.
pub(super) struct Connected {
  number: Option<u32>,
  connections: Arc<Connections>,
}

impl Connected {
  /// The number, for the plugin.
  pub(super) fn take(mut self) -> u32 {
    self.number.take().expect("it is taken once")
  }
}

impl Drop for Connected {
  fn drop(&mut self) {
    if let Some(number) = self.number {
      self.connections.close(number);
    }
  }
}

impl Connections {
  /// Makes a connection, for the sake of the request that `caller` says.
  pub(super) async fn connect(
    self: &Arc<Self>,
    grants: &PluginGrants,
    to: Connect,
    caller: Caller,
  ) -> Result<Connected, OpFailure> {
    let connection = match to {
      Connect::Database(name) => Connection::Database(grants.services()?.database(&name)?.connect()),
      Connect::Http(request) => {
        let outbound = grants.outbound.as_ref().ok_or_else(|| nothing_granted("no way to other servers"))?;
        Connection::Http(Arc::new(http::begin(outbound, request, caller)?))
      }
      Connect::Redis(address) => {
        let granted = grants.services()?;
        let session = granted.redis(&address, granted.asker())?;
        session.connect().await?;
        Connection::Redis(session)
      }
      Connect::Postgres(address) => {
        let granted = grants.services()?;
        let session = granted.postgres(&address, granted.asker())?;
        session.connect().await?;
        Connection::Postgres(session)
      }
    };
    let Numbered { last, open } = &mut *self.lock();
    if open.len() >= MOST {
      return Err(
        Failure::Full(format!("the plugin has {MOST} connections open: drop those that it is done with")).into(),
      );
    }
    // A number that has been given up is given out again when all others were.
    loop {
      *last = last.wrapping_add(1);
      if !open.contains_key(last) {
        open.insert(*last, connection);
        return Ok(Connected { number: Some(*last), connections: self.clone() });
      }
    }
  }

  /// Gives a connection up, if it is there.
  pub(super) fn close(&self, number: u32) {
    let closed = self.lock().open.remove(&number);
    // After the lock: SQLite may roll a transaction back.
    drop(closed);
  }

  pub(super) fn database(&self, number: u32) -> Result<Arc<dyn SqlSession>, OpFailure> {
    match self.get(number)? {
      Connection::Database(session) => Ok(session),
      _ => Err(OpFailure::service_failed(format!("connection {number} is not to a database"))),
    }
  }

  pub(super) fn redis(&self, number: u32) -> Result<RedisSession, OpFailure> {
    match self.get(number)? {
      Connection::Redis(session) => Ok(session),
      _ => Err(OpFailure::service_failed(format!("connection {number} is not to a Redis server"))),
    }
  }

  pub(super) fn postgres(&self, number: u32) -> Result<PostgresSession, OpFailure> {
    match self.get(number)? {
      Connection::Postgres(session) => Ok(session),
      _ => Err(OpFailure::service_failed(format!("connection {number} is not to a PostgreSQL server"))),
    }
  }

  pub(super) fn http(&self, number: u32) -> Result<Arc<Exchanged>, OpFailure> {
    match self.get(number)? {
      Connection::Http(exchanged) => Ok(exchanged),
      _ => Err(OpFailure::service_failed(format!("connection {number} is not for an HTTP request"))),
    }
  }

  fn get(&self, number: u32) -> Result<Connection, OpFailure> {
    let found = self.lock().open.get(&number).cloned();
    found.ok_or_else(|| OpFailure::service_failed(format!("there is no connection {number}")))
  }

  fn lock(&self) -> MutexGuard<'_, Numbered> {
    self.0.lock().unwrap_or_else(PoisonError::into_inner)
  }
}
