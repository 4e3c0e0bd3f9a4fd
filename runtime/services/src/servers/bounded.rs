//! A connection of which no answer is kept that is too large. The clients of servers read an answer whole before they
//! give it, so it is measured here, while it comes: by what the server announces, before that is there.

use std::io;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;

/// Knows where the answers of a protocol begin and end, and how large they are.
pub(crate) trait Framing: Send + Unpin {
  /// Takes note of what has come.
  ///
  /// # Errors
  ///
  /// Why no more is read.
  fn take(&mut self, bytes: &[u8]) -> Result<(), Unread>;
}

/// Why no more is read of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
  /// An answer is larger than this, in bytes.
  #[error("an answer has more than {0} bytes")]
  TooLarge(usize),
  /// What has come is none of the protocol's.
  #[error("an answer is none of the protocol's")]
  Malformed,
}

impl Unread {
  /// That which a connection has ended with, if it has.
  pub(crate) fn of(error: &io::Error) -> Option<Self> {
    error.get_ref()?.downcast_ref().copied()
  }
}

/// A connection that ends with the first answer that is too large.
pub(crate) struct Bounded<S, F> {
  connection: S,
  framing: F,
}

impl<S, F> Bounded<S, F> {
  pub(crate) fn new(connection: S, framing: F) -> Self {
    Self { connection, framing }
  }
}

impl<S: AsyncRead + Unpin, F: Framing> AsyncRead for Bounded<S, F> {
  fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
    let Self { connection, framing } = &mut *self;
    let before = buffer.filled().len();
    ready!(Pin::new(connection).poll_read(cx, buffer))?;
    Poll::Ready(framing.take(&buffer.filled()[before..]).map_err(io::Error::other))
  }
}

impl<S: AsyncWrite + Unpin, F: Framing> AsyncWrite for Bounded<S, F> {
  fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
    Pin::new(&mut self.connection).poll_write(cx, bytes)
  }

  fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    Pin::new(&mut self.connection).poll_flush(cx)
  }

  fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    Pin::new(&mut self.connection).poll_shutdown(cx)
  }
}
