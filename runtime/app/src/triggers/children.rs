//! Processes of triggers.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use rustix::process::Pid;
use rustix::process::Signal;
use rustix::process::kill_process;
use tokio::process::Child;

/// The processes that triggers have started and that have not ended: whoever ends the host at once ends them before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Children(Arc<Mutex<HashSet<Pid>>>);

impl Children {
  /// One is there from now on, until the answer is dropped: when it has been waited for, at the latest.
  pub(crate) fn add(&self, child: &Child) -> Running {
    let pid = child.id().and_then(|pid| Pid::from_raw(pid.cast_signed()));
    self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(pid);
    Running { children: self.clone(), pid }
  }

  /// Ends all of them.
  pub(crate) fn kill(&self) {
    for pid in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
      // It may have ended.
      let _ = kill_process(*pid, Signal::KILL);
    }
  }
}

/// A process that runs.
#[derive(Debug)]
pub(crate) struct Running {
  children: Children,
  pid: Option<Pid>,
}

impl Running {
  /// Tells it to end.
  pub(crate) fn terminate(&self) {
    if let Some(pid) = self.pid {
      // It may have ended.
      let _ = kill_process(pid, Signal::TERM);
    }
  }
}

impl Drop for Running {
  fn drop(&mut self) {
    if let Some(pid) = self.pid {
      self.children.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&pid);
    }
  }
}
