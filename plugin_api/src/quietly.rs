//! Code of the author's whose panics nobody waits for.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use crate::OpError;

/// Drops a value of the author's; a panic of its `Drop` has been reported by the panic hook and ends here.
pub(crate) fn drop_quietly<T>(value: T) {
  quietly(|| drop(value));
}

/// Runs code of the author's whose panic nobody waits for.
pub(crate) fn quietly(work: impl FnOnce()) {
  if let Err(panic) = catch_unwind(AssertUnwindSafe(work)) {
    // Not dropped as it is: it may panic again.
    OpError::from_panic(panic);
  }
}
