//! Native plugins: dynamic libraries.
//!
//! The crate plugin_handshake reads what a file says of itself before any code of it runs, [`library`] maps a [`copy`]
//! of the bytes that it read, [`host_table`] is what it may call, and a [`native_op`] of it is called through a
//! pointer. [`plugin`] holds the parts together.

#[cfg(unix)]
mod beside;
mod copy;
mod host;
mod host_table;
mod http;
mod library;
mod native_op;
mod outcome;
mod plugin;
mod plugin_error;
mod plugin_waker;
mod report;
mod resource;
mod services;
mod signature;

pub use copy::PrivateCopy;
pub use host::NativeHost;
pub use host_table::HOST_TABLE;
pub use library::Library;
pub use outcome::take_outcome_of;
pub use plugin::NativePlugin;
pub use plugin::adopt_buffer;
pub use plugin::take_failure;
pub use plugin_error::PluginError;
pub use report::new_outcome;
pub use resource::PluginResource;
pub use services::ServiceAnswer;
pub use services::Services;
