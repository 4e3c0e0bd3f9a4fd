//! Datagrams. Those of whom the guest may not reach it does not hear.

use std::cell::Cell;
use std::io;
use std::io::Read;
use std::net::SocketAddr;
use std::rc::Rc;

use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::ToJsBuffer;
use deno_core::error::ResourceError;
use deno_core::op2;
use serde::Serialize;
use socket2::Protocol;
use socket2::SockRef;
use socket2::Type;
use tokio::net::UdpSocket;

use crate::address::Numbers;
use crate::address::local_address;
use crate::address::numbers_of;
use crate::address::remote_address;
use crate::answer::Answer;
use crate::answer::Code;
use crate::answer::code_of;
use crate::network::Network;
use crate::socket::Role;
use crate::socket::Socket;
use crate::socket::of_datagrams;
use crate::socket::open;

/// The longest that there is.
const MOST: usize = 65536;
/// How many datagrams that the guest does not hear are taken at once.
const UNHEARD_AT_ONCE: usize = 64;

/// A socket for datagrams.
pub(crate) struct Datagrams {
  pub(crate) socket: UdpSocket,
  /// Who it is limited to. That is no connection of the system's, which could not be taken back everywhere.
  peer: Cell<Option<SocketAddr>>,
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

  fn receive(&self, network: &Network) -> Result<Option<Received>, Code> {
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

  fn send(&self, network: &Network, bytes: &[u8], to: Option<SocketAddr>) -> Result<bool, Code> {
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

/// A new socket, which has no address.
#[op2]
#[serde]
pub(crate) fn op_udp_open(
  state: &mut OpState,
  #[smi] network: ResourceId,
  is_ipv6: bool,
) -> Result<Answer<ResourceId>, ResourceError> {
  let network = state.resource_table.get::<Network>(network)?;
  let opened = open(is_ipv6, Type::DGRAM, Protocol::UDP).and_then(|socket| UdpSocket::from_std(socket.into()));
  let opened = opened.map_err(code_of).map(|socket| {
    let role = Role::Datagrams(Rc::new(Datagrams { socket, peer: Cell::default() }));
    state.resource_table.add(Socket::new(network, is_ipv6, role))
  });
  Ok(opened.into())
}

/// Gives a socket an address. A port of the system's choosing needs no grant: only whom the guest may reach is heard.
#[op2]
#[serde]
pub(crate) fn op_udp_bind(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  #[serde] address: Numbers,
) -> Result<Answer<()>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  let bound = local_address(&address, socket.is_ipv6).and_then(|address| {
    if address.port() != 0 && !socket.network.takes(address) {
      return Err("access-denied");
    }
    socket.with(|socket| socket.bind(&address.into()))
  });
  Ok(bound.into())
}

/// Limits a socket to one peer, or to none.
#[op2]
#[serde]
pub(crate) fn op_udp_limit(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  #[serde] peer: Option<Numbers>,
) -> Result<Answer<()>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  Ok(limit(&socket, peer.as_deref()).into())
}

fn limit(socket: &Socket, peer: Option<&[u32]>) -> Result<(), Code> {
  let peer = peer.map(|peer| remote_address(peer, socket.is_ipv6)).transpose()?;
  if peer.is_some_and(|peer| !socket.network.reaches(peer)) {
    return Err("access-denied");
  }
  socket.datagrams()?.peer.set(peer);
  Ok(())
}

/// The next datagram, if there is one.
#[op2]
#[serde]
pub(crate) fn op_udp_receive(
  state: &mut OpState,
  #[smi] socket: ResourceId,
) -> Result<Answer<Option<Received>>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  Ok(socket.datagrams().and_then(|datagrams| datagrams.receive(&socket.network)).into())
}

/// Sends a datagram, unless there is no room for it now, which it says.
#[op2]
#[serde]
pub(crate) fn op_udp_send(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  #[buffer] bytes: &[u8],
  #[serde] to: Option<Numbers>,
) -> Result<Answer<bool>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  let to = to.map(|to| remote_address(&to, socket.is_ipv6)).transpose();
  let sent = to.and_then(|to| socket.datagrams()?.send(&socket.network, bytes, to));
  Ok(sent.into())
}
