//! TLS for connections to PostgreSQL servers.

use std::io;

use futures::FutureExt;
use futures::future::BoxFuture;
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
type Secure = Bounded<TlsStream<Stream>, Messages>;

impl TlsConnect<Stream> for Tls {
  type Stream = Secure;
  type Error = io::Error;
  type Future = BoxFuture<'static, io::Result<Secure>>;

  fn connect(self, stream: Stream) -> Self::Future {
    let Self(address, most) = self;
    async move { Ok(Bounded::new(address.secure(stream).await?, Messages::new(most))) }.boxed()
  }
}

impl tokio_postgres::tls::TlsStream for Secure {
  fn channel_binding(&self) -> ChannelBinding {
    ChannelBinding::none()
  }
}
