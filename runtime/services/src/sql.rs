//! SQL databases.

use std::sync::Arc;

pub use plugin_wire::services::Executed;
pub use plugin_wire::services::SqlValue as Value;

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

/// What a value takes in memory, roughly.
pub(crate) fn size(value: &Value) -> usize {
  size_of::<Value>()
    + match value {
      Value::Text(text) => text.len(),
      Value::Blob(bytes) => bytes.len(),
      Value::Null | Value::Integer(_) | Value::Real(_) => 0,
    }
}
