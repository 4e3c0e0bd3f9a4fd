//! The tokio runtime of a library: one, for all times that it is open as a plugin. It ends with the last.

use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::Weak;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::runtime::Handle;
use tokio::runtime::Runtime;

/// Threads for its tasks. Ops themselves are polled on the isolate's thread.
const WORKERS: usize = 2;
/// How long the end waits for what blocks in `tokio::task::spawn_blocking`. What then still runs keeps the library
/// mapped: the C library holds one while a thread of it has destructors to run, which all of Rust's have.
const PATIENCE: Duration = Duration::from_secs(1);

static SHARED: Mutex<Weak<TokioRuntime>> = Mutex::new(Weak::new());

/// Held by each open plugin that has used it.
pub(crate) struct TokioRuntime(Option<Runtime>);

impl TokioRuntime {
  /// The runtime of the library, which begins with the first. `None` where there are no threads for it.
  pub(crate) fn shared() -> Option<Arc<Self>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = shared.upgrade() {
      return Some(shared);
    }
    // It panics where there are no threads.
    let made = catch_unwind(|| {
      Builder::new_multi_thread().worker_threads(WORKERS).thread_name("plugin-tokio").enable_all().build()
    });
    let begun = Arc::new(Self(Some(made.ok()?.ok()?)));
    *shared = Arc::downgrade(&begun);
    Some(begun)
  }

  /// To enter it by. Entering a runtime that has ended does no harm.
  pub(crate) fn handle(&self) -> Option<Handle> {
    self.0.as_ref().map(|runtime| runtime.handle().clone())
  }
}

impl Drop for TokioRuntime {
  fn drop(&mut self) {
    if let Some(runtime) = self.0.take() {
      runtime.shutdown_timeout(PATIENCE);
    }
  }
}
