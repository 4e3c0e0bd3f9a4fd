//! Connections: made, waited for, read and written.

use std::cell::RefCell;
use std::io;
use std::io::Read;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::rc::Rc;

use deno_core::CancelFuture;
use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::ToJsBuffer;
use deno_core::error::ResourceError;
use deno_core::op2;
use socket2::Protocol;
use socket2::Type;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use crate::address::Numbers;
use crate::address::local_address;
use crate::address::remote_address;
use crate::answer::Answer;
use crate::answer::Code;
use crate::answer::code_of;
use crate::answer::is_in_progress;
use crate::network::Network;
use crate::socket::Role;
use crate::socket::Socket;
use crate::system::of_stream;
use crate::system::open;

/// The most bytes that are read at once.
const MOST: u32 = 65536;

/// A new socket, which has no address.
#[op2]
#[serde]
pub(crate) fn op_tcp_open(
  state: &mut OpState,
  #[smi] network: ResourceId,
  is_ipv6: bool,
) -> Result<Answer<ResourceId>, ResourceError> {
  let network = state.resource_table.get::<Network>(network)?;
  let opened = open(is_ipv6, Type::STREAM, Protocol::TCP).map_err(code_of);
  Ok(opened.map(|opened| state.resource_table.add(Socket::new(network, is_ipv6, Role::Idle(opened)))).into())
}

/// Gives a socket an address.
#[op2]
#[serde]
pub(crate) fn op_tcp_bind(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  #[serde] address: Numbers,
) -> Result<Answer<()>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  Ok(bind(&socket, &address).into())
}

fn bind(socket: &Socket, address: &[u32]) -> Result<(), Code> {
  let address = local_address(address, socket.is_ipv6)?;
  if !socket.network.takes(address) {
    return Err("access-denied");
  }
  socket.with(|socket| {
    // A server that ended a moment ago does not stand in the way of the next.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())
  })
}

/// Begins to connect a socket.
#[op2]
#[serde]
pub(crate) fn op_tcp_connect(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  #[serde] address: Numbers,
) -> Result<Answer<()>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  Ok(connect(&socket, &address).into())
}

fn connect(socket: &Socket, address: &[u32]) -> Result<(), Code> {
  let address = remote_address(address, socket.is_ipv6)?;
  if !socket.network.reaches(address) {
    return Err("access-denied");
  }
  let begun = socket.with(|socket| match socket.connect(&address.into()) {
    Err(error) if is_in_progress(&error) => Ok(()),
    done => done,
  });
  // There was no free port.
  begun.map_err(|code| if code == "address-not-bindable" { "address-in-use" } else { code })?;
  socket.peer.set(Some(address));
  become_other(socket, |idle| TcpStream::from_std(idle.into()).map(|stream| Role::Stream(Rc::new(stream))))
}

fn become_other(socket: &Socket, make: impl FnOnce(socket2::Socket) -> io::Result<Role>) -> Result<(), Code> {
  let mut role = socket.role.borrow_mut();
  match role.take() {
    Some(Role::Idle(idle)) => {
      *role = Some(make(idle).map_err(code_of)?);
      Ok(())
    }
    other => {
      *role = other;
      Err("invalid-state")
    }
  }
}

/// Whether a connection that was begun is there; or why it failed, which is told once.
#[op2]
#[serde]
pub(crate) fn op_tcp_is_connected(
  state: &mut OpState,
  #[smi] socket: ResourceId,
) -> Result<Answer<bool>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  let is_connected = socket.with(|socket| match socket.take_error()? {
    Some(error) => Err(error),
    None => match socket.peer_addr() {
      Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
      peer => peer.map(|_| true),
    },
  });
  Ok(is_connected.into())
}

/// Has a socket listen; so many connections wait to be accepted. One that listens already only learns how many.
#[op2]
#[serde]
pub(crate) fn op_tcp_listen(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  backlog: i32,
) -> Result<Answer<()>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  let listens = socket.with(|socket| socket.listen(backlog)).and_then(|()| {
    if socket.listener().is_ok() {
      return Ok(());
    }
    become_other(&socket, |idle| TcpListener::from_std(idle.into()).map(|it| Role::Listener(Rc::new(it))))
  });
  Ok(listens.into())
}

/// A connection that waits to be accepted, if one does.
#[op2]
#[serde]
pub(crate) fn op_tcp_accept(
  state: &mut OpState,
  #[smi] listener: ResourceId,
) -> Result<Answer<Option<ResourceId>>, ResourceError> {
  let listener = state.resource_table.get::<Socket>(listener)?;
  let accepted = listener.with(|socket| match socket.accept() {
    Ok((accepted, peer)) => {
      accepted.set_nonblocking(true)?;
      TcpStream::from_std(accepted.into()).map(|stream| Some((stream, peer.as_socket())))
    }
    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
    Err(error) => Err(error),
  });
  Ok(accepted.map(|accepted| accepted.map(|(stream, peer)| add(state, &listener, stream, peer))).into())
}

/// Waits for one.
#[op2]
#[serde]
pub(crate) async fn op_tcp_accepted(
  state: Rc<RefCell<OpState>>,
  #[smi] listener: ResourceId,
) -> Result<Answer<ResourceId>, ResourceError> {
  let socket = state.borrow().resource_table.get::<Socket>(listener)?;
  let accepted = async { socket.listener()?.accept().await.map_err(code_of) };
  let accepted = accepted.or_cancel(socket.cancel.clone()).await.unwrap_or(Err("connection-aborted"));
  Ok(accepted.map(|(stream, peer)| add(&mut state.borrow_mut(), &socket, stream, Some(peer))).into())
}

fn add(state: &mut OpState, listener: &Socket, stream: TcpStream, peer: Option<SocketAddr>) -> ResourceId {
  let role = Role::Stream(Rc::new(stream));
  let accepted = Socket::new(Rc::clone(&listener.network), listener.is_ipv6, role);
  accepted.peer.set(peer);
  state.resource_table.add(accepted)
}

/// Up to so many bytes that have come, none at the end; nothing where it would wait.
#[op2]
#[serde]
pub(crate) fn op_tcp_read(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  length: u32,
) -> Result<Answer<Option<ToJsBuffer>>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  if let Some(broken) = socket.broken.take() {
    return Ok(Err(broken).into());
  }
  let mut bytes = vec![0; length.min(MOST) as usize];
  let read = socket.stream().and_then(|stream| match of_stream(&stream, |mut socket| socket.read(&mut bytes)) {
    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
    Err(error) => Err(code_of(error)),
    Ok(count) => {
      bytes.truncate(count);
      Ok(Some(bytes.into()))
    }
  });
  Ok(read.into())
}

/// Writes what there is room for; says how many bytes that was.
#[op2]
#[serde]
pub(crate) fn op_tcp_write(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  #[buffer] bytes: &[u8],
) -> Result<Answer<usize>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  let written = socket.stream().and_then(|stream| match stream.try_write(bytes) {
    Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
    written => written.map_err(code_of),
  });
  Ok(written.into())
}

/// Ends one or both directions of a connection.
#[op2]
#[serde]
pub(crate) fn op_tcp_shutdown(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  reads: bool,
  writes: bool,
) -> Result<Answer<()>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  let how = match (reads, writes) {
    (true, true) => Shutdown::Both,
    (true, false) => Shutdown::Read,
    _ => Shutdown::Write,
  };
  let shut = socket.with(|socket| match socket.shutdown(how) {
    // Whoever was at the other end is gone already.
    Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
    shut => shut,
  });
  Ok(shut.into())
}
