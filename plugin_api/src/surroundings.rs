//! Where futures of the plugin are polled and dropped: as the plugin that is running, and with the feature `tokio`
//! within the tokio runtime of the plugin's library.

use crate::host::HostRef;
use crate::host::enter;
#[cfg(own_tokio)]
use crate::instance::Instance;

/// What a future of a plugin finds around it.
pub(crate) struct Surroundings {
  host: HostRef,
  #[cfg(own_tokio)]
  tokio: Option<tokio::runtime::Handle>,
}

impl Surroundings {
  /// Those of a plugin that is open. Its tokio runtime begins with the first.
  pub(crate) fn of(host: HostRef) -> Self {
    Self {
      host,
      #[cfg(own_tokio)]
      tokio: Instance::of(host.instance).tokio(),
    }
  }

  /// Runs code of the plugin's there.
  pub(crate) fn run<R>(&self, work: impl FnOnce() -> R) -> R {
    #[cfg(own_tokio)]
    let _entered = self.tokio.as_ref().map(tokio::runtime::Handle::enter);
    enter(self.host, work)
  }
}
