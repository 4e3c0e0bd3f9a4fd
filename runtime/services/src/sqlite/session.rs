//! Databases for components: a file each, and connections that are one component instance's alone.

use std::sync::Arc;

use futures::FutureExt;
use rusqlite::ErrorCode;
use rusqlite::Statement;
use rusqlite::params_from_iter;
use rusqlite::types::ToSqlOutput;
use rusqlite::types::ValueRef;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use crate::Answer;
use crate::Executed;
use crate::Failure;
use crate::Limits;
use crate::Sql;
use crate::SqlSession;
use crate::Value;
use crate::sql;
use crate::sqlite::Database;
use crate::sqlite::database::Lease;
use crate::sqlite::database::Opened;

/// Bytes of a statement that is kept as compiled.
const MOST_KEPT: usize = 4096;

/// A database in a file.
pub(crate) struct SqliteSql {
  database: Arc<Database>,
}

impl SqliteSql {
  pub(crate) fn new(database: Arc<Database>) -> Self {
    Self { database }
  }
}

impl Sql for SqliteSql {
  fn connect(self: Arc<Self>) -> Arc<dyn SqlSession> {
    Arc::new(SqliteSession { database: self.database.clone(), used: Mutex::new(None) })
  }
}

/// A connection, which is leased when the first statement is run.
struct SqliteSession {
  database: Arc<Database>,
  used: Mutex<Option<Lease>>,
}

impl SqliteSession {
  /// Does something with the connection.
  fn run<T: Send + 'static>(&self, work: impl Work<T>) -> Answer<'_, T> {
    async move {
      let mut used = self.used.lock().await;
      let lease = match used.take() {
        Some(lease) => lease,
        None => self.database.lease().await?,
      };
      let database = self.database.clone();
      let (lease, done) = lease.run(move |opened| run(&database, opened, work)).await;
      *used = lease;
      done
    }
    .boxed()
  }
}

impl SqlSession for SqliteSession {
  fn execute(&self, statement: String, parameters: Vec<Value>) -> Answer<'_, Executed> {
    self.run(move |opened, limits| execute(opened, &statement, &parameters, limits))
  }

  fn execute_all(&self, statements: String) -> Answer<'_, ()> {
    self.run(move |opened, _| opened.connection.execute_batch(&statements).map_err(Fault::Sqlite))
  }
}

/// What is done with a connection.
trait Work<T>: FnOnce(&mut Opened, &Limits) -> Result<T, Fault> + Send + 'static {}

impl<T, F: FnOnce(&mut Opened, &Limits) -> Result<T, Fault> + Send + 'static> Work<T> for F {}

impl Drop for SqliteSession {
  fn drop(&mut self) {
    let Some(lease) = self.used.get_mut().take() else { return };
    if lease.ends_slowly()
      && let Ok(runtime) = Handle::try_current()
    {
      runtime.spawn_blocking(move || drop(lease));
    }
  }
}

fn run<T>(database: &Database, opened: &mut Opened, work: impl Work<T>) -> Result<T, Failure> {
  let executed = work(opened, &database.limits);
  let refused = opened.seen.take_refused();
  executed.map_err(|fault| match fault {
    Fault::TooMuch => {
      let most = database.limits.result_bytes;
      Failure::Other(format!("the statement gives more than {most} bytes; ask for less, as with LIMIT"))
    }
    Fault::Sqlite(error) => match error.sqlite_error_code() {
      Some(ErrorCode::OperationInterrupted) => {
        Failure::Other(format!("the statement took longer than {:?} and was ended", database.limits.statement))
      }
      Some(ErrorCode::AuthorizationForStatementDenied) => {
        Failure::Other(format!("the statement is refused: {}", refused.unwrap_or_default()))
      }
      _ => database.failure_of(&error),
    },
  })
}

enum Fault {
  Sqlite(rusqlite::Error),
  TooMuch,
}

impl From<rusqlite::Error> for Fault {
  fn from(error: rusqlite::Error) -> Self {
    Self::Sqlite(error)
  }
}

fn execute(opened: &Opened, statement: &str, parameters: &[Value], limits: &Limits) -> Result<Executed, Fault> {
  // Large ones are not kept: many of them would fill the memory.
  let (mut kept, mut passing);
  let prepared: &mut Statement<'_> = if statement.len() <= MOST_KEPT {
    kept = opened.connection.prepare_cached(statement)?;
    &mut kept
  } else {
    passing = opened.connection.prepare(statement)?;
    &mut passing
  };
  let columns: Vec<_> = prepared.column_names().map(str::to_owned).collect();
  let (mut rows, mut size) = (Vec::new(), 0);
  let mut found = prepared.query(params_from_iter(parameters.iter().map(bound)))?;
  while let Some(row) = found.next()? {
    let mut values = Vec::with_capacity(columns.len());
    for column in 0..columns.len() {
      let value = value_of(row.get_ref(column)?);
      size += sql::size(&value);
      if size > limits.result_bytes {
        return Err(Fault::TooMuch);
      }
      values.push(value);
    }
    rows.push(values);
  }
  drop(found);
  let (last_insert_rowid, changes) = opened.last_changes();
  Ok(Executed { columns, rows, last_insert_rowid, changes })
}

fn value_of(value: ValueRef<'_>) -> Value {
  match value {
    ValueRef::Null => Value::Null,
    ValueRef::Integer(number) => Value::Integer(number),
    ValueRef::Real(number) => Value::Real(number),
    ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
    ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
  }
}

/// A value as a parameter.
fn bound(value: &Value) -> ToSqlOutput<'_> {
  ToSqlOutput::Borrowed(match value {
    Value::Null => ValueRef::Null,
    Value::Integer(number) => ValueRef::Integer(*number),
    Value::Real(number) => ValueRef::Real(*number),
    Value::Text(text) => ValueRef::Text(text.as_bytes()),
    Value::Blob(bytes) => ValueRef::Blob(bytes),
  })
}
