//! The systems that guests see.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use deno_core::v8;
use wasi_preview1::Exit;
use wasi_preview1::Wasi;

/// A guest's view of the system.
pub(crate) struct Process {
  pub(crate) wasi: RefCell<Wasi>,
  pub(crate) memory: RefCell<Option<v8::Global<v8::WasmMemoryObject>>>,
  /// Whether the guest has called one of its functions.
  pub(crate) is_used: Cell<bool>,
  /// How the guest's call ended, if it was here.
  pub(crate) exit: Cell<Option<Exit>>,
}

/// The systems of guests, by number.
#[derive(Default)]
pub(crate) struct Processes {
  pub(crate) open: RefCell<HashMap<u32, Rc<Process>>>,
  pub(crate) next: Cell<u32>,
}

impl Processes {
  /// Drops what belongs to the isolate.
  pub(crate) fn clear(&self) {
    for process in self.open.take().into_values() {
      process.memory.take();
    }
  }
}
