//! What services may use up.

use std::time::Duration;

use crate::Failure;

/// What a store or a database of an app may use up, and one use of it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
  /// Bytes of each SQLite file: the key-value stores of an app have one together, each database one of its own.
  pub file_bytes: u64,
  /// How long a statement, or a command of a server, may take.
  pub statement: Duration,
  /// How long to wait for somebody else who writes, or for a connection.
  pub wait: Duration,
  /// Connections to each SQLite file.
  pub connections: usize,
  /// Connections of an app's components to Redis servers.
  pub redis_connections: usize,
  /// Connections of an app's components to PostgreSQL servers.
  pub postgres_connections: usize,
  /// Bytes of what a statement or a call gives, and of one value.
  pub result_bytes: usize,
  /// Bytes of a key.
  pub key_bytes: usize,
}

impl Default for Limits {
  fn default() -> Self {
    Self {
      file_bytes: 1 << 30,
      statement: Duration::from_secs(10),
      wait: Duration::from_secs(5),
      connections: 32,
      redis_connections: 256,
      postgres_connections: 64,
      result_bytes: 16 << 20,
      key_bytes: 4096,
    }
  }
}

impl Limits {
  /// Bytes of one answer of a server: more is not read, and ends the connection. What is somewhat larger than it may be
  /// is told without that.
  pub(crate) fn answer_bytes(&self) -> usize {
    self.result_bytes.saturating_mul(2)
  }

  /// Whether a key and its value are small enough.
  pub(crate) fn check(&self, key: &str, value: &[u8]) -> Result<(), Failure> {
    self.check_key(key)?;
    match value.len() > self.result_bytes {
      true => Err(Failure::Other(format!("a value has {} bytes; there may be {}", value.len(), self.result_bytes))),
      false => Ok(()),
    }
  }

  pub(crate) fn check_key(&self, key: &str) -> Result<(), Failure> {
    match key.len() > self.key_bytes {
      true => Err(Failure::Other(format!("a key has {} bytes; there may be {}", key.len(), self.key_bytes))),
      false => Ok(()),
    }
  }
}
