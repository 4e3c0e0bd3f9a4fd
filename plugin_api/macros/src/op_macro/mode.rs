//! How an op runs.

/// How an op runs.
#[derive(Clone, Copy, PartialEq)]
pub enum Mode {
  /// It is done when its function returns.
  Sync,
  /// Its function is async.
  Async,
  /// Its function runs on a thread that may block.
  Blocking,
}
