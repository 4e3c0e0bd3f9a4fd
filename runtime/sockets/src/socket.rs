//! A socket, and what there is of it whatever it is for.

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::RefCell;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::rc::Rc;

use deno_core::CancelFuture;
use deno_core::CancelHandle;
use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use socket2::SockRef;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use crate::address::Numbers;
use crate::address::numbers_of;
use crate::answer::Answer;
use crate::answer::Code;
use crate::answer::code_of;
use crate::datagrams::Datagrams;
use crate::network::Network;
use crate::system::of_stream;

/// What a socket is for.
pub(crate) enum Role {
  /// For nothing yet.
  Idle(socket2::Socket),
  /// A connection, or one that is begun.
  Stream(Rc<TcpStream>),
  Listener(Rc<TcpListener>),
  Datagrams(Rc<Datagrams>),
}

/// A socket of a guest's. It does not block.
pub(crate) struct Socket {
  pub(crate) network: Rc<Network>,
  pub(crate) is_ipv6: bool,
  pub(crate) role: RefCell<Option<Role>>,
  /// Who is at the other end of a connection, also when that has gone.
  pub(crate) peer: Cell<Option<SocketAddr>>,
  /// Why nothing more can be read, which the system tells once, to whoever only looks as well.
  pub(crate) broken: Cell<Option<Code>>,
  pub(crate) cancel: Rc<CancelHandle>,
}

impl Resource for Socket {
  fn name(&self) -> Cow<'_, str> {
    "socket".into()
  }

  fn close(self: Rc<Self>) {
    self.cancel.cancel();
    self.role.take();
  }
}

impl Socket {
  pub(crate) fn new(network: Rc<Network>, is_ipv6: bool, role: Role) -> Self {
    Self {
      network,
      is_ipv6,
      role: RefCell::new(Some(role)),
      peer: Cell::default(),
      broken: Cell::default(),
      cancel: CancelHandle::new_rc(),
    }
  }

  /// Does something with the system's socket.
  pub(crate) fn with<T>(&self, work: impl FnOnce(&socket2::Socket) -> io::Result<T>) -> Result<T, Code> {
    let role = self.role.borrow();
    let done = match role.as_ref().ok_or("invalid-state")? {
      Role::Idle(socket) => work(socket),
      Role::Stream(stream) => work(&SockRef::from(&**stream)),
      Role::Listener(listener) => work(&SockRef::from(&**listener)),
      Role::Datagrams(datagrams) => work(&SockRef::from(&datagrams.socket)),
    };
    done.map_err(code_of)
  }

  pub(crate) fn stream(&self) -> Result<Rc<TcpStream>, Code> {
    match &*self.role.borrow() {
      Some(Role::Stream(stream)) => Ok(Rc::clone(stream)),
      _ => Err("invalid-state"),
    }
  }

  pub(crate) fn listener(&self) -> Result<Rc<TcpListener>, Code> {
    match &*self.role.borrow() {
      Some(Role::Listener(listener)) => Ok(Rc::clone(listener)),
      _ => Err("invalid-state"),
    }
  }

  pub(crate) fn datagrams(&self) -> Result<Rc<Datagrams>, Code> {
    match &*self.role.borrow() {
      Some(Role::Datagrams(datagrams)) => Ok(Rc::clone(datagrams)),
      _ => Err("invalid-state"),
    }
  }

  /// Whether there is something to be read, the end, or an error.
  fn is_readable(&self) -> bool {
    let Ok(stream) = self.stream() else {
      return self.datagrams().is_ok_and(|datagrams| datagrams.is_readable(&self.network));
    };
    match of_stream(&stream, |socket| socket.peek(&mut [MaybeUninit::uninit()])) {
      Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.broken.get().is_some(),
      Err(error) => {
        self.broken.set(Some(code_of(error)));
        true
      }
      Ok(_) => true,
    }
  }

  /// Waits for that. What tokio has heard may be old.
  async fn readable(&self) -> Result<(), Code> {
    loop {
      if let Ok(stream) = self.stream() {
        stream.readable().await.map_err(code_of)?;
      } else {
        self.datagrams()?.socket.readable().await.map_err(code_of)?;
      }
      if self.is_readable() {
        return Ok(());
      }
    }
  }

  async fn writable(&self) -> Result<(), Code> {
    match self.stream() {
      Ok(stream) => stream.writable().await.map_err(code_of),
      Err(_) => self.datagrams()?.socket.writable().await.map_err(code_of),
    }
  }
}

/// The address of a socket, or of who is at the other end.
#[op2]
#[serde]
pub(crate) fn op_socket_address(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  is_remote: bool,
) -> Result<Answer<Numbers>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  let address = match socket.peer.get() {
    peer if is_remote => peer.ok_or("invalid-state"),
    _ => socket.with(|socket| socket.local_addr()).and_then(|address| address.as_socket().ok_or("unknown")),
  };
  Ok(address.map(numbers_of).into())
}

/// Whether there is something to be read, or the end.
#[op2(fast)]
pub(crate) fn op_socket_is_readable(state: &mut OpState, #[smi] socket: ResourceId) -> Result<bool, ResourceError> {
  Ok(state.resource_table.get::<Socket>(socket)?.is_readable())
}

/// Waits until there is something to be read, or the end.
#[op2]
pub(crate) async fn op_socket_readable(
  state: Rc<RefCell<OpState>>,
  #[smi] socket: ResourceId,
) -> Result<(), ResourceError> {
  let socket = state.borrow().resource_table.get::<Socket>(socket)?;
  // Whoever reads learns what has failed.
  let _ = socket.readable().or_cancel(socket.cancel.clone()).await;
  Ok(())
}

/// Waits until something can be written, or a connection that was begun is there or has failed.
#[op2]
pub(crate) async fn op_socket_writable(
  state: Rc<RefCell<OpState>>,
  #[smi] socket: ResourceId,
) -> Result<(), ResourceError> {
  let socket = state.borrow().resource_table.get::<Socket>(socket)?;
  // Whoever writes learns what has failed.
  let _ = socket.writable().or_cancel(socket.cancel.clone()).await;
  Ok(())
}
