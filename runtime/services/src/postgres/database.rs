//! A database in a PostgreSQL server, as whoever runs an app has named it.

use std::sync::Arc;

use bytes::BufMut;
use bytes::BytesMut;
use futures::FutureExt;
use tokio_postgres::Client;
use tokio_postgres::Column;
use tokio_postgres::types::Format;
use tokio_postgres::types::IsNull;
use tokio_postgres::types::ToSql;
use tokio_postgres::types::Type;
use tokio_postgres::types::to_sql_checked;

use crate::Answer;
use crate::Executed;
use crate::Failure;
use crate::Limits;
use crate::Sql;
use crate::SqlSession;
use crate::Value;
use crate::postgres::failure::PostgresFailure;
use crate::postgres::pool::Pools;
use crate::postgres::pool::ServerPool;
use crate::postgres::rows::Cell;
use crate::postgres::rows::Parameter;
use crate::postgres::rows::Read;
use crate::postgres::rows::read;
use crate::postgres::rows::rows_of;
use crate::postgres::server::Server;
use crate::postgres::session::PostgresSession;
use crate::sql::size;

/// A database. Each of its connections is one to the server, which nobody else has meanwhile.
pub(crate) struct PostgresSql {
  pool: ServerPool,
  /// For messages.
  name: String,
  limits: Limits,
}

impl PostgresSql {
  /// The database of a name at a URL. Nothing if that is none of a PostgreSQL server.
  pub(crate) fn new(name: &str, url: &str, limits: Limits, pools: &Arc<Pools>) -> Option<Self> {
    let server = Server::parse(url).ok()?;
    Some(Self { pool: pools.pool(server, None), name: format!("the database {name}"), limits })
  }
}

impl Sql for PostgresSql {
  fn connect(self: Arc<Self>) -> Arc<dyn SqlSession> {
    let session = PostgresSession::named(self.pool.clone(), self.name.clone(), self.limits);
    Arc::new(DatabaseSession { session, most: self.limits.result_bytes })
  }
}

struct DatabaseSession {
  session: PostgresSession,
  /// Bytes of what a statement gives.
  most: usize,
}

impl SqlSession for DatabaseSession {
  fn execute(&self, statement: String, parameters: Vec<Value>) -> Answer<'_, Executed> {
    let most = self.most;
    let executed =
      self.session.run(move |client| async move { execute(client, &statement, parameters, most).await }.boxed());
    async { Ok(executed.await?) }.boxed()
  }

  fn execute_all(&self, statements: String) -> Answer<'_, ()> {
    let executed = self.session.run(move |client| async move { execute_all(client, &statements).await }.boxed());
    async { Ok(executed.await?) }.boxed()
  }
}

impl From<PostgresFailure> for Failure {
  fn from(failure: PostgresFailure) -> Self {
    Self::Other(failure.to_string())
  }
}

async fn execute_all(client: &Client, statements: &str) -> Result<(), PostgresFailure> {
  client.batch_execute(statements).await.map_err(|error| PostgresFailure::of_query(&error))
}

async fn execute(
  client: &Client,
  statement: &str,
  parameters: Vec<Value>,
  most: usize,
) -> Result<Executed, PostgresFailure> {
  let statement = client.prepare(statement).await.map_err(|error| PostgresFailure::of_query(&error))?;
  let columns = statement.columns();
  let readers = columns.iter().map(reader_of).collect::<Result<Vec<_>, _>>()?;
  let parameters = parameters.into_iter().map(|value| Box::new(Passed(value)) as Parameter).collect();
  let (rows, count) = rows_of(client, &statement, parameters, &readers, most).await?;
  let columns = columns.iter().map(|column| column.name().to_owned()).collect::<Vec<_>>();
  // Of a statement that gives rows it is how many it gives.
  let changes = if columns.is_empty() { count } else { 0 };
  Ok(Executed { columns, rows, last_insert_rowid: 0, changes })
}

impl Cell for Value {
  const NULL: Self = Self::Null;

  fn size(&self) -> usize {
    size(self)
  }
}

/// What reads the values of a column, if they fit into one of the kinds that there are.
fn reader_of(column: &Column) -> Result<Read<Value>, PostgresFailure> {
  Ok(match *column.type_() {
    Type::BOOL => |row, index| read(row, index, |is_true: bool| Value::Integer(is_true.into())),
    Type::CHAR => |row, index| read(row, index, |number: i8| Value::Integer(number.into())),
    Type::INT2 => |row, index| read(row, index, |number: i16| Value::Integer(number.into())),
    Type::INT4 => |row, index| read(row, index, |number: i32| Value::Integer(number.into())),
    Type::INT8 => |row, index| read(row, index, Value::Integer),
    Type::OID => |row, index| read(row, index, |number: u32| Value::Integer(number.into())),
    Type::FLOAT4 => |row, index| read(row, index, |number: f32| Value::Real(number.into())),
    Type::FLOAT8 => |row, index| read(row, index, Value::Real),
    Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
      |row, index| read(row, index, Value::Text)
    }
    Type::BYTEA => |row, index| read(row, index, Value::Blob),
    // Of functions that give nothing.
    Type::VOID => |_, _| Ok(Value::Null),
    ref other => {
      let name = column.name();
      return Err(PostgresFailure::ValueConversionFailed(format!(
        "the column {name} is of the type {other}, which is none of those that cross: write {name}::text or another cast"
      )));
    }
  })
}

/// A parameter: bytes as they are, everything else as text, which the server reads as whatever type it needs.
#[derive(Debug)]
struct Passed(Value);

impl ToSql for Passed {
  fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
    let is_bytes = matches!(self.0, Value::Blob(_));
    if is_bytes != (*wanted == Type::BYTEA) && self.0 != Value::Null {
      let given = if is_bytes { "bytes" } else { "no bytes" };
      return Err(format!("it is {given}, and the statement needs the type {wanted}").into());
    }
    match &self.0 {
      Value::Null => return Ok(IsNull::Yes),
      Value::Integer(number) => out.put_slice(number.to_string().as_bytes()),
      Value::Real(number) => out.put_slice(number.to_string().as_bytes()),
      Value::Text(text) => out.put_slice(text.as_bytes()),
      Value::Blob(bytes) => out.put_slice(bytes),
    }
    Ok(IsNull::No)
  }

  fn encode_format(&self, _: &Type) -> Format {
    match self.0 {
      Value::Blob(_) => Format::Binary,
      _ => Format::Text,
    }
  }

  fn accepts(_: &Type) -> bool {
    true
  }

  to_sql_checked!();
}
