//! Native plugins: dynamic libraries.
//!
//! The crate plugin_handshake reads what a file says of itself before any code of it runs, [`library`] maps a [`copy`] of the
//! bytes that it read, [`host_table`] is what it may call, and an [`op`] of it is called through a pointer. [`plugin`] holds the
//! parts together.

#[cfg(unix)]
mod beside;
mod copy;
mod future;
mod host_table;
mod library;
mod op;
mod plugin;
mod report;
mod signature;

pub(crate) use copy::PrivateCopy;
pub(crate) use host_table::HOST_TABLE;
pub(crate) use library::Library;
pub(crate) use plugin::NativePlugin;
pub(crate) use plugin::adopt_buffer;
pub(crate) use plugin::take_failure;
pub(crate) use plugin::take_outcome_of;
pub(crate) use report::new_outcome;
