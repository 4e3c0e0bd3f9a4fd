//! How calls go on.

/// How a call went on, as Deno 1's metrics tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
  /// Answered at once.
  Sync,
  /// Not answered at once, and the program waits for it.
  Async,
  /// Not answered at once, and the program may end before it is.
  AsyncUnref,
}
