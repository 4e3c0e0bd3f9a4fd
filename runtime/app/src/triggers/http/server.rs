//! Sockets and connections, for the life of the process.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::answer::Peer;
use super::connections::Connections;
use super::io_threads::IoThreads;
use super::talk::Talk;
use crate::generation::Current;

/// Until another connection is taken, when the system has none to give.
const PAUSE: Duration = Duration::from_millis(50);

/// What accepts connections.
pub(crate) struct Server {
  listener: TcpListener,
  tls: Option<TlsAcceptor>,
}

impl Server {
  /// Listens on an address; with `find_free_port` on the next port that is free.
  ///
  /// # Errors
  ///
  /// Why the address cannot be had.
  pub(crate) async fn bind(
    mut address: SocketAddr,
    tls: Option<TlsAcceptor>,
    find_free_port: bool,
  ) -> io::Result<Self> {
    loop {
      match TcpListener::bind(address).await {
        Ok(listener) => return Ok(Self { listener, tls }),
        Err(error) if find_free_port && error.kind() == io::ErrorKind::AddrInUse && address.port() < u16::MAX => {
          address.set_port(address.port() + 1);
        }
        Err(error) => return Err(error),
      }
    }
  }

  pub(crate) fn address(&self) -> io::Result<SocketAddr> {
    self.listener.local_addr()
  }

  pub(crate) fn scheme(&self) -> &'static str {
    if self.tls.is_some() { "https" } else { "http" }
  }

  /// Serves until `stop` is done, and then until every connection has its answers.
  pub(crate) async fn serve(
    self,
    mut threads: IoThreads,
    current: Arc<Current>,
    connections: Arc<Connections>,
    stop: impl Future<Output = ()>,
  ) {
    let mut stop = pin!(stop);
    loop {
      let accepted = tokio::select! {
        accepted = self.listener.accept() => accepted,
        () = &mut stop => break,
      };
      let (stream, client) = match accepted {
        Ok(accepted) => accepted,
        // Too many files are open, or the client has gone meanwhile.
        Err(error) => {
          tracing::warn!("cannot take a connection: {error}");
          tokio::time::sleep(PAUSE).await;
          continue;
        }
      };
      let Some(connection) = connections.admit() else {
        tracing::debug!(%client, "a connection is refused: all are busy");
        continue;
      };
      // Answers are small or streamed: nothing is gained by waiting for more.
      let _ = stream.set_nodelay(true);
      // It leaves this thread's tokio for that of its own.
      let Ok(stream) = stream.into_std() else { continue };
      let peer = Peer { client, scheme: self.scheme() };
      let talk = Talk { current: current.clone(), peer, connection: Arc::new(connection) };
      let tls = self.tls.clone();
      threads.run(move || async move {
        match (TcpStream::from_std(stream), tls) {
          (Ok(stream), None) => talk.plain(stream).await,
          (Ok(stream), Some(tls)) => Box::pin(talk.secure(stream, tls)).await,
          (Err(error), _) => tracing::warn!("cannot take a connection: {error}"),
        }
      });
    }
    drop(self.listener);
    connections.stop().await;
  }
}
