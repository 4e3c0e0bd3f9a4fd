//! Sockets and connections, for the life of the process.

use std::convert::Infallible;
use std::io;
use std::io::Cursor;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::server::graceful::Watcher;
use tokio::io::AsyncRead;
use tokio::io::AsyncReadExt as _;
use tokio::io::AsyncWrite;
use tokio::io::join;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;

use super::answer::Peer;
use super::answer::answer;
use super::body::Sent;
use super::connections::Connection;
use super::connections::Connections;
use super::heads::MAX_HEADERS;
use super::io_threads::IoThreads;
use super::io_threads::SameThread;
use crate::generation::Current;

/// Until the head of a request is there, and until TLS is spoken.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// What the head of a request may take.
const MAX_HEAD: usize = 64 * 1024;
/// Requests of a connection at once.
const MAX_STREAMS: u32 = 128;
/// Requests of an HTTP/2 connection that are taken back before they are looked at, and those that break its rules. More
/// end the connection.
const MAX_RESETS: usize = 20;
const MAX_ERRORS: usize = 256;
/// How long a client may take until it has room for more of what is written.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// What a client of HTTP/2 says first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
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
    let graceful = GracefulShutdown::new();
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
      let (current, watcher, tls) = (current.clone(), graceful.watcher(), self.tls.clone());
      let connection = Arc::new(connection);
      threads.run(move || async move {
        match TcpStream::from_std(stream) {
          Ok(stream) => connection.run(begin(current, stream, tls, peer, &connection, watcher)).await,
          Err(error) => tracing::warn!("cannot take a connection: {error}"),
        }
      });
    }
    drop(self.listener);
    graceful.shutdown().await;
  }
}

/// Has a client say something, or speak TLS, in time. What it says then has memory of its own: a connection takes no
/// more than it is.
async fn begin(
  current: Arc<Current>,
  mut stream: TcpStream,
  tls: Option<TlsAcceptor>,
  peer: Peer,
  connection: &Arc<Connection>,
  watcher: Watcher,
) {
  let client = peer.client;
  match tls {
    // Until it is clear what is spoken nobody else counts the time.
    None => match tokio::time::timeout(HEAD_TIMEOUT, first_bytes(&mut stream)).await {
      Ok(Ok(first)) => {
        let is_http2 = first == PREFACE;
        let (rest, answers) = stream.into_split();
        let stream = join(Cursor::new(first).chain(rest), answers);
        Box::pin(converse(current, stream, is_http2, peer, connection, watcher)).await;
      }
      Ok(Err(error)) => tracing::debug!(%client, "it says nothing: {error}"),
      Err(_) => tracing::debug!(%client, "it says nothing in time"),
    },
    Some(tls) => match tokio::time::timeout(HEAD_TIMEOUT, tls.accept(stream)).await {
      Ok(Ok(stream)) => {
        let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Box::pin(converse(current, stream, is_http2, peer, connection, watcher)).await;
      }
      Ok(Err(error)) => tracing::debug!(%client, "no TLS: {error}"),
      Err(_) => tracing::debug!(%client, "no TLS in time"),
    },
  }
}

/// The first bytes that a client sends, as far as they say whether it speaks HTTP/2 without having agreed on it: then
/// they are its preface.
async fn first_bytes(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
  let (mut first, mut count) = ([0; PREFACE.len()], 0);
  while count < first.len() && PREFACE.starts_with(&first[..count]) {
    match stream.read(&mut first[count..]).await? {
      0 => return Err(io::ErrorKind::UnexpectedEof.into()),
      more => count += more,
    }
  }
  Ok(first[..count].to_vec())
}

async fn converse(
  current: Arc<Current>,
  stream: impl AsyncRead + AsyncWrite + Send + 'static,
  is_http2: bool,
  peer: Peer,
  connection: &Arc<Connection>,
  watcher: Watcher,
) {
  let mut builder = Builder::new(SameThread);
  builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
  builder.http1().max_headers(MAX_HEADERS);
  builder.http2().timer(TokioTimer::new()).max_header_list_size(MAX_HEAD as u32).max_concurrent_streams(MAX_STREAMS);
  builder.http2().keep_alive_interval(HEAD_TIMEOUT);
  builder.http2().max_pending_accept_reset_streams(MAX_RESETS).max_local_error_reset_streams(MAX_ERRORS);
  let builder = if is_http2 { builder.http2_only() } else { builder.http1_only() };
  let of_requests = connection.clone();
  let service = service_fn(move |request| {
    let (site, connection) = (current.site(), of_requests.clone());
    let busy = connection.begin();
    async move {
      let response = answer(site, request, peer).await.map(|body| Sent::new(body, busy));
      connection.sends(response.body().given());
      Ok::<_, Infallible>(response)
    }
  });
  let mut stream = TimeoutStream::new(stream);
  stream.set_write_timeout(Some(WRITE_TIMEOUT));
  let conversation = builder.serve_connection_with_upgrades(TokioIo::new(Box::pin(stream)), service).into_owned();
  let ended = tokio::select! {
    ended = watcher.watch(conversation) => ended.map_err(|error| error.to_string()),
    () = connection.until_unread() => Err("the client does not read its answers".to_string()),
  };
  if let Err(error) = ended {
    tracing::debug!(client = %peer.client, "a connection ends: {error}");
  }
}
