//! Triggers that are programs of their own, by the protocol of Spin's: each is started with the app in its environment,
//! and ends when it is told to.

mod flags;
mod layout;

use std::process::ExitStatus;
use std::time::Duration;

use std::path::PathBuf;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::process::Command;
use tokio::sync::watch;

pub(crate) use self::flags::share_out;
use self::layout::Layout;
use super::children::Running;
use super::trigger::Bound;
use super::trigger::Host;
use super::trigger::Trigger;
use crate::error::UpError;

/// Where the app is, in JSON.
const LOCKED_URL: &str = "SPIN_LOCKED_URL";
/// A folder for the trigger.
const WORKING_DIR: &str = "SPIN_WORKING_DIR";
/// The folder of the app's manifest.
const LOCAL_APP_DIR: &str = "SPIN_LOCAL_APP_DIR";

/// How long a process may take to end when a reload has another one started.
const PATIENCE: Duration = Duration::from_secs(30);

/// A kind of triggers that a program serves.
#[derive(Clone, Debug)]
pub(crate) struct External {
  pub(crate) kind: String,
  pub(crate) program: PathBuf,
  /// What it is started with.
  pub(crate) arguments: Vec<String>,
}

impl Trigger for External {
  fn kind(&self) -> &str {
    &self.kind
  }

  fn bind(&self, host: Host) -> BoxFuture<'static, Result<Bound, UpError>> {
    let external = self.clone();
    async move {
      let layout = Layout::new(&host.process.folder)?;
      let says = format!("Starting trigger-{}\n", external.kind);
      Ok(Bound { says, serve: async move { external.serve(host, layout).await }.boxed() })
    }
    .boxed()
  }
}

/// What becomes of a process.
enum Next {
  Ended(ExitStatus),
  Stop,
  Reload,
}

impl External {
  /// Has the program run until it ends, or the host is to stop; after a reload anew.
  async fn serve(self, host: Host, layout: Layout) -> Result<(), UpError> {
    let mut changes = host.current.changes();
    loop {
      let Some(site) = host.current.site() else { return Ok(()) };
      let failed = |what: &str, error: &dyn std::fmt::Display| UpError::TriggerEnded {
        kind: self.kind.clone(),
        error: format!("cannot {what}: {error}"),
      };
      let app = site.app();
      let url = layout.write(app, &self.kind, host.options.files).map_err(|error| failed("lay out the app", &error))?;
      let mut command = Command::new(&self.program);
      command.args(&self.arguments).env(LOCKED_URL, url).env(WORKING_DIR, layout.folder());
      command.env(LOCAL_APP_DIR, &app.directory).kill_on_drop(true);
      drop(site);
      let mut child = command.spawn().map_err(|error| failed("start its program", &error))?;
      let running = host.children.add(&child);
      host.ready.set(true);
      let next = tokio::select! {
        status = child.wait() => Next::Ended(status?),
        () = host.stop.clone() => Next::Stop,
        () = changed(&mut changes) => Next::Reload,
      };
      match next {
        Next::Ended(status) => return self.ended(status),
        Next::Stop => {
          running.terminate();
          child.wait().await?;
          return Ok(());
        }
        Next::Reload => {
          host.ready.set(false);
          self.end(running, child).await?;
        }
      }
    }
  }

  async fn end(&self, running: Running, mut child: tokio::process::Child) -> Result<(), UpError> {
    running.terminate();
    if tokio::time::timeout(PATIENCE, child.wait()).await.is_err() {
      tracing::warn!(target: "app", "trigger-{} does not end when it is told to, and is killed", self.kind);
      child.kill().await?;
    }
    Ok(())
  }

  fn ended(&self, status: ExitStatus) -> Result<(), UpError> {
    match status.success() {
      true => {
        tracing::info!(target: "app", "trigger-{} has ended, and so does the app", self.kind);
        Ok(())
      }
      false => Err(UpError::TriggerEnded { kind: self.kind.clone(), error: status.to_string() }),
    }
  }
}

/// Done when another version of the app is there.
async fn changed(changes: &mut watch::Receiver<u64>) {
  if changes.changed().await.is_err() {
    std::future::pending().await
  }
}
