//! The sizes that V8 accepts.

use crate::rewrite_error::RewriteError;

/// The largest module that V8 accepts.
pub(crate) const MAX_MODULE: usize = 1 << 30;
/// The largest function body that V8 accepts.
pub(crate) const MAX_BODY: usize = 7_654_321;

/// Refuses what is larger; `what` names it.
pub(crate) fn check(size: usize, allowed: usize, what: impl FnOnce() -> String) -> Result<(), RewriteError> {
  if size <= allowed { Ok(()) } else { Err(RewriteError::TooLarge { what: what(), size, allowed }) }
}
