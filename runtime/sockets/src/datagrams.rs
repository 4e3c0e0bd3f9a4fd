//! Datagrams. Those of whom the guest may not reach it does not hear.

use std::cell::Cell;
use std::io;
use std::io::Read;
use std::net::SocketAddr;

use deno_core::ToJsBuffer;
use serde::Serialize;
use socket2::SockRef;
use tokio::net::UdpSocket;

use crate::address::Numbers;
use crate::address::numbers_of;
use crate::answer::Code;
use crate::answer::code_of;
use crate::network::Network;
use crate::system::of_datagrams;

/// The longest that there is.
const MOST: usize = 65536;
/// How many datagrams that the guest does not hear are taken at once.
const UNHEARD_AT_ONCE: usize = 64;

/// A socket for datagrams.
pub(crate) struct Datagrams {
  pub(crate) socket: UdpSocket,
  /// Who it is limited to. That is no connection of the system's, which could not be taken back everywhere.
  pub(crate) peer: Cell<Option<SocketAddr>>,
}

impl Datagrams {
  fn hears(&self, network: &Network, from: SocketAddr) -> bool {
    self.peer.get().is_none_or(|peer| peer == from) && network.reaches(from)
  }

  /// Whether there is a datagram for the guest, or an error.
  pub(crate) fn is_readable(&self, network: &Network) -> bool {
    !matches!(self.sender(network), Err(error) if error.kind() == io::ErrorKind::WouldBlock)
  }

  /// Who has sent the next datagram for the guest. Others before it are thrown away.
  fn sender(&self, network: &Network) -> io::Result<SocketAddr> {
    for _ in 0..UNHEARD_AT_ONCE {
      let from = of_datagrams(&self.socket, socket2::Socket::peek_sender)?;
      if let Some(from) = from.as_socket().filter(|from| self.hears(network, *from)) {
        return Ok(from);
      }
      of_datagrams(&self.socket, |mut socket| socket.read(&mut [0]))?;
    }
    Err(io::ErrorKind::WouldBlock.into())
  }

  /// The next datagram for the guest, if there is one.
  pub(crate) fn receive(&self, network: &Network) -> Result<Option<Received>, Code> {
    let from = match self.sender(network) {
      Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
      from => from.map_err(code_of)?,
    };
    let mut bytes = vec![0; MOST];
    let length = of_datagrams(&self.socket, |mut socket| socket.read(&mut bytes)).map_err(code_of)?;
    bytes.truncate(length);
    bytes.shrink_to_fit();
    Ok(Some(Received { data: bytes.into(), from: numbers_of(from) }))
  }

  /// Sends one; says whether there was room.
  pub(crate) fn send(&self, network: &Network, bytes: &[u8], to: Option<SocketAddr>) -> Result<bool, Code> {
    let to = match (self.peer.get(), to) {
      (Some(peer), None) => peer,
      (Some(peer), Some(to)) if peer != to => return Err("invalid-argument"),
      (None, None) => return Err("invalid-argument"),
      (_, Some(to)) => to,
    };
    if !network.reaches(to) {
      return Err("access-denied");
    }
    match SockRef::from(&self.socket).send_to(bytes, &to.into()) {
      Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
      sent => sent.map(|_| true).map_err(code_of),
    }
  }
}

/// A datagram, and who has sent it.
#[derive(Serialize)]
pub(crate) struct Received {
  data: ToJsBuffer,
  from: Numbers,
}
