//! A connection to a PostgreSQL server: one that a component has opened, or one to a database that is named.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::sync::OwnedSemaphorePermit;
use tokio_postgres::Client;

use crate::Limits;
use crate::permits::Permits;
use crate::postgres::failure::PostgresFailure;
use crate::postgres::rows::rows_of;
use crate::postgres::server::Server;
use crate::postgres::value::PostgresValue;
use crate::postgres::value::kind_of;
use crate::servers::Asker;
use crate::servers::on_io;

/// A connection, which is made when that is first asked for. One statement runs at a time.
#[derive(Clone)]
pub(crate) struct PostgresSession {
  inner: Arc<Inner>,
}

struct Inner {
  server: Server,
  /// Who connects, if it is not the host.
  asker: Option<Asker>,
  /// What the server is called where its address is for the operator alone. When such a connection is lost, which
  /// whoever asks then is told, the next one who asks has another.
  name: Option<String>,
  limits: Limits,
  permits: Permits,
  state: Mutex<State>,
}

enum State {
  Unconnected,
  Connected {
    client: Client,
    _permit: OwnedSemaphorePermit,
  },
  /// It is lost, or a statement took too long.
  Closed,
}

/// What a statement gave.
#[derive(Debug)]
pub(crate) struct Rows {
  /// The names of the columns, and the kinds of their values.
  pub(crate) columns: Vec<(String, &'static str)>,
  pub(crate) rows: Vec<Vec<PostgresValue>>,
}

impl PostgresSession {
  /// To a server that `asker` may connect to. It is not connected yet.
  pub(crate) fn new(address: &str, asker: Asker, limits: Limits, permits: Permits) -> Result<Self, PostgresFailure> {
    let server = Server::parse(address)?;
    server.check(&asker)?;
    let state = Mutex::new(State::Unconnected);
    Ok(Self { inner: Arc::new(Inner { server, asker: Some(asker), name: None, limits, permits, state }) })
  }

  /// To a server that the operator has given a name.
  pub(super) fn named(server: Server, name: String, limits: Limits, permits: Permits) -> Self {
    let state = Mutex::new(State::Unconnected);
    Self { inner: Arc::new(Inner { server, asker: None, name: Some(name), limits, permits, state }) }
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
    let State::Connected { client, .. } = &*state else {
      return Err(PostgresFailure::ConnectionFailed("the connection is closed; open another".to_owned()));
    };
    let Limits { statement: patience, wait, .. } = self.limits;
    let done = match tokio::time::timeout(patience + wait, work(client)).await {
      Ok(done) if !matches!(done, Err(PostgresFailure::ConnectionFailed(_))) => return done,
      Ok(done) => done,
      Err(_) => Err(PostgresFailure::late(patience)),
    };
    *state = State::Closed;
    done
  }

  async fn connected(&self) -> Result<State, PostgresFailure> {
    let permit = self.permits.take().await.ok_or_else(|| {
      let most = self.limits.postgres_connections;
      PostgresFailure::ConnectionFailed(format!("the app has {most} connections to PostgreSQL servers already"))
    })?;
    let connected = self.server.connect(self.asker.as_ref(), &self.limits).await;
    let client = connected.map_err(|failure| match &self.name {
      None => failure,
      Some(name) => {
        tracing::error!("{name}: {failure}");
        PostgresFailure::ConnectionFailed(format!("{name} cannot be reached"))
      }
    })?;
    Ok(State::Connected { client, _permit: permit })
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
