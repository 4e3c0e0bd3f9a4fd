//! The host, as whoever asks for a service has it.

use plugin_abi as abi;

use crate::host::HostRef;

/// The services of the host: see the [module](super).
#[derive(Clone, Debug)]
pub struct Services {
  pub(super) host: AnyThread,
}

/// The host, for functions that any thread may call.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnyThread {
  pub(super) table: *const abi::HostTable,
  pub(super) instance: u64,
}

// SAFETY: the table is a static of the host's, and what is called of it here may be called on any thread.
unsafe impl Send for AnyThread {}
// SAFETY: as above.
unsafe impl Sync for AnyThread {}

impl Services {
  pub(crate) fn of(host: HostRef) -> Self {
    Self { host: AnyThread { table: host.table, instance: host.instance } }
  }
}
