//! What a function answers: what it gives, or an error code of wasi:sockets.

use std::io;

use serde::Serialize;

/// The name of a case of wasi:sockets' `error-code`.
pub(crate) type Code = &'static str;

/// One of them is there.
#[derive(Serialize)]
pub(crate) struct Answer<T> {
  failed: Option<Code>,
  value: Option<T>,
}

impl<T> From<Result<T, Code>> for Answer<T> {
  fn from(result: Result<T, Code>) -> Self {
    match result {
      Ok(value) => Self { failed: None, value: Some(value) },
      Err(code) => Self { failed: Some(code), value: None },
    }
  }
}

pub(crate) fn code_of(error: io::Error) -> Code {
  use io::ErrorKind;
  match error.kind() {
    ErrorKind::WouldBlock => "would-block",
    ErrorKind::PermissionDenied => "access-denied",
    ErrorKind::Unsupported => "not-supported",
    ErrorKind::InvalidInput => "invalid-argument",
    ErrorKind::OutOfMemory => "out-of-memory",
    ErrorKind::TimedOut => "timeout",
    ErrorKind::NotConnected => "invalid-state",
    ErrorKind::AddrInUse => "address-in-use",
    ErrorKind::AddrNotAvailable => "address-not-bindable",
    ErrorKind::ConnectionRefused => "connection-refused",
    ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => "connection-reset",
    ErrorKind::ConnectionAborted => "connection-aborted",
    ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => "remote-unreachable",
    _ => of_number(&error).unwrap_or("unknown"),
  }
}

/// Those that the standard library has no name for.
#[cfg(unix)]
fn of_number(error: &io::Error) -> Option<Code> {
  use rustix::io::Errno;
  match Errno::from_io_error(error)? {
    Errno::MFILE | Errno::NFILE => Some("new-socket-limit"),
    Errno::MSGSIZE => Some("datagram-too-large"),
    Errno::NOBUFS => Some("out-of-memory"),
    Errno::AFNOSUPPORT | Errno::PROTONOSUPPORT => Some("not-supported"),
    _ => None,
  }
}

#[cfg(not(unix))]
fn of_number(_error: &io::Error) -> Option<Code> {
  None
}

/// Whether a connection was begun and is not there yet.
pub(crate) fn is_in_progress(error: &io::Error) -> bool {
  #[cfg(unix)]
  if rustix::io::Errno::from_io_error(error) == Some(rustix::io::Errno::INPROGRESS) {
    return true;
  }
  error.kind() == io::ErrorKind::WouldBlock
}
