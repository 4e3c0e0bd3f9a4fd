//! The options of sockets.

use std::io;
use std::time::Duration;

use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use serde::Deserialize;
use socket2::TcpKeepalive;

use crate::answer::Answer;
use crate::socket::Socket;

/// The most that each may be: systems take no more, or should not.
const MAX_SECONDS: f64 = 32767.0;
const MAX_PROBES: f64 = 127.0;
const MAX_BUFFER: f64 = 16_777_216.0;

/// Which option. Times are seconds.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum SocketOption {
  KeepAliveEnabled,
  KeepAliveIdleTime,
  KeepAliveInterval,
  KeepAliveCount,
  HopLimit,
  ReceiveBufferSize,
  SendBufferSize,
}

/// What an option is.
#[op2]
#[serde]
pub(crate) fn op_socket_option(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  #[serde] option: SocketOption,
) -> Result<Answer<f64>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  Ok(socket.with(|system| get(system, option, socket.is_ipv6)).into())
}

/// Sets an option, as far as the system goes.
#[op2]
#[serde]
pub(crate) fn op_socket_set_option(
  state: &mut OpState,
  #[smi] socket: ResourceId,
  #[serde] option: SocketOption,
  value: f64,
) -> Result<Answer<()>, ResourceError> {
  let socket = state.resource_table.get::<Socket>(socket)?;
  Ok(socket.with(|system| set(system, option, socket.is_ipv6, value)).into())
}

fn get(socket: &socket2::Socket, option: SocketOption, is_ipv6: bool) -> io::Result<f64> {
  match option {
    SocketOption::KeepAliveEnabled => socket.keepalive().map(|is_on| if is_on { 1.0 } else { 0.0 }),
    SocketOption::KeepAliveIdleTime => socket.tcp_keepalive_time().map(|time| time.as_secs_f64()),
    SocketOption::KeepAliveInterval => socket.tcp_keepalive_interval().map(|time| time.as_secs_f64()),
    SocketOption::KeepAliveCount => socket.tcp_keepalive_retries().map(f64::from),
    SocketOption::HopLimit if is_ipv6 => socket.unicast_hops_v6().map(f64::from),
    SocketOption::HopLimit => socket.ttl_v4().map(f64::from),
    SocketOption::ReceiveBufferSize => socket.recv_buffer_size().map(|size| size as f64),
    SocketOption::SendBufferSize => socket.send_buffer_size().map(|size| size as f64),
  }
}

fn set(socket: &socket2::Socket, option: SocketOption, is_ipv6: bool, value: f64) -> io::Result<()> {
  let seconds = || Duration::from_secs_f64(value.ceil().clamp(1.0, MAX_SECONDS));
  match option {
    SocketOption::KeepAliveEnabled => socket.set_keepalive(value != 0.0),
    SocketOption::KeepAliveIdleTime => keep_alive(socket, |it| it.with_time(seconds())),
    SocketOption::KeepAliveInterval => keep_alive(socket, |it| it.with_interval(seconds())),
    SocketOption::KeepAliveCount => keep_alive(socket, |it| it.with_retries(value.clamp(1.0, MAX_PROBES) as u32)),
    SocketOption::HopLimit if is_ipv6 => socket.set_unicast_hops_v6(value as u32),
    SocketOption::HopLimit => socket.set_ttl_v4(value as u32),
    SocketOption::ReceiveBufferSize => socket.set_recv_buffer_size(value.clamp(1.0, MAX_BUFFER) as usize),
    SocketOption::SendBufferSize => socket.set_send_buffer_size(value.clamp(1.0, MAX_BUFFER) as usize),
  }
}

/// Sets one of its numbers, and leaves it on or off.
fn keep_alive(socket: &socket2::Socket, with: impl FnOnce(TcpKeepalive) -> TcpKeepalive) -> io::Result<()> {
  let is_on = socket.keepalive()?;
  socket.set_tcp_keepalive(&with(TcpKeepalive::new()))?;
  socket.set_keepalive(is_on)
}
