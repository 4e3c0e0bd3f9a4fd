//! Who connects to a server.

use std::net::IpAddr;
use std::sync::Arc;

use crate::Failure;
use crate::Servers;

/// Who connects to a server that the manifest of an app allows.
#[derive(Clone)]
pub(crate) struct Asker {
  servers: Option<Arc<dyn Servers>>,
  words: Words,
}

/// Where the words of a refusal go.
#[derive(Clone)]
enum Words {
  /// To whoever asks.
  Told,
  /// To the log: a guest's interface may have no place for them.
  Logged {
    /// What the request is called that the guest answers.
    request: Option<String>,
  },
}

impl Asker {
  /// Who is told why it is refused.
  pub(crate) fn told(servers: Option<Arc<dyn Servers>>) -> Self {
    Self { servers, words: Words::Told }
  }

  /// A guest that answers a request of that name, if it answers one.
  pub(crate) fn guest(servers: Option<Arc<dyn Servers>>, request: Option<String>) -> Self {
    Self { servers, words: Words::Logged { request } }
  }

  /// Whether it may connect to a server of this name.
  pub(crate) fn check(&self, scheme: &str, host: &str, port: u16) -> Result<(), Failure> {
    match &self.servers {
      Some(servers) => servers.check(scheme, host, port).map_err(|why| self.refused(why)),
      None => Err(Failure::Refused("the host lets components connect to no servers".to_owned())),
    }
  }

  /// Whether it may connect to the address that the name has led to.
  pub(crate) fn check_address(&self, host: &str, address: IpAddr) -> Result<(), Failure> {
    let Some(servers) = &self.servers else { return Ok(()) };
    servers.check_address(host, address).map_err(|why| self.refused(why))
  }

  /// The same, who is told why: what it does others may do again, for other requests.
  pub(crate) fn for_all(&self) -> Self {
    Self::told(self.servers.clone())
  }

  /// Says where it belongs that it was refused.
  pub(crate) fn log(&self, why: &str) {
    if let (Some(servers), Words::Logged { request }) = (&self.servers, &self.words) {
      servers.log_refusal(why, request.as_deref());
    }
  }

  fn refused(&self, why: String) -> Failure {
    self.log(&why);
    Failure::Refused(why)
  }
}
