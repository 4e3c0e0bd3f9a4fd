//! Databases of the app.

use plugbay_core::OpFailure;
use plugin_wire::services::Executed;
use plugin_wire::services::SqlValue;

use crate::SqlSession;
use crate::Value;

pub(super) async fn execute(
  session: &dyn SqlSession,
  statement: String,
  parameters: Vec<SqlValue>,
) -> Result<Executed, OpFailure> {
  let executed = session.execute(statement, parameters.into_iter().map(Value::from).collect()).await?;
  let crate::Executed { columns, rows, last_insert_rowid, changes } = executed;
  let rows = rows.into_iter().map(|row| row.into_iter().map(SqlValue::from).collect()).collect();
  Ok(Executed { columns, rows, last_insert_rowid, changes })
}

impl From<SqlValue> for Value {
  fn from(value: SqlValue) -> Self {
    match value {
      SqlValue::Null => Self::Null,
      SqlValue::Integer(number) => Self::Integer(number),
      SqlValue::Real(number) => Self::Real(number),
      SqlValue::Text(text) => Self::Text(text),
      SqlValue::Blob(bytes) => Self::Blob(bytes),
    }
  }
}

impl From<Value> for SqlValue {
  fn from(value: Value) -> Self {
    match value {
      Value::Null => Self::Null,
      Value::Integer(number) => Self::Integer(number),
      Value::Real(number) => Self::Real(number),
      Value::Text(text) => Self::Text(text),
      Value::Blob(bytes) => Self::Blob(bytes),
    }
  }
}
