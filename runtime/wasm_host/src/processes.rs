//! The systems that guests see.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::v8;
use wasi_preview1::Exit;
use wasi_preview1::Wasi;

use crate::printed::Printed;

/// Where the functions of preview 1 find what they are called with.
#[derive(Clone)]
pub(crate) enum CallMemory {
  /// The memory of a guest that calls them itself.
  Guest(v8::Global<v8::WasmMemoryObject>),
  /// Bytes of the host's JavaScript, which calls them for a component.
  Host(v8::Global<v8::ArrayBuffer>),
}

impl CallMemory {
  /// The bytes as they lie now.
  pub(crate) fn store(&self, scope: &mut v8::PinScope<'_, '_>) -> v8::SharedRef<v8::BackingStore> {
    match self {
      Self::Guest(memory) => v8::Local::new(scope, memory).buffer().get_backing_store(),
      Self::Host(buffer) => v8::Local::new(scope, buffer).get_backing_store(),
    }
  }
}

/// A guest's view of the system.
pub(crate) struct Process {
  pub(crate) wasi: RefCell<Wasi>,
  pub(crate) memory: RefCell<Option<CallMemory>>,
  /// Its streams whose lines are told apart.
  pub(crate) printed: Vec<Arc<Printed>>,
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
