//! What is spoken on a connection. Between its requests an HTTP/1 connection is let go of: what serves it is made anew
//! when its client says something, so that one that is idle takes little more memory than its socket.

use std::convert::Infallible;
use std::fmt::Display;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;

use bytes::Bytes;
use hyper::server::conn::http1;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::rt::TokioTimer;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::AsyncWriteExt as _;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio::time::sleep;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::answer::Peer;
use super::answer::answer;
use super::body::Sent;
use super::connections::Connection;
use super::heads::MAX_HEADERS;
use super::heads::detach;
use super::io_threads::SameThread;
use super::wire::Traffic;
use super::wire::Wire;
use crate::generation::Current;

/// Until the head of a request is there, and until TLS is spoken.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Until the next request of a connection begins.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);
/// After its last answer an HTTP/1 connection is looked at so often for whether it can be let go of.
const LINGER: Duration = Duration::from_millis(250);
/// The same of a connection that is busy for longer, and of HTTP/2.
const LONG_LINGER: Duration = Duration::from_secs(4);
/// What the head of a request may take.
const MAX_HEAD: usize = 64 * 1024;
/// What is read at once of who begins to say something.
const FIRST_READ: usize = 4096;
/// Requests of a connection at once.
const MAX_STREAMS: u32 = 128;
/// Requests of an HTTP/2 connection that are taken back before they are looked at, and those that break its rules. More
/// end the connection.
const MAX_RESETS: usize = 20;
const MAX_ERRORS: usize = 256;
/// How long a client may take until it has room for more of what is written.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a client is read that was answered before it had sent all.
const READ_OUT: Duration = Duration::from_secs(2);
/// What a client of HTTP/2 says first.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A connection, its client and who answers.
pub(crate) struct Talk {
  pub(crate) current: Arc<Current>,
  pub(crate) peer: Peer,
  pub(crate) connection: Arc<Connection>,
}

impl Talk {
  /// Without TLS.
  pub(crate) async fn plain(self, mut stream: TcpStream) {
    let mut said = Vec::new();
    // Until it is clear what is spoken.
    let spoken = async {
      while said.is_empty() || said.len() < PREFACE.len() && PREFACE.starts_with(&said) {
        match read(&mut stream).await? {
          more if more.is_empty() => return Err(io::ErrorKind::UnexpectedEof.into()),
          more => said.extend_from_slice(&more),
        }
      }
      Ok(())
    };
    if self.in_time(HEAD_TIMEOUT, spoken).await.is_some() {
      if said.starts_with(PREFACE) {
        Box::pin(self.http2(stream, said.into())).await;
      } else {
        self.http1(stream, said.into()).await;
      }
    }
  }

  /// By TLS.
  pub(crate) async fn secure(self, stream: TcpStream, tls: TlsAcceptor) {
    let Some(stream) = self.in_time(HEAD_TIMEOUT, Box::pin(tls.accept(stream))).await else { return };
    if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
      Box::pin(self.http2(stream, Bytes::new())).await;
    } else {
      self.http1(stream, Bytes::new()).await;
    }
  }

  /// Waits for what a client is to do. Nothing if it does not, or the connection is to end.
  async fn in_time<T>(&self, limit: Duration, done: impl Future<Output = io::Result<T>>) -> Option<T> {
    tokio::select! {
      biased;
      done = timeout(limit, done) => match done {
        Ok(Ok(done)) => Some(done),
        Ok(Err(error)) => {
          self.ends(error);
          None
        }
        Err(_) => {
          self.ends("its client says nothing in time");
          None
        }
      },
      _ = self.connection.closing() => None,
    }
  }

  /// HTTP/1: requests, with pauses in which nothing serves the connection.
  async fn http1<S: AsyncRead + AsyncWrite + Unpin>(&self, mut stream: S, mut said: Bytes) {
    if said.is_empty() {
      let Some(first) = self.in_time(HEAD_TIMEOUT, read(&mut stream)).await else { return };
      said = first;
    }
    while !said.is_empty() {
      match Box::pin(self.http1_requests(stream, said)).await {
        Some(rest) => (stream, said) = rest,
        None => return,
      }
      if said.is_empty() {
        let _resting = self.connection.rest();
        said = self.in_time(IDLE_TIMEOUT, read(&mut stream)).await.unwrap_or_default();
      }
    }
    // Nobody waits for whether its client is told.
    let _ = timeout(HEAD_TIMEOUT, stream.shutdown()).await;
  }

  /// HTTP/1 requests until none is under way; gives the connection, and what has come of the next.
  async fn http1_requests<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S, said: Bytes) -> Option<(S, Bytes)> {
    let traffic = Traffic::new(self.connection.clone());
    let service = service_fn(|mut request| {
      let busy = self.connection.begin();
      traffic.understand();
      detach(&mut request);
      async {
        let response = answer(self.current.site(), request, self.peer, &busy).await;
        Ok::<_, Infallible>(response.map(|body| Sent::new(body, busy)))
      }
    });
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MAX_HEAD).max_headers(MAX_HEADERS);
    let wire = TokioIo::new(Wire::new(stream, said, traffic.clone()));
    let mut requests = builder.serve_connection(wire, service);
    let (mut pause, mut is_closing) = (LINGER, false);
    let mut look = pin!(sleep(pause));
    loop {
      tokio::select! {
        biased;
        ended = &mut requests => {
          ended.unwrap_or_else(|error| self.ends(error));
          if !is_closing {
            let (stream, _) = requests.into_parts().io.into_inner().into_parts();
            self.read_out(stream).await;
          }
          return None;
        }
        () = look.as_mut() => {}
        answers = self.connection.closing(), if !is_closing => {
          if !answers {
            return None;
          }
          is_closing = true;
          Pin::new(&mut requests).graceful_shutdown();
          continue;
        }
      }
      if self.is_unread(&traffic) {
        return None;
      }
      let waits = traffic.heard().map(|since| since.elapsed());
      let is_late = waits.is_some_and(|waits| waits >= HEAD_TIMEOUT);
      let idle = self.connection.idle();
      let is_over = idle.is_some_and(|idle| is_late || waits.is_none() && idle >= LINGER) && !traffic.is_held();
      if is_over && is_closing {
        return None;
      }
      if is_over {
        let parts = requests.into_parts();
        if is_late && !parts.read_buf.is_empty() {
          self.ends("no request comes in time");
          return None;
        }
        let (stream, unread) = parts.io.into_inner().into_parts();
        return Some((stream, [parts.read_buf, unread].concat().into()));
      }
      let left = HEAD_TIMEOUT.saturating_sub(waits.unwrap_or_default());
      let may_rest = idle.is_some() && waits.is_none();
      pause = if may_rest { LINGER } else { (2 * pause).min(LONG_LINGER).min(left).max(LINGER) };
      look.as_mut().reset(Instant::now() + pause);
    }
  }

  /// Reads what a client still sends that was answered before it had sent all: as long as that is not read, the system
  /// takes back an answer that the client has not read yet, and the client cannot send on.
  async fn read_out(&self, mut stream: impl AsyncRead + Unpin) {
    let rest = async { while read(&mut stream).await.is_ok_and(|more| !more.is_empty()) {} };
    tokio::select! {
      _ = timeout(READ_OUT, rest) => {}
      _ = self.connection.closing() => {}
    }
  }

  /// HTTP/2, to the end of the connection.
  async fn http2(&self, stream: impl AsyncRead + AsyncWrite + Unpin + 'static, said: Bytes) {
    let (current, peer, connection) = (self.current.clone(), self.peer, self.connection.clone());
    let service = service_fn(move |request| {
      let (site, connection) = (current.site(), connection.clone());
      let busy = connection.begin();
      async move {
        let mut response = answer(site, request, peer, &busy).await.map(|body| Sent::new(body, busy));
        connection.sends(response.body_mut().watched());
        Ok::<_, Infallible>(response)
      }
    });
    let mut builder = http2::Builder::new(SameThread);
    builder.timer(TokioTimer::new()).keep_alive_interval(HEAD_TIMEOUT);
    builder.max_header_list_size(MAX_HEAD as u32).max_concurrent_streams(MAX_STREAMS);
    builder.max_pending_accept_reset_streams(MAX_RESETS).max_local_error_reset_streams(MAX_ERRORS);
    let traffic = Traffic::new(self.connection.clone());
    let mut requests = builder.serve_connection(TokioIo::new(Wire::new(stream, said, traffic.clone())), service);
    let mut is_closing = false;
    loop {
      tokio::select! {
        biased;
        ended = &mut requests => return ended.unwrap_or_else(|error| self.ends(error)),
        () = sleep(LONG_LINGER) => {
          if self.is_unread(&traffic) {
            return;
          }
        }
        answers = self.connection.closing(), if !is_closing => {
          if !answers {
            return;
          }
          is_closing = true;
          Pin::new(&mut requests).graceful_shutdown();
        }
      }
    }
  }

  /// Whether the client does not read for too long, which ends the connection.
  fn is_unread(&self, traffic: &Traffic) -> bool {
    let is_blocked = traffic.blocked().is_some_and(|since| since.elapsed() >= WRITE_TIMEOUT);
    let is_unread = is_blocked || self.connection.has_unread();
    if is_unread {
      self.ends("the client does not read its answers");
    }
    is_unread
  }

  /// The connection is at its end, for this.
  fn ends(&self, why: impl Display) {
    tracing::debug!(client = %self.peer.client, "a connection ends: {why}");
  }
}

/// What a client says next; nothing when it says no more. It has no memory until it comes.
async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Bytes> {
  poll_fn(|cx| {
    let mut room = [MaybeUninit::uninit(); FIRST_READ];
    let mut room = ReadBuf::uninit(&mut room);
    ready!(Pin::new(&mut *stream).poll_read(cx, &mut room))?;
    Poll::Ready(Ok(Bytes::copy_from_slice(room.filled())))
  })
  .await
}
