//! Databases.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::ToJsBuffer;
use deno_core::error::ResourceError;
use deno_core::op2;
use serde::Deserialize;
use serde::Serialize;

use crate::Failure;
use crate::SqlSession;
use crate::Value;
use crate::ops::BigInteger;
use crate::ops::Given;
use crate::ops::big_integer;
use crate::ops::connection::Session;
use crate::ops::connection::add;
use crate::ops::connection::until_closed;
use crate::ops::granted;

impl Session for Arc<dyn SqlSession> {
  type Failure = Failure;
  const NAME: &str = "sqlConnection";

  fn closed(message: String) -> Failure {
    Failure::Other(message)
  }
}

/// The number of a new connection to a database, if the component may use it.
#[op2]
#[serde]
pub(crate) fn op_sql_open(
  state: &mut OpState,
  #[smi] rid: ResourceId,
  #[string] name: &str,
) -> Result<Given<ResourceId>, ResourceError> {
  let opened = granted(state, rid)?.database(name);
  if let Err(failure) = &opened {
    tracing::warn!("{failure}");
  }
  Ok(opened.map(|database| add(state, database.connect())).into())
}

/// A value of a row, as the interfaces have it.
#[derive(Serialize)]
#[serde(tag = "tag", content = "val", rename_all = "lowercase")]
enum Shown {
  Null,
  Integer(BigInteger),
  Real(f64),
  Text(String),
  Blob(ToJsBuffer),
}

impl From<Value> for Shown {
  fn from(value: Value) -> Self {
    match value {
      Value::Null => Self::Null,
      Value::Integer(number) => Self::Integer(big_integer(number)),
      Value::Real(number) => Self::Real(number),
      Value::Text(text) => Self::Text(text),
      Value::Blob(bytes) => Self::Blob(bytes.into()),
    }
  }
}

/// A parameter: at most one of them is there.
#[derive(Deserialize)]
pub(crate) struct Parameter {
  integer: Option<i64>,
  real: Option<f64>,
  text: Option<String>,
  blob: Option<JsBuffer>,
}

impl From<Parameter> for Value {
  fn from(parameter: Parameter) -> Self {
    match parameter {
      Parameter { integer: Some(number), .. } => Self::Integer(number),
      Parameter { real: Some(number), .. } => Self::Real(number),
      Parameter { text: Some(text), .. } => Self::Text(text),
      Parameter { blob: Some(bytes), .. } => Self::Blob(bytes.to_vec()),
      _ => Self::Null,
    }
  }
}

#[derive(Serialize)]
struct Row {
  values: Vec<Shown>,
}

/// What a statement gave.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Executed {
  columns: Vec<String>,
  rows: Vec<Row>,
  last_insert_rowid: BigInteger,
  changes: BigInteger,
}

impl From<crate::Executed> for Executed {
  fn from(executed: crate::Executed) -> Self {
    Self {
      columns: executed.columns,
      rows: executed.rows.into_iter().map(|row| Row { values: row.into_iter().map(Shown::from).collect() }).collect(),
      last_insert_rowid: big_integer(executed.last_insert_rowid),
      changes: big_integer(executed.changes),
    }
  }
}

/// Runs a statement. When the connection is closed meanwhile it is interrupted.
#[op2]
#[serde]
pub(crate) async fn op_sql_execute(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[string] statement: String,
  #[serde] parameters: Vec<Parameter>,
) -> Result<Given<Executed>, ResourceError> {
  let parameters = parameters.into_iter().map(Value::from).collect();
  let execute = async |session: &Arc<dyn SqlSession>| session.execute(statement, parameters).await.map(Executed::from);
  until_closed(state, rid, execute).await
}
