//! Sockets for datagrams.

use std::cell::Cell;
use std::rc::Rc;

use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use socket2::Protocol;
use socket2::Type;
use tokio::net::UdpSocket;

use crate::address::Numbers;
use crate::address::local_address;
use crate::address::remote_address;
use crate::answer::Answer;
use crate::answer::Code;
use crate::answer::code_of;
use crate::datagrams::Datagrams;
use crate::datagrams::Received;
use crate::network::Network;
use crate::socket::Role;
use crate::socket::Socket;
use crate::system::open;

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
