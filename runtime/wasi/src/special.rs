//! Files that are the system's own: of processes, devices and the kernel.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

type May = dyn Fn(&Path, bool) -> bool + Send + Sync;

/// Says which files a guest may have to do with where a directory that it is given has the system's own below it.
#[derive(Clone)]
pub struct Guard(Arc<May>);

impl Guard {
  /// `may` is asked for each path that the guest names, with the absolute path of where that leads, without symbolic
  /// links, and whether something may be changed there.
  pub fn new(may: impl Fn(&Path, bool) -> bool + Send + Sync + 'static) -> Self {
    Self(Arc::new(may))
  }

  pub(super) fn may(&self, path: &Path, write: bool) -> bool {
    (self.0)(path, write)
  }
}

impl fmt::Debug for Guard {
  fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str("Guard(…)")
  }
}
