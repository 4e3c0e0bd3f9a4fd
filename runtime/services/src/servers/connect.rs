//! Connects to a server.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::OnceLock;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::AsyncRead;
use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::net::lookup_host;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Failure;
use crate::servers::Asker;

/// Where a server is.
#[derive(Clone, Debug)]
pub(crate) struct Address {
  /// What it speaks, as `allowed_outbound_hosts` calls it.
  pub(crate) scheme: &'static str,
  pub(crate) host: String,
  pub(crate) port: u16,
}

/// A connection, by TLS or not.
pub trait ServerStream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ServerStream for S {}

impl fmt::Display for Address {
  fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Self { scheme, host, port } = self;
    match host.contains(':') {
      true => write!(out, "{scheme}://[{host}]:{port}"),
      false => write!(out, "{scheme}://{host}:{port}"),
    }
  }
}

impl Address {
  /// Whether somebody may connect to it, by its name.
  pub(crate) fn check(&self, asker: &Asker) -> Result<(), Failure> {
    asker.check(self.scheme, &self.host, self.port)
  }

  /// Connects to the first of its addresses that answers and that `asker` may connect to; all, if it is the host.
  pub(crate) async fn connect(&self, asker: Option<&Asker>, patience: Duration) -> Result<TcpStream, Failure> {
    match tokio::time::timeout(patience, self.connect_at_last(asker)).await {
      Ok(connected) => connected,
      Err(_) => Err(self.late(patience)),
    }
  }

  /// What is said when it takes longer than this.
  pub(crate) fn late(&self, patience: Duration) -> Failure {
    Failure::Other(format!("{self} does not answer within {patience:?}"))
  }

  async fn connect_at_last(&self, asker: Option<&Asker>) -> Result<TcpStream, Failure> {
    let unreached = |why: &io::Error| Failure::Other(format!("{self} cannot be reached: {why}"));
    let found = lookup_host((self.host.as_str(), self.port)).await.map_err(|error| unreached(&error))?;
    let mut failure = Failure::Other(format!("{self} cannot be reached: the name has no address"));
    for address in found {
      match self.connect_to(address, asker).await {
        Ok(stream) => return Ok(stream),
        Err(Unconnected::Refused(refusal)) => failure = refusal,
        Err(Unconnected::Failed(error)) => failure = unreached(&error),
      }
    }
    Err(failure)
  }

  async fn connect_to(&self, address: SocketAddr, asker: Option<&Asker>) -> Result<TcpStream, Unconnected> {
    if let Some(asker) = asker {
      asker.check_address(&self.host, address.ip()).map_err(Unconnected::Refused)?;
    }
    let stream = TcpStream::connect(address).await.map_err(Unconnected::Failed)?;
    stream.set_nodelay(true).map_err(Unconnected::Failed)?;
    Ok(stream)
  }

  /// Speaks TLS with a server, whose certificate must be one that the system trusts.
  pub(crate) async fn secure<S: ServerStream>(&self, stream: S) -> io::Result<TlsStream<S>> {
    let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
    TlsConnector::from(tls()?).connect(name, stream).await
  }
}

enum Unconnected {
  Refused(Failure),
  Failed(io::Error),
}

fn tls() -> io::Result<Arc<ClientConfig>> {
  static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
  if let Some(config) = CONFIG.get() {
    return Ok(config.clone());
  }
  let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
  let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
  let config = builder.map_err(io::Error::other)?;
  let config = config.with_root_certificates(plugbay_http::system_roots().clone()).with_no_client_auth();
  Ok(CONFIG.get_or_init(|| Arc::new(config)).clone())
}
