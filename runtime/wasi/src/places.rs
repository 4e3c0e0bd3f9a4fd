//! Who may change where a path leads, and when.

use std::sync::RwLock;
use std::sync::RwLockReadGuard;
use std::sync::RwLockWriteGuard;
use std::sync::TryLockError;
use std::sync::TryLockResult;
use std::time::Duration;

use super::Deadline;
use super::fault::Fault;

/// Guests on other threads may use the same folder. What puts a link into it or moves one looks first and does it then,
/// without another that does so between.
static PLACES: RwLock<()> = RwLock::new(());
/// How long one that does not get its turn waits before it tries again.
const STEP: Duration = Duration::from_micros(100);

/// For who makes links or moves things.
pub(super) fn change_places(deadline: &Deadline) -> Result<RwLockWriteGuard<'static, ()>, Fault> {
  in_turn(deadline, || PLACES.try_write())
}

/// For who wants to find a path lead where it has just led.
pub(super) fn hold_places(deadline: &Deadline) -> Result<RwLockReadGuard<'static, ()>, Fault> {
  in_turn(deadline, || PLACES.try_read())
}

/// Another guest may take long to look through a directory that it moves.
fn in_turn<T>(deadline: &Deadline, attempt: impl Fn() -> TryLockResult<T>) -> Result<T, Fault> {
  loop {
    match attempt() {
      Ok(turn) => return Ok(turn),
      // It protects nothing that could be half done.
      Err(TryLockError::Poisoned(turn)) => return Ok(turn.into_inner()),
      Err(TryLockError::WouldBlock) => drop(deadline.wait(&[], Some(STEP))?),
    }
  }
}
