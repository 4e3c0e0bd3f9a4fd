//! What services may use up.

use std::time::Duration;

/// What a store or a database of an app may use up, and one use of it.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
  /// Bytes of each SQLite file: the key-value stores of an app have one together, each database one of its own.
  pub file_bytes: u64,
  /// How long a statement may take.
  pub statement: Duration,
  /// How long to wait for somebody else who writes, or for a connection.
  pub wait: Duration,
  /// Connections to each SQLite file.
  pub connections: usize,
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
      result_bytes: 16 << 20,
      key_bytes: 4096,
    }
  }
}
