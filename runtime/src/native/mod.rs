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
mod signature;

pub(crate) use handshake::read as read_handshake;
pub(crate) use host_table::HOST_TABLE;
pub(crate) use library::Library;
pub(crate) use plugin::NativePlugin;
pub(crate) use plugin::adopt_buffer;
pub(crate) use plugin::take_failure;
pub(crate) use plugin::take_outcome_of;
pub(crate) use report::new_outcome;
