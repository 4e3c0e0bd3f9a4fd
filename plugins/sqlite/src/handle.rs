//! A database as a script holds it: a resource whose work is done on other threads, in the order it was asked for.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use plugin_api::OpError;
use plugin_api::ResourceId;
use plugin_api::error::AnyError;
use plugin_api::futures::channel::oneshot;
use plugin_api::resources;
use plugin_api::spawn_blocking;

use crate::database::Database;

/// The resource.
pub(crate) struct Handle {
  /// Empty once it is closed.
  database: Arc<Mutex<Option<Database>>>,
  turns: Turns,
}

impl Handle {
  pub(crate) fn new(database: Database) -> Self {
    Self { database: Arc::new(Mutex::new(Some(database))), turns: Turns::default() }
  }

  /// # Errors
  ///
  /// `BadResource` when `db` is not, or no longer, a database.
  pub(crate) fn get(db: ResourceId) -> Result<Rc<Self>, OpError> {
    resources().get(db)
  }

  /// Runs `work` on a thread that may block, after all work that was given before.
  ///
  /// The lock alone would be safe, but work that waits for it would keep threads of the host's waiting, and would get
  /// it in any order.
  pub(crate) async fn run<R: Send + 'static>(
    &self,
    work: impl FnOnce(&mut Database) -> Result<R, OpError> + Send + 'static,
  ) -> Result<R, AnyError> {
    self.with_slot(|slot| slot.as_mut().ok_or_else(closed).and_then(work)).await
  }

  /// Closes the database after all work that was given before.
  pub(crate) async fn close(&self) -> Result<(), AnyError> {
    self.with_slot(|slot| slot.take().ok_or_else(closed).and_then(Database::close)).await
  }

  async fn with_slot<R: Send + 'static>(
    &self,
    work: impl FnOnce(&mut Option<Database>) -> Result<R, OpError> + Send + 'static,
  ) -> Result<R, AnyError> {
    let _turn = self.turns.next().await;
    let database = Arc::clone(&self.database);
    let result = spawn_blocking(move || {
      // Work that panicked has rolled back its transaction while it unwound, so the database is as good as before.
      work(&mut database.lock().unwrap_or_else(PoisonError::into_inner))
    });
    Ok(result.await??)
  }
}

fn closed() -> OpError {
  OpError::new("BadResource", "the database is closed").with_code("ERR_BAD_RESOURCE")
}

/// Lets one at a time pass, first come, first served. A turn ends when it is dropped.
#[derive(Default)]
struct Turns {
  /// What ends with the last turn that was given.
  last: Cell<Option<oneshot::Receiver<()>>>,
}

/// Ends when it is dropped.
struct Turn(#[expect(dead_code, reason = "held to be dropped")] oneshot::Sender<()>);

impl Turns {
  /// The place in the queue is taken by the call; the future waits for the turn.
  fn next(&self) -> impl Future<Output = Turn> + use<> {
    let (sender, receiver) = oneshot::channel();
    let before = self.last.replace(Some(receiver));
    async move {
      let turn = Turn(sender);
      if let Some(before) = before {
        // The sender is only ever dropped, and that is what there is to wait for.
        let _ = before.await;
      }
      turn
    }
  }
}

#[cfg(test)]
mod tests {
  use plugin_api::futures::FutureExt;
  use plugin_api::futures::executor::block_on;

  use super::*;

  #[test]
  fn turns_are_given_in_order() {
    let turns = Turns::default();
    let (first, mut second, mut third) = (turns.next(), turns.next().boxed_local(), turns.next().boxed_local());
    let first = block_on(first);
    assert!((&mut third).now_or_never().is_none());
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert!((&mut third).now_or_never().is_none());
    let second = (&mut second).now_or_never().expect("the first turn has ended");
    drop(second);
    assert!((&mut third).now_or_never().is_some());
  }

  #[test]
  fn a_turn_that_is_given_up_while_it_waits_holds_up_nobody() {
    let turns = Turns::default();
    let (first, second, mut third) = (turns.next(), turns.next(), turns.next().boxed_local());
    let first = block_on(first);
    drop(first);
    drop(second);
    assert!((&mut third).now_or_never().is_some());
  }
}
