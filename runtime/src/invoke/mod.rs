//! Calls of ops from Rust, whatever stands behind the op: a function of a native plugin, of a guest or of a script.
//!
//! A call begins at [`Runtime::invoke`](crate::Runtime::invoke), on the runtime's own thread, or at [`Handle::invoke`],
//! on any other, which posts it. Native code is called from here ([`direct`]), whatever else by `calls::begin`, with a
//! [`Ticket`] that says where the answer goes.

pub(crate) mod calls;
pub(crate) mod direct;
mod handle;
mod ticket;
mod timer;

use deno_core::ResourceId;
use plugbay_ops::OpId;

pub use handle::Handle;
pub(crate) use handle::Mailbox;
pub(crate) use handle::Posted;
pub(crate) use ticket::Ticket;
pub(crate) use ticket::Tickets;
pub(crate) use ticket::given_up;
pub(crate) use timer::CallTimer;

/// A plugin that is open in a runtime.
#[derive(Clone, Debug)]
pub struct Plugin {
  pub(crate) rid: ResourceId,
  /// The number of its runtime.
  pub(crate) runtime: u64,
  pub(crate) name: String,
  pub(crate) version: String,
}

impl Plugin {
  /// What it is called.
  pub fn name(&self) -> &str {
    &self.name
  }

  /// Its version; empty when it does not say.
  pub fn version(&self) -> &str {
    &self.version
  }
}

/// An op that a caller may call: [`Runtime::bind`](crate::Runtime::bind) has asked whether it may. It is of one
/// runtime, and stays what it is when others register ops of its name; when its plugin is closed, calls fail with
/// `ERR_PLUGIN_CLOSED`.
#[derive(Clone, Debug)]
pub struct OpRef {
  pub(crate) id: OpId,
  /// The number of its runtime.
  pub(crate) runtime: u64,
}
