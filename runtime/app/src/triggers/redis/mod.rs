//! The Redis trigger: the messages of channels, each for every component of its channel.

mod listener;
pub(crate) mod subscriptions;
mod throttled;

use std::fmt::Write as _;
use std::future::pending;
use std::pin::pin;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::future::select;
use tokio::sync::oneshot;
use tokio::sync::watch;

use self::listener::listen;
use self::subscriptions::Server;
use self::subscriptions::servers_of;
use super::trigger::Bound;
use super::trigger::Host;
use super::trigger::Trigger;
use crate::error::UpError;
use crate::generation::Current;

/// Calls components for messages of Redis.
pub(crate) struct Redis;

impl Trigger for Redis {
  fn kind(&self) -> &str {
    "redis"
  }

  fn bind(&self, host: Host) -> BoxFuture<'static, Result<Bound, UpError>> {
    async move {
      let servers = host.current.site().map_or(Ok(Vec::new()), |site| servers_of(site.app(), site.variables()));
      let servers = servers.map_err(UpError::Triggers)?;
      let mut says = String::new();
      for Server { server, channels, .. } in &servers {
        let _ = writeln!(says, "Listening to {}", server.name());
        for (channel, components) in channels {
          let _ = writeln!(says, "  {}: {channel}", components.join(", "));
        }
      }
      Ok(Bound { says, serve: serve(host, servers).boxed() })
    }
    .boxed()
  }
}

/// Listens until the host is to stop. A reload may have it listen to others.
async fn serve(host: Host, mut servers: Vec<Server>) -> Result<(), UpError> {
  let mut changes = host.current.changes();
  loop {
    let next = {
      let (change, changed) = oneshot::channel::<()>();
      let until = select(host.stop.clone(), changed).map(drop).boxed().shared();
      let mut listening = pin!(listen(&servers, &host, &until));
      let next = tokio::select! {
        () = &mut listening => return Ok(()),
        next = others(&servers, &host.current, &mut changes) => next,
      };
      drop(change);
      listening.await;
      next
    };
    servers = next;
  }
}

/// Waits until a version of the app listens to others.
async fn others(servers: &[Server], current: &Current, changes: &mut watch::Receiver<u64>) -> Vec<Server> {
  while changes.changed().await.is_ok() {
    let Some(site) = current.site() else { break };
    match servers_of(site.app(), site.variables()) {
      Ok(next) if next != servers => return next,
      Ok(_) => {}
      Err(faults) => tracing::error!(target: "app", "Redis is listened to as it was: {}", faults.join("; ")),
    }
  }
  // The app is at its end.
  pending().await
}
