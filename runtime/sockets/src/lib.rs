//! Sockets of guests (wasi:sockets): TCP, UDP and names. Nothing here waits but what says so by a promise, and each
//! address is held against what the guest may reach before the system is asked.

#![forbid(unsafe_code)]

mod address;
mod answer;
mod datagrams;
mod names;
mod network;
mod options;
mod socket;
mod system;
mod tcp;
mod udp;

deno_core::extension!(
  plugbay_sockets,
  deps = [plugbay_http],
  ops = [
    names::op_socket_lookup,
    names::op_socket_name,
    network::op_socket_network,
    options::op_socket_option,
    options::op_socket_set_option,
    socket::op_socket_address,
    socket::op_socket_is_readable,
    socket::op_socket_readable,
    socket::op_socket_writable,
    tcp::op_tcp_accept,
    tcp::op_tcp_accepted,
    tcp::op_tcp_bind,
    tcp::op_tcp_connect,
    tcp::op_tcp_is_connected,
    tcp::op_tcp_listen,
    tcp::op_tcp_open,
    tcp::op_tcp_read,
    tcp::op_tcp_shutdown,
    tcp::op_tcp_write,
    udp::op_udp_bind,
    udp::op_udp_limit,
    udp::op_udp_open,
    udp::op_udp_receive,
    udp::op_udp_send,
  ],
);
