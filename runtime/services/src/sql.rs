//! SQL databases.

use std::sync::Arc;

use crate::Answer;

/// A database.
pub trait Sql: Send + Sync {
  /// A connection of somebody's own: transactions and what is temporary are its, and end with it.
  fn connect(self: Arc<Self>) -> Arc<dyn SqlSession>;
}

/// A connection. One statement runs at a time.
pub trait SqlSession: Send + Sync {
  /// Runs one statement, whose parameters are `$1`, `$2` and so on; SQLite takes `?` as well. When nobody waits for it
  /// any more it is interrupted.
  fn execute(&self, statement: String, parameters: Vec<Value>) -> Answer<'_, Executed>;

  /// Runs statements, one after the other, up to the first that fails; what they give is dropped. All of them together
  /// have the time of one.
  fn execute_all(&self, statements: String) -> Answer<'_, ()>;
}

/// What a statement gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Executed {
  /// The names of the columns.
  pub columns: Vec<String>,
  /// The rows, each with a value a column.
  pub rows: Vec<Vec<Value>>,
  /// The number of the row that the connection has inserted last; 0 if it has not, and in PostgreSQL, where rows have
  /// none.
  pub last_insert_rowid: i64,
  /// How many rows its last statement that changes some has changed; in PostgreSQL this one, and 0 if it gives rows.
  pub changes: u64,
}

/// A value, of a row or for a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
  /// None.
  Null,
  /// A whole number.
  Integer(i64),
  /// Any other number.
  Real(f64),
  /// A text.
  Text(String),
  /// Bytes.
  Blob(Vec<u8>),
}

impl Value {
  /// What it takes in memory, roughly.
  pub(crate) fn size(&self) -> usize {
    size_of::<Self>()
      + match self {
        Self::Text(text) => text.len(),
        Self::Blob(bytes) => bytes.len(),
        Self::Null | Self::Integer(_) | Self::Real(_) => 0,
      }
  }
}
