//! The host, as a plugin sees it: its C table, and which plugin runs.

use std::ptr::null_mut;
use std::sync::atomic::AtomicPtr;
use std::sync::atomic::Ordering;

use plugin_abi as abi;

use crate::OpError;

/// The host's table and the number of this open plugin: all there is behind an [`Interface`].
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct HostRef {
  /// Never null. That of an older host is shorter than this crate knows it, so that there is no reference to it.
  pub(crate) table: *const abi::HostTable,
  pub(crate) instance: u64,
}

impl HostRef {
  /// Has the init or the call that is running fail.
  pub(crate) fn tell_failure(self, error: OpError) {
    let mut report = error.into_report();
    // SAFETY: the report is whole, and the host takes its buffers. A HostRef only exists on the isolate's thread,
    // because it is lent to init and ops there.
    unsafe { ((*self.table).fail)(self.instance, &mut report) };
  }

  pub(crate) fn slice(text: &str) -> abi::Slice {
    abi::Slice { ptr: text.as_ptr(), len: text.len() }
  }
}

/// The host's table, once the entry was called. There is one host in a process, and it never goes away.
static TABLE: AtomicPtr<abi::HostTable> = AtomicPtr::new(null_mut());

/// Keeps the host's table for [`current`].
pub(crate) fn set_table(table: *const abi::HostTable) {
  TABLE.store(table.cast_mut(), Ordering::Release);
}

/// The host's table.
pub(crate) fn table() -> Option<*const abi::HostTable> {
  let table = TABLE.load(Ordering::Acquire).cast_const();
  (!table.is_null()).then_some(table)
}

/// Runs `work` with `host` as the answer of [`current`], which is put back as it was even when `work` panics. In a
/// guest it stays: nobody else is there, and fast functions rely on it.
pub(crate) fn enter<R>(host: HostRef, work: impl FnOnce() -> R) -> R {
  struct Restore {
    cell: *mut u64,
    previous: u64,
  }
  impl Drop for Restore {
    fn drop(&mut self) {
      if cfg!(not(target_family = "wasm")) {
        // SAFETY: the cell of this thread, which only plugins that run on it use.
        unsafe { *self.cell = self.previous };
      }
    }
  }
  // SAFETY: may be called on any thread; the cell is this thread's, and lives as long as it.
  let _restore = unsafe {
    let cell = ((*host.table).current)();
    Restore { cell, previous: cell.replace(host.instance) }
  };
  work()
}

/// The plugin whose init, op or future is running on this thread.
///
/// # Panics
///
/// Elsewhere, with a message that says so.
#[track_caller]
pub(crate) fn current(what: &str) -> HostRef {
  // SAFETY: may be called on any thread; the cell is this thread's.
  let host = table().map(|table| HostRef { table, instance: unsafe { *((*table).current)() } });
  host.filter(|host| host.instance != 0).unwrap_or_else(|| {
    panic!("{what} was called outside of a plugin's init, op or op future; call it in the op and move what it gives")
  })
}
