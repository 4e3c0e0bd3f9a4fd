//! A connection to a PostgreSQL server that a component has opened.

use std::pin::pin;
use std::sync::Arc;

use futures::FutureExt;
use futures::TryStreamExt;
use futures::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::Semaphore;
use tokio_postgres::Client;

use crate::Limits;
use crate::Servers;
use crate::postgres::failure::PostgresFailure;
use crate::postgres::server::Server;
use crate::postgres::value::PostgresValue;
use crate::postgres::value::kind_of;
use crate::servers::on_io;

/// A connection, which is made when that is first asked for. One statement runs at a time.
#[derive(Clone)]
pub(crate) struct PostgresSession {
  server: Server,
  servers: Option<Arc<dyn Servers>>,
  limits: Limits,
  semaphore: Arc<Semaphore>,
  state: Arc<Mutex<State>>,
}

enum State {
  Unconnected,
  Connected {
    client: Client,
    _permit: OwnedSemaphorePermit,
  },
  /// A statement took too long.
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
  /// To a server that `servers` lets one connect to. It is not connected yet.
  pub(crate) fn new(
    address: &str,
    servers: Option<Arc<dyn Servers>>,
    limits: Limits,
    semaphore: Arc<Semaphore>,
  ) -> Result<Self, PostgresFailure> {
    let server = Server::parse(address)?;
    server.check(servers.as_deref())?;
    Ok(Self { server, servers, limits, semaphore, state: Arc::new(Mutex::new(State::Unconnected)) })
  }

  /// Connects, if it is not done yet.
  pub(crate) async fn connect(&self) -> Result<(), PostgresFailure> {
    self.run(|_| async { Ok(()) }.boxed()).await
  }

  /// Runs a statement; gives its rows.
  pub(crate) async fn query(&self, statement: String, values: Vec<PostgresValue>) -> Result<Rows, PostgresFailure> {
    let most = self.limits.result_bytes;
    self.run(move |client| async move { query(client, &statement, &values, most).await }.boxed()).await
  }

  /// Runs a statement; gives how many rows it has changed.
  pub(crate) async fn execute(&self, statement: String, values: Vec<PostgresValue>) -> Result<u64, PostgresFailure> {
    self.run(move |client| async move { execute(client, &statement, &values).await }.boxed()).await
  }

  /// Does something with the connection, which is made first. The server ends what takes too long; one that does not is
  /// not asked again.
  async fn run<T: Send + 'static>(&self, work: impl Work<T>) -> Result<T, PostgresFailure> {
    let session = self.clone();
    on_io(async move {
      let mut state = session.state.lock().await;
      if let State::Unconnected = &*state {
        *state = session.connected().await?;
      }
      let State::Connected { client, .. } = &*state else {
        return Err(PostgresFailure::ConnectionFailed("the connection is closed; open another".to_owned()));
      };
      let Limits { statement: patience, wait, .. } = session.limits;
      match tokio::time::timeout(patience + wait, work(client)).await {
        Ok(done) => done,
        Err(_) => {
          *state = State::Closed;
          Err(PostgresFailure::late(patience))
        }
      }
    })
    .await
  }

  async fn connected(&self) -> Result<State, PostgresFailure> {
    let permit = tokio::time::timeout(self.limits.wait, self.semaphore.clone().acquire_owned()).await;
    let permit = permit.ok().and_then(Result::ok).ok_or_else(|| {
      let most = self.limits.postgres_connections;
      PostgresFailure::ConnectionFailed(format!("the app has {most} connections to PostgreSQL servers already"))
    })?;
    let client = self.server.connect(self.servers.clone(), &self.limits).await?;
    Ok(State::Connected { client, _permit: permit })
  }
}

/// What is done with a connection.
trait Work<T>: for<'c> FnOnce(&'c Client) -> BoxFuture<'c, Result<T, PostgresFailure>> + Send + 'static {}

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
  let of_query = |error: tokio_postgres::Error| PostgresFailure::of_query(&error);
  let values = values.iter().map(PostgresValue::to_sql).collect::<Result<Vec<_>, _>>()?;
  let statement = client.prepare(statement).await.map_err(of_query)?;
  let columns = statement.columns().iter().map(|column| (column.name().to_owned(), kind_of(column.type_()))).collect();
  let (mut rows, mut left) = (Vec::new(), most);
  let mut found = pin!(client.query_raw(&statement, values).await.map_err(of_query)?);
  while let Some(row) = found.try_next().await.map_err(of_query)? {
    let row = (0..row.len()).map(|index| PostgresValue::of(&row, index)).collect::<Result<Vec<_>, _>>()?;
    let size = row.iter().map(PostgresValue::size).sum::<usize>();
    left = left.checked_sub(size).ok_or_else(|| {
      PostgresFailure::QueryFailed(format!("the statement gives more than {most} bytes; ask for less, as with LIMIT"))
    })?;
    rows.push(row);
  }
  Ok(Rows { columns, rows })
}
