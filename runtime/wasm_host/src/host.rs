//! The host of plugins that knows guests.

use std::ops::Deref;
use std::rc::Rc;

use crate::Guests;
use crate::cache::Folder;
use crate::guests::DeadMemory;
use crate::wasi::Processes;

/// What one runtime knows of its plugins, guests among them. It lives longer than the isolate, whose functions point to it.
pub struct Host {
  bridge: Rc<v8_bridge::Host>,
  pub(crate) guests: Rc<Guests>,
  pub(crate) processes: Processes,
  pub(crate) dead_memory: DeadMemory,
}

impl Host {
  /// Compiled modules are kept in the folder, if there is one.
  pub fn new(bridge: Rc<v8_bridge::Host>, folder: Option<Folder>) -> Self {
    let guests = Rc::new(Guests::new(folder));
    Self { bridge, guests, processes: Processes::default(), dead_memory: DeadMemory::default() }
  }

  /// Closes everything, for the end of the runtime: while the isolate is there, and on its thread.
  pub fn shut_down(&self) {
    self.bridge.shut_down();
    self.guests.write_cache();
    self.processes.clear();
  }
}

impl Deref for Host {
  type Target = v8_bridge::Host;

  fn deref(&self) -> &v8_bridge::Host {
    &self.bridge
  }
}

impl AsRef<v8_bridge::Host> for Host {
  fn as_ref(&self) -> &v8_bridge::Host {
    self
  }
}
