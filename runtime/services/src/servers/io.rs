//! The thread that has all connections to servers: isolates come and go, and wait for what it does.

use std::io;
use std::sync::OnceLock;

use tokio::runtime::Builder;
use tokio::runtime::Runtime;
use tokio::task::AbortHandle;

use crate::Failure;

fn runtime() -> Result<&'static Runtime, Failure> {
  static RUNTIME: OnceLock<io::Result<Runtime>> = OnceLock::new();
  let made =
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(1).thread_name("services").enable_all().build());
  made.as_ref().map_err(|error| {
    tracing::error!(%error, "cannot start the thread of services");
    Failure::other("the host failed")
  })
}

/// Does something on that thread, whoever waits for it. When nobody waits any more it is given up.
pub(crate) async fn on_io<T: Send + 'static, F: From<Failure> + Send + 'static>(
  work: impl Future<Output = Result<T, F>> + Send + 'static,
) -> Result<T, F> {
  let task = runtime()?.spawn(work);
  let _given_up = GivenUp(task.abort_handle());
  task.await.unwrap_or_else(|_| Err(Failure::other("the host failed").into()))
}

/// Begins something on that thread that nobody waits for.
pub(crate) fn begin_on_io(work: impl Future<Output = ()> + Send + 'static) {
  if let Ok(runtime) = runtime() {
    runtime.spawn(work);
  }
}

struct GivenUp(AbortHandle);

impl Drop for GivenUp {
  fn drop(&mut self) {
    self.0.abort();
  }
}
