//! Why a function does not succeed.

use std::io;

use super::Errno;

/// The guest's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
  /// It called `proc_exit` with this code.
  Code(u32),
  /// Its call has taken as long as it may. It must not go on.
  Deadline,
}

/// Why a function does not succeed.
pub(super) enum Fault {
  Errno(Errno),
  Exit(Exit),
}

impl From<io::Error> for Fault {
  fn from(error: io::Error) -> Self {
    Self::Errno(error.into())
  }
}

impl From<Errno> for Fault {
  fn from(errno: Errno) -> Self {
    Self::Errno(errno)
  }
}
