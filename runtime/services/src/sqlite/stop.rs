//! Ends what takes too long, and what nobody waits for any more.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::time::Instant;

use rusqlite::Connection;

/// How many steps of SQLite's machine lie between two looks at the clock.
const STEPS: i32 = 1000;

/// Whoever waits for something. When this is dropped nobody does any more.
#[derive(Default)]
pub(super) struct Waiting(Arc<AtomicBool>);

impl Waiting {
  /// When what is waited for is to end: now and then it is asked.
  pub(super) fn until(&self, patience: Duration) -> Until {
    Until { left: self.0.clone(), end: Instant::now() + patience }
  }
}

impl Drop for Waiting {
  fn drop(&mut self) {
    self.0.store(true, Ordering::Relaxed);
  }
}

/// Until when something may go on.
#[derive(Clone)]
pub(super) struct Until {
  left: Arc<AtomicBool>,
  end: Instant,
}

impl Until {
  /// Has SQLite end whatever a connection does by then.
  pub(super) fn hold(self, connection: &mut Connection) -> rusqlite::Result<()> {
    let is_over = move || self.left.load(Ordering::Relaxed) || Instant::now() > self.end;
    connection.progress_handler(STEPS, Some(is_over))
  }
}

/// Has nothing end what a connection does.
pub(super) fn free(connection: &mut Connection) -> rusqlite::Result<()> {
  connection.progress_handler(STEPS, None::<fn() -> bool>)
}
