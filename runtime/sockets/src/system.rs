//! The system's sockets.

use std::io;

use socket2::Domain;
use socket2::Protocol;
use socket2::SockRef;
use socket2::Socket;
use socket2::Type;
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::net::UdpSocket;

/// A new socket of the system's.
pub(crate) fn open(is_ipv6: bool, kind: Type, protocol: Protocol) -> io::Result<Socket> {
  let socket = Socket::new(if is_ipv6 { Domain::IPV6 } else { Domain::IPV4 }, kind, Some(protocol))?;
  socket.set_nonblocking(true)?;
  if is_ipv6 {
    socket.set_only_v6(true)?;
  }
  Ok(socket)
}

/// Does something to a connection that may have to wait. Tokio learns when it would, and knows of nothing before the
/// event loop has run: then the system is asked.
pub(crate) fn of_stream<T>(stream: &TcpStream, mut work: impl FnMut(&Socket) -> io::Result<T>) -> io::Result<T> {
  match stream.try_io(Interest::READABLE, || work(&SockRef::from(stream))) {
    Err(error) if error.kind() == io::ErrorKind::WouldBlock => work(&SockRef::from(stream)),
    done => done,
  }
}

/// The same for datagrams.
pub(crate) fn of_datagrams<T>(socket: &UdpSocket, mut work: impl FnMut(&Socket) -> io::Result<T>) -> io::Result<T> {
  match socket.try_io(Interest::READABLE, || work(&SockRef::from(socket))) {
    Err(error) if error.kind() == io::ErrorKind::WouldBlock => work(&SockRef::from(socket)),
    done => done,
  }
}
