//! Servers that services talk to over the network: who may connect to which, and how.

mod asker;
mod bounded;
mod connect;
mod driven;
mod io;

use std::net::IpAddr;

pub(crate) use asker::Asker;
pub(crate) use bounded::Bounded;
pub(crate) use bounded::Framing;
pub(crate) use bounded::Unread;
pub(crate) use connect::Address;
pub use connect::ServerStream;
pub(crate) use driven::Driven;
pub(crate) use io::begin_on_io;
pub(crate) use io::on_io;

/// Who decides which servers a component may connect to: `allowed_outbound_hosts` of its manifest. The words of an
/// error say why not and what to add.
pub trait Servers: Send + Sync {
  /// Whether it may connect to a server of this name. `scheme` is `redis`, `rediss` (by TLS) or
  /// `postgres`.
  fn check(&self, scheme: &str, host: &str, port: u16) -> Result<(), String>;

  /// Whether it may connect to the address that the name has led to.
  fn check_address(&self, host: &str, address: IpAddr) -> Result<(), String>;

  /// Has the log say why a component was refused that is not told the words, and for which request.
  fn log_refusal(&self, why: &str, request: Option<&str>);
}
