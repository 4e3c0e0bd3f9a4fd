//! A connection that a component has: a resource, and goes with it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use deno_core::CancelFuture;
use deno_core::CancelHandle;
use deno_core::OpState;
use deno_core::RcRef;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::error::ResourceError;

use crate::ops::Given;

/// What is behind a connection.
pub(crate) trait Session: 'static {
  /// Why something could not be done.
  type Failure;
  /// What the resource is called.
  const NAME: &str;
  /// Why nothing comes of what was under way when the connection was closed.
  fn closed(message: String) -> Self::Failure;
}

struct Connection<S> {
  session: S,
  cancel: CancelHandle,
}

impl<S: Session> Resource for Connection<S> {
  fn name(&self) -> Cow<'_, str> {
    S::NAME.into()
  }

  fn close(self: Rc<Self>) {
    self.cancel.cancel();
  }
}

/// Gives a component a connection.
pub(crate) fn add(state: &mut OpState, session: impl Session) -> ResourceId {
  state.resource_table.add(Connection { session, cancel: CancelHandle::default() })
}

/// Does something with a connection, until that is closed.
pub(crate) async fn until_closed<S: Session, T>(
  state: Rc<RefCell<OpState>>,
  rid: ResourceId,
  work: impl AsyncFnOnce(&S) -> Result<T, S::Failure>,
) -> Result<Given<T, S::Failure>, ResourceError> {
  let connection = state.borrow().resource_table.get::<Connection<S>>(rid)?;
  let cancel = RcRef::map(&connection, |it| &it.cancel);
  let done = work(&connection.session).or_cancel(cancel).await;
  Ok(done.unwrap_or_else(|_| Err(S::closed("the connection is closed".to_owned()))).into())
}
