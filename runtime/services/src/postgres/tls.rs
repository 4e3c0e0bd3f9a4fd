//! TLS for connections to PostgreSQL servers.

use std::io;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::io::ReadBuf;
use tokio::net::TcpStream;
use tokio_postgres::tls::ChannelBinding;
use tokio_postgres::tls::TlsConnect;
use tokio_rustls::client::TlsStream;

use crate::postgres::framing::Messages;
use crate::servers::Address;
use crate::servers::Bounded;

/// Speaks TLS with the server of an address, of which a message may have so many bytes.
pub(crate) struct Tls(pub(crate) Address, pub(crate) usize);

/// A connection that is measured before it is known whether TLS is spoken.
pub(crate) type Stream = Bounded<TcpStream, Messages>;

/// A connection by TLS.
pub(crate) struct Secure(Bounded<TlsStream<Stream>, Messages>);

impl TlsConnect<Stream> for Tls {
  type Stream = Secure;
  type Error = io::Error;
  type Future = BoxFuture<'static, io::Result<Secure>>;

  fn connect(self, stream: Stream) -> Self::Future {
    let Self(address, most) = self;
    async move { Ok(Secure(Bounded::new(address.secure(stream).await?, Messages::new(most)))) }.boxed()
  }
}

impl tokio_postgres::tls::TlsStream for Secure {
  fn channel_binding(&self) -> ChannelBinding {
    ChannelBinding::none()
  }
}

impl AsyncRead for Secure {
  fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
    Pin::new(&mut self.get_mut().0).poll_read(cx, buffer)
  }
}

impl AsyncWrite for Secure {
  fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
    Pin::new(&mut self.get_mut().0).poll_write(cx, bytes)
  }

  fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    Pin::new(&mut self.get_mut().0).poll_flush(cx)
  }

  fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
    Pin::new(&mut self.get_mut().0).poll_shutdown(cx)
  }
}
