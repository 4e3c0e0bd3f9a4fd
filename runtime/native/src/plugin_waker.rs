//! Wakers of plugins, as the host keeps them.

use std::sync::Arc;
use std::task::Wake;
use std::task::Waker;

use plugin_abi as abi;

use crate::library::Library;

/// A waker of a plugin's, which other threads may have when the plugin is closed.
pub(crate) struct PluginWaker {
  waker: *const abi::Waker,
  /// Has its functions.
  _library: Arc<Library>,
}

// SAFETY: everything of a waker may be called on any thread.
unsafe impl Send for PluginWaker {}
// SAFETY: as above.
unsafe impl Sync for PluginWaker {}

impl PluginWaker {
  /// # Safety
  ///
  /// The waker is live, and code of the library made it.
  pub(crate) unsafe fn clone_of(waker: *const abi::Waker, library: Arc<Library>) -> Waker {
    // SAFETY: the caller's promise; a vtable is a static.
    let clone = unsafe { (*(*waker).vtable).clone };
    match clone {
      // SAFETY: as above.
      Some(clone) => Waker::from(Arc::new(Self { waker: unsafe { clone(waker) }, _library: library })),
      None => Waker::noop().clone(),
    }
  }
}

impl Wake for PluginWaker {
  fn wake(self: Arc<Self>) {
    self.wake_by_ref();
  }

  fn wake_by_ref(self: &Arc<Self>) {
    // SAFETY: the waker is live until the drop, and its library is mapped.
    unsafe {
      if let Some(wake) = (*(*self.waker).vtable).wake {
        wake(self.waker);
      }
    }
  }
}

impl Drop for PluginWaker {
  fn drop(&mut self) {
    // SAFETY: as above; it is given up here.
    unsafe {
      if let Some(drop) = (*(*self.waker).vtable).drop {
        drop(self.waker);
      }
    }
  }
}
