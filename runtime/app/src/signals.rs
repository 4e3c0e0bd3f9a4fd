//! What SIGTERM and SIGINT do: the first has the app end when it has answered, the second has the process end now.

use std::path::PathBuf;

use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::sync::oneshot;

use crate::error::UpError;
use crate::triggers::Children;
use crate::triggers::Readiness;

/// How the process ends at the second signal, as a shell says of one that SIGINT has ended.
const INTERRUPTED: i32 = 130;

/// Done at the first signal to end, when the app is served: it is not ready from then on. Before that the first signal
/// ends the process. The second always does; then the processes of triggers are ended and `folder` is removed first.
///
/// # Errors
///
/// When the system gives no signals.
pub(crate) fn stopped(
  readiness: Readiness,
  children: Children,
  folder: PathBuf,
) -> Result<impl Future<Output = ()> + Send + 'static, UpError> {
  let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
  let (stop, stopped) = oneshot::channel();
  tokio::spawn(async move {
    next(&mut terminate, &mut interrupt).await;
    if readiness.end() {
      // Whoever waits for it may have gone.
      let _ = stop.send(());
      next(&mut terminate, &mut interrupt).await;
    }
    children.kill();
    // What is left of it is the system's to remove.
    let _ = std::fs::remove_dir_all(folder);
    std::process::exit(INTERRUPTED);
  });
  Ok(async move {
    if stopped.await.is_err() {
      std::future::pending::<()>().await;
    }
  })
}

async fn next(terminate: &mut Signal, interrupt: &mut Signal) {
  tokio::select! {
    _ = terminate.recv() => {}
    _ = interrupt.recv() => {}
  }
}
