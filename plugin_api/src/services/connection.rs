//! Connections that a plugin has by the host.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::asked::OpenConnection;

/// A connection to a `T`. Its clones are the same one; it is closed with the last.
pub struct ConnectionTo<T> {
  pub(super) open: Arc<OpenConnection>,
  to: PhantomData<fn() -> T>,
}

impl<T> From<OpenConnection> for ConnectionTo<T> {
  fn from(connection: OpenConnection) -> Self {
    Self { open: Arc::new(connection), to: PhantomData }
  }
}

impl<T> Clone for ConnectionTo<T> {
  fn clone(&self) -> Self {
    Self { open: self.open.clone(), to: PhantomData }
  }
}

impl<T> fmt::Debug for ConnectionTo<T> {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("ConnectionTo").field("open", &self.open).finish()
  }
}
