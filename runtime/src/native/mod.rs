//! Native plugins: dynamic libraries.
//!
//! [`handshake`] reads what a file says of itself before any code of it runs, [`library`] maps it, [`host_table`] is what
//! it may call, and an [`op`] of it is called through a pointer. [`plugin`] holds the parts together.

mod future;
mod handshake;
mod host_table;
mod library;
mod op;
mod plugin;
mod report;

pub(crate) use handshake::read as read_handshake;
pub(crate) use library::Library;
pub(crate) use plugin::NativePlugin;
