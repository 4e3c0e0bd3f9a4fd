//! PostgreSQL servers.

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::ToJsBuffer;
use deno_core::error::ResourceError;
use deno_core::op2;
use deno_core::v8;
use serde::Deserialize;
use serde::Serialize;

use crate::ops::BigInteger;
use crate::ops::Given;
use crate::ops::big_integer;
use crate::ops::connection::Session;
use crate::ops::connection::add;
use crate::ops::connection::until_closed;
use crate::ops::granted;
use crate::postgres::PostgresFailure;
use crate::postgres::PostgresSession;
use crate::postgres::PostgresValue;
use crate::postgres::Rows;

impl Session for PostgresSession {
  type Failure = PostgresFailure;
  const NAME: &str = "postgresConnection";

  fn closed(message: String) -> PostgresFailure {
    PostgresFailure::ConnectionFailed(message)
  }
}

/// The number of a new connection to a server, if the component may connect to it. It is not connected yet.
#[op2]
#[serde]
pub(crate) fn op_postgres_open(
  scope: &mut v8::PinScope<'_, '_>,
  state: &mut OpState,
  #[smi] rid: ResourceId,
  #[string] address: &str,
) -> Result<Given<ResourceId, PostgresFailure>, ResourceError> {
  let granted = granted(state, rid)?;
  let opened = granted.postgres(address, granted.guest(plugbay_http::request_id(scope)));
  Ok(opened.map(|session| add(state, session)).into())
}

/// Connects, if it is not done yet.
#[op2]
#[serde]
pub(crate) async fn op_postgres_connect(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
) -> Result<Given<(), PostgresFailure>, ResourceError> {
  until_closed(state, rid, async |session: &PostgresSession| session.connect().await).await
}

/// A parameter: the kind that the interfaces say, and what it has, in one of the others.
#[derive(Deserialize)]
pub(crate) struct Parameter {
  kind: String,
  boolean: Option<bool>,
  integer: Option<i64>,
  real: Option<f64>,
  text: Option<String>,
  bytes: Option<JsBuffer>,
  parts: Option<Vec<i64>>,
}

impl TryFrom<Parameter> for PostgresValue {
  type Error = PostgresFailure;

  fn try_from(given: Parameter) -> Result<Self, PostgresFailure> {
    let Parameter { kind, boolean, integer, real, text, bytes, parts } = given;
    let (integer, real, parts) = (integer.unwrap_or_default(), real.unwrap_or_default(), parts.unwrap_or_default());
    Ok(match kind.as_str() {
      "boolean" => Self::Boolean(boolean.unwrap_or_default()),
      // Each is in the range of its kind.
      "int8" => Self::Int8(integer as i8),
      "int16" => Self::Int16(integer as i16),
      "int32" => Self::Int32(integer as i32),
      "int64" => Self::Int64(integer),
      "floating32" => Self::Floating32(real as f32),
      "floating64" => Self::Floating64(real),
      "str" => Self::Str(text.unwrap_or_default()),
      "binary" => Self::Binary(bytes.map(|bytes| bytes.to_vec()).unwrap_or_default()),
      "date" => Self::date(&parts)?,
      "time" => Self::time(&parts)?,
      "datetime" => Self::datetime(&parts)?,
      "timestamp" => Self::timestamp(integer)?,
      "db-null" => Self::Null,
      _ => Self::Unsupported,
    })
  }
}

/// A value of a row, as the interfaces have it.
#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "kebab-case")]
enum Shown {
  DbNull,
  Boolean(bool),
  Int8(i8),
  Int16(i16),
  Int32(i32),
  Int64(BigInteger),
  Floating32(f32),
  Floating64(f64),
  Str(String),
  Binary(ToJsBuffer),
  Date(Vec<i64>),
  Time(Vec<i64>),
  Datetime(Vec<i64>),
  Unsupported,
}

impl From<PostgresValue> for Shown {
  fn from(value: PostgresValue) -> Self {
    let parts = value.parts();
    match value {
      PostgresValue::Null => Self::DbNull,
      PostgresValue::Boolean(value) => Self::Boolean(value),
      PostgresValue::Int8(number) => Self::Int8(number),
      PostgresValue::Int16(number) => Self::Int16(number),
      PostgresValue::Int32(number) => Self::Int32(number),
      PostgresValue::Int64(number) => Self::Int64(big_integer(number)),
      PostgresValue::Floating32(number) => Self::Floating32(number),
      PostgresValue::Floating64(number) => Self::Floating64(number),
      PostgresValue::Str(text) => Self::Str(text),
      PostgresValue::Binary(bytes) => Self::Binary(bytes.into()),
      PostgresValue::Date(_) => Self::Date(parts),
      PostgresValue::Time(_) => Self::Time(parts),
      PostgresValue::Datetime(_) => Self::Datetime(parts),
      PostgresValue::Unsupported => Self::Unsupported,
    }
  }
}

/// A column.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Column {
  name: String,
  data_type: &'static str,
}

/// What a statement gave.
#[derive(Serialize)]
pub(crate) struct RowSet {
  columns: Vec<Column>,
  rows: Vec<Vec<Shown>>,
}

impl From<Rows> for RowSet {
  fn from(Rows { columns, rows }: Rows) -> Self {
    Self {
      columns: columns.into_iter().map(|(name, data_type)| Column { name, data_type }).collect(),
      rows: rows.into_iter().map(|row| row.into_iter().map(Shown::from).collect()).collect(),
    }
  }
}

/// Runs a statement; gives its rows.
#[op2]
#[serde]
pub(crate) async fn op_postgres_query(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] statement: String,
  #[serde] parameters: Vec<Parameter>,
) -> Result<Given<RowSet, PostgresFailure>, ResourceError> {
  let query = async |session: &PostgresSession| {
    session.query(statement, PostgresValue::all_of(parameters)?).await.map(RowSet::from)
  };
  until_closed(state, rid, query).await
}

/// Runs a statement; gives how many rows it has changed.
#[op2]
#[serde]
pub(crate) async fn op_postgres_execute(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] statement: String,
  #[serde] parameters: Vec<Parameter>,
) -> Result<Given<BigInteger, PostgresFailure>, ResourceError> {
  let execute = async |session: &PostgresSession| {
    session.execute(statement, PostgresValue::all_of(parameters)?).await.map(big_integer)
  };
  until_closed(state, rid, execute).await
}
