//! A connection as HTTP is spoken over it, and how its client fares.

use std::cell::Cell;
use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Instant;

use bytes::Bytes;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

use super::connections::Connection;

/// What is known of the bytes that pass on a connection.
pub(super) struct Traffic {
  connection: Arc<Connection>,
  /// Since when something comes that is no request yet.
  heard: Cell<Option<Instant>>,
  /// Since when the client has no room for what is written.
  blocked: Cell<Option<Instant>>,
  /// Whether something is written that is not known to have left.
  is_held: Cell<bool>,
}

impl Traffic {
  pub(super) fn new(connection: Arc<Connection>) -> Rc<Self> {
    Rc::new(Self { connection, heard: Cell::default(), blocked: Cell::default(), is_held: Cell::default() })
  }

  /// Something has come. While there is a request it belongs to that, or is looked at after it.
  fn hear(&self) {
    if self.heard.get().is_none() && self.connection.idle().is_some() {
      self.heard.set(Some(Instant::now()));
    }
  }

  /// What has come is a request.
  pub(super) fn understand(&self) {
    self.heard.set(None);
  }

  /// Since when something comes that is no request yet.
  pub(super) fn heard(&self) -> Option<Instant> {
    self.heard.get()
  }

  /// Since when the client has no room for what is written.
  pub(super) fn blocked(&self) -> Option<Instant> {
    self.blocked.get()
  }

  /// Whether something is written that is not known to have left.
  pub(super) fn is_held(&self) -> bool {
    self.is_held.get()
  }

  fn sends<T>(&self, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
    self.is_held.set(true);
    match (polled.is_pending(), self.blocked.get()) {
      (true, None) => self.blocked.set(Some(Instant::now())),
      (false, Some(_)) => self.blocked.set(None),
      _ => {}
    }
    polled
  }
}

/// A stream of which some bytes are read already.
pub(super) struct Wire<S> {
  stream: S,
  said: Bytes,
  traffic: Rc<Traffic>,
}

impl<S> Wire<S> {
  /// What a stream has said already comes first.
  pub(super) fn new(stream: S, said: Bytes, traffic: Rc<Traffic>) -> Self {
    Self { stream, said, traffic }
  }

  /// The stream, and what of its first bytes nobody has read.
  pub(super) fn into_parts(self) -> (S, Bytes) {
    (self.stream, self.said)
  }
}

impl<S: AsyncRead + Unpin> AsyncRead for Wire<S> {
  fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
    let before = buffer.filled().len();
    if self.said.is_empty() {
      ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
    } else {
      let length = self.said.len().min(buffer.remaining());
      buffer.put_slice(&self.said.split_to(length));
    }
    if buffer.filled().len() > before {
      self.traffic.hear();
    }
    Poll::Ready(Ok(()))
  }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Wire<S> {
  fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
    let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
    self.traffic.sends(polled)
  }

  fn poll_write_vectored(
    mut self: Pin<&mut Self>,
    cx: &mut Context<'_>,
    slices: &[IoSlice<'_>],
  ) -> Poll<io::Result<usize>> {
    let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
    self.traffic.sends(polled)
  }

  fn is_write_vectored(&self) -> bool {
    self.stream.is_write_vectored()
  }

  fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    let polled = Pin::new(&mut self.stream).poll_flush(cx);
    ready!(self.traffic.sends(polled))?;
    self.traffic.is_held.set(false);
    Poll::Ready(Ok(()))
  }

  fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
    self.traffic.sends(polled)
  }
}

#[cfg(test)]
mod tests {
  use tokio::io::AsyncReadExt;
  use tokio::io::AsyncWriteExt;
  use tokio::io::duplex;

  use super::*;
  use crate::meters::Meters;
  use crate::triggers::http::connections::Connections;

  fn traffic() -> Rc<Traffic> {
    let connections = Connections::new(1, Arc::new(Meters::new()));
    Traffic::new(Arc::new(connections.admit().expect("there is room")))
  }

  #[tokio::test]
  async fn what_was_said_comes_first_and_then_the_rest() {
    let (mut client, server) = duplex(64);
    let traffic = traffic();
    let mut wire = Wire::new(server, Bytes::from_static(b"GET / H"), traffic.clone());
    client.write_all(b"TTP/1.1").await.expect("there is room");
    assert!(traffic.heard().is_none());
    let mut said = [0; 14];
    for byte in said.chunks_mut(3) {
      wire.read_exact(byte).await.expect("there is more");
    }
    assert_eq!(&said, b"GET / HTTP/1.1");
    assert!(traffic.heard().is_some());
    traffic.understand();
    assert!(traffic.heard().is_none());
  }

  #[tokio::test]
  async fn it_knows_what_has_not_left_and_who_has_no_room() {
    let (mut client, server) = duplex(4);
    let traffic = traffic();
    let mut wire = Wire::new(server, Bytes::new(), traffic.clone());
    wire.write_all(b"abcd").await.expect("there is room");
    assert!(traffic.is_held() && traffic.blocked().is_none());
    wire.flush().await.expect("it is open");
    assert!(!traffic.is_held());
    {
      let mut more = std::pin::pin!(wire.write_all(b"e"));
      assert!(futures::poll!(more.as_mut()).is_pending());
      assert!(traffic.is_held() && traffic.blocked().is_some());
      client.read_exact(&mut [0; 4]).await.expect("there are four");
      more.await.expect("there is room");
    }
    assert!(traffic.blocked().is_none());
    let (_, said) = wire.into_parts();
    assert!(said.is_empty());
  }
}
