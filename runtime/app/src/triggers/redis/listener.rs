//! What listens to the channels of servers, and has components take the messages.

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures::FutureExt;
use futures::StreamExt;
use futures::future::join_all;
use http::Request;
use http::StatusCode;
use http::Uri;
use http_body_util::Full;
use percent_encoding::NON_ALPHANUMERIC;
use percent_encoding::utf8_percent_encode;
use plugbay::message_body;
use redis::RedisError;
use redis::aio::PubSub;
use redis::aio::PubSubSink;
use tokio::time::sleep;
use tokio::time::timeout;

use super::subscriptions::Server;
use super::throttled::Gate;
use super::throttled::throttled;
use crate::generation::Current;
use crate::triggers::Host;
use crate::triggers::Stop;

/// Until a server is tried again: at first, and at most.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(60);
/// For a connection and its subscriptions.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often a server is asked whether it is still there.
const ALIVE: Duration = Duration::from_secs(30);
/// What a message may take in memory, in bytes: one that takes more ends the connection.
const MAX_MESSAGE: usize = 16 << 20;
/// Until a message is handed over again, when too much waits for the component.
const BUSY: Duration = Duration::from_millis(100);

/// Listens to all servers until something is to end. Connections that break are made anew.
pub(crate) async fn listen(servers: &[Server], host: &Host, until: &Stop) {
  let missing = AtomicUsize::new(servers.len());
  host.ready.set(false);
  join_all(servers.iter().map(|server| {
    let listener = Listener { server, host, until, missing: &missing };
    listener.run()
  }))
  .await;
}

struct Listener<'l> {
  server: &'l Server,
  host: &'l Host,
  until: &'l Stop,
  /// Servers that are not listened to.
  missing: &'l AtomicUsize,
}

impl Listener<'_> {
  async fn run(self) {
    let name = self.server.server.name();
    let mut pause = FIRST_PAUSE;
    loop {
      let subscribed = tokio::select! {
        () = self.until.clone() => return,
        subscribed = timeout(PATIENCE, subscribe(self.server)) => subscribed,
      };
      let why = match subscribed {
        Ok(Ok((connection, gate))) => {
          tracing::info!(target: "app", "listening to {name}");
          pause = FIRST_PAUSE;
          self.is_heard(true);
          let is_ended = self.take_messages(connection, &gate).await;
          self.is_heard(false);
          if is_ended {
            return;
          }
          gate.fault().unwrap_or_else(|| "the connection is broken".to_string())
        }
        Ok(Err(why)) => why,
        Err(_) => format!("it does not answer within {} s", PATIENCE.as_secs()),
      };
      tracing::warn!(target: "app", "cannot listen to {name}: {why}; it is tried again in {} s", pause.as_secs());
      tokio::select! {
        () = self.until.clone() => return,
        () = sleep(pause) => {}
      }
      pause = (pause * 2).min(LAST_PAUSE);
    }
  }

  fn is_heard(&self, is_heard: bool) {
    let missing = match is_heard {
      true => self.missing.fetch_sub(1, Ordering::Relaxed) - 1,
      false => self.missing.fetch_add(1, Ordering::Relaxed) + 1,
    };
    self.host.ready.set(missing == 0);
  }

  /// Hands over one message after the other. Gives whether it is to end; otherwise the connection has.
  async fn take_messages(&self, connection: PubSub, gate: &Gate) -> bool {
    let (mut sink, mut messages) = connection.split();
    while self.until.clone().now_or_never().is_none() {
      let message = match messages.next().now_or_never() {
        Some(message) => message,
        None => {
          gate.open();
          tokio::select! {
            biased;
            () = self.until.clone() => return true,
            message = messages.next() => message,
            () = until_silent(&mut sink) => return false,
          }
        }
      };
      gate.close();
      let Some(message) = message else { return false };
      let payload = Bytes::copy_from_slice(message.get_payload_bytes());
      let channel = message.get_channel_name();
      // It has no other characters.
      let uri = format!("redis://localhost/{}", utf8_percent_encode(channel, NON_ALPHANUMERIC)).parse::<Uri>();
      let uri = uri.unwrap_or_else(|_| Uri::from_static("redis://localhost/"));
      for component in self.server.channels.get(channel).into_iter().flatten() {
        hand_over(&self.host.current, component, &uri, &payload).await;
      }
    }
    true
  }
}

async fn subscribe(server: &Server) -> Result<(PubSub, Gate), String> {
  let stream = server.server.connect(PATIENCE, MAX_MESSAGE).await.map_err(|failure| failure.to_string())?;
  let (stream, gate) = throttled(stream);
  let subscribed = async {
    let mut connection = PubSub::new(server.server.login(), stream).await?;
    for channel in server.channels.keys() {
      connection.subscribe(channel).await?;
    }
    Ok::<_, RedisError>(connection)
  };
  Ok((subscribed.await.map_err(|error| error.to_string())?, gate))
}

/// Done when a server does not answer any more.
async fn until_silent(sink: &mut PubSubSink) {
  loop {
    sleep(ALIVE).await;
    if !matches!(timeout(PATIENCE, sink.ping::<redis::Value>()).await, Ok(Ok(_))) {
      return;
    }
  }
}

/// Has a component take a message of the channel in the path of the URI. The log has whether it fails.
async fn hand_over(current: &Current, component: &str, uri: &Uri, payload: &Bytes) {
  // Nothing when the app is at its end.
  while let Some(site) = current.site() {
    let mut request = Request::new(message_body(Full::new(payload.clone())));
    *request.uri_mut() = uri.clone();
    if site.tell(component, request).await != StatusCode::SERVICE_UNAVAILABLE {
      return;
    }
    drop(site);
    sleep(BUSY).await;
  }
}
