//! A connection to a PostgreSQL server: one that a component has opened, or one to a database that is named.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio_postgres::Client;

use crate::Limits;
use crate::postgres::failure::PostgresFailure;
use crate::postgres::failure::Unconnected;
use crate::postgres::pool::Addresses;
use crate::postgres::pool::Pooled;
use crate::postgres::pool::Pools;
use crate::postgres::pool::ServerPool;
use crate::postgres::rows::rows_of;
use crate::postgres::server::Server;
use crate::postgres::value::PostgresValue;
use crate::postgres::value::kind_of;
use crate::servers::Asker;
use crate::servers::on_io;

/// A connection, which is had when that is first asked for: a new one, or one that somebody else is done with. One
/// statement runs at a time.
#[derive(Clone)]
pub(crate) struct PostgresSession {
  inner: Arc<Inner>,
}

struct Inner {
  pool: ServerPool,
  /// Who asks, if it is not the host.
  asker: Option<Asker>,
  /// What the server is called where its address is for the operator alone. When such a connection is lost, which
  /// whoever asks then is told, the next one who asks has another.
  name: Option<String>,
  limits: Limits,
  state: Mutex<State>,
}

enum State {
  Unconnected,
  Connected(Pooled),
  /// It is lost, or a statement took too long.
  Closed,
}

impl Drop for Inner {
  fn drop(&mut self) {
    if let State::Connected(connection) = std::mem::replace(self.state.get_mut(), State::Closed) {
      connection.give_back();
    }
  }
}

/// What a statement gave.
#[derive(Debug)]
pub(crate) struct Rows {
  /// The names of the columns, and the kinds of their values.
  pub(crate) columns: Vec<(String, &'static str)>,
  pub(crate) rows: Vec<Vec<PostgresValue>>,
}

impl PostgresSession {
  /// To a server that `asker` may connect to, by one of its pools. It is not connected yet.
  pub(crate) fn new(
    address: &str,
    asker: Asker,
    limits: Limits,
    pools: &Arc<Pools>,
    addresses: &Addresses,
  ) -> Result<Self, PostgresFailure> {
    let server = Server::parse(address)?;
    server.check(&asker)?;
    let pool = addresses.pool(address, || pools.pool(server, Some(asker.for_all())));
    Ok(Self::of(pool, Some(asker), None, limits))
  }

  /// To a server that the operator has given a name.
  pub(super) fn named(pool: ServerPool, name: String, limits: Limits) -> Self {
    Self::of(pool, None, Some(name), limits)
  }

  fn of(pool: ServerPool, asker: Option<Asker>, name: Option<String>, limits: Limits) -> Self {
    Self { inner: Arc::new(Inner { pool, asker, name, limits, state: Mutex::new(State::Unconnected) }) }
  }

  /// Connects, if it is not done yet.
  pub(crate) async fn connect(&self) -> Result<(), PostgresFailure> {
    self.run(|_| async { Ok(()) }.boxed()).await
  }

  /// Runs a statement; gives its rows.
  pub(crate) async fn query(&self, statement: String, values: Vec<PostgresValue>) -> Result<Rows, PostgresFailure> {
    let most = self.inner.limits.result_bytes;
    self.run(move |client| async move { query(client, &statement, &values, most).await }.boxed()).await
  }

  /// Runs a statement; gives how many rows it has changed.
  pub(crate) async fn execute(&self, statement: String, values: Vec<PostgresValue>) -> Result<u64, PostgresFailure> {
    self.run(move |client| async move { execute(client, &statement, &values).await }.boxed()).await
  }

  /// Does something with the connection, which is made first.
  pub(super) async fn run<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, PostgresFailure> {
    let inner = self.inner.clone();
    on_io(async move { inner.run(work).await }).await
  }
}

impl Inner {
  /// The server ends what takes too long; one that does not is not asked again.
  async fn run<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, PostgresFailure> {
    let mut state = self.state.lock().await;
    if matches!(*state, State::Unconnected) || matches!(*state, State::Closed) && self.name.is_some() {
      *state = self.connected().await?;
    }
    let State::Connected(connection) = &mut *state else {
      return Err(PostgresFailure::ConnectionFailed("the connection is closed; open another".to_owned()));
    };
    let Limits { statement: patience, wait, .. } = self.limits;
    let done = match tokio::time::timeout(patience + wait, work(connection.client())).await {
      Ok(Err(lost @ PostgresFailure::ConnectionFailed(_))) => Err(match connection.unread().await {
        Some(unread) => PostgresFailure::QueryFailed(format!("{unread}: the connection is closed; ask for less")),
        None => lost,
      }),
      Ok(done) => return done,
      Err(_) => Err(PostgresFailure::late(patience)),
    };
    if let State::Connected(connection) = std::mem::replace(&mut *state, State::Closed) {
      connection.close();
    }
    done
  }

  async fn connected(&self) -> Result<State, PostgresFailure> {
    let failure = match self.pool.take().await {
      Ok(connection) => return Ok(State::Connected(connection)),
      Err(Unconnected::Failed(failure)) => failure,
      Err(Unconnected::Refused(why)) => {
        self.asker.iter().for_each(|asker| asker.log(&why));
        PostgresFailure::ConnectionFailed(why)
      }
    };
    Err(match &self.name {
      None => failure,
      Some(name) => {
        tracing::error!("{name}: {failure}");
        PostgresFailure::ConnectionFailed(format!("{name} cannot be reached"))
      }
    })
  }
}

/// What is done with a connection.
pub(super) trait Work<T>:
  for<'c> FnOnce(&'c Client) -> BoxFuture<'c, Result<T, PostgresFailure>> + Send + 'static
{
}

impl<T, F: for<'c> FnOnce(&'c Client) -> BoxFuture<'c, Result<T, PostgresFailure>> + Send + 'static> Work<T> for F {}

async fn execute(client: &Client, statement: &str, values: &[PostgresValue]) -> Result<u64, PostgresFailure> {
  let of_query = |error: tokio_postgres::Error| PostgresFailure::of_query(&error);
  let values = values.iter().map(PostgresValue::to_sql).collect::<Result<Vec<_>, _>>()?;
  let statement = client.prepare(statement).await.map_err(of_query)?;
  client.execute_raw(&statement, values).await.map_err(of_query)
}

async fn query(
  client: &Client,
  statement: &str,
  values: &[PostgresValue],
  most: usize,
) -> Result<Rows, PostgresFailure> {
  let values = values.iter().map(PostgresValue::to_sql).collect::<Result<Vec<_>, _>>()?;
  let statement = client.prepare(statement).await.map_err(|error| PostgresFailure::of_query(&error))?;
  let (mut columns, mut readers) = (Vec::new(), Vec::new());
  for column in statement.columns() {
    let (kind, read) = kind_of(column.type_());
    columns.push((column.name().to_owned(), kind));
    readers.push(read);
  }
  let (rows, _) = rows_of(client, &statement, values, &readers, most).await?;
  Ok(Rows { columns, rows })
}
