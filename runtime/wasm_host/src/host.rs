//! The host of plugins that knows guests.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use guest_worlds::Worlds;

use crate::cache;
use crate::cache::Folder;
use crate::interrupts::Interrupts;
use crate::loaded::Loaded;
use crate::processes::Processes;
use crate::watchdog::Watchdog;

/// What one runtime knows of its plugins, guests among them. It lives longer than the isolate, whose functions point to
/// it.
pub struct Host {
  bridge: Rc<v8_bridge::Host>,
  pub(crate) guests: Rc<Guests>,
  pub(crate) processes: Processes,
  /// Bytes of memories of ended instances that V8 still holds, since it was asked to collect last.
  pub(crate) dead_memory: Cell<usize>,
}

impl Host {
  /// Of a runtime with these settings.
  pub fn new(bridge: Rc<v8_bridge::Host>, settings: Settings) -> Self {
    let guests = Rc::new(Guests::new(settings));
    Self { bridge, guests, processes: Processes::default(), dead_memory: Cell::default() }
  }

  /// Ends the calls of all guests, from any thread, as their deadlines do.
  pub fn ender(&self) -> impl Fn() + Send + Sync + use<> {
    let watchdog = self.guests.watchdog.clone();
    move || watchdog.end_all()
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

/// What a runtime is told of guests when it is made.
pub struct Settings {
  /// The worlds that guests may be of.
  pub worlds: Worlds,
  /// Where compiled modules are kept for other processes.
  pub folder: Option<Folder>,
  /// Whether guests may make objects in V8's heap: where it is the plugin's own, so that a limit on it is one on the
  /// plugin.
  pub makes_objects: bool,
  /// What ends the guests' code when the heap is full.
  pub interrupts: Interrupts,
}

/// What the host knows of guests.
pub(crate) struct Guests {
  pub(crate) worlds: Worlds,
  folder: Option<Folder>,
  pub(crate) makes_objects: bool,
  pub(crate) interrupts: Interrupts,
  pub(crate) watchdog: Watchdog,
  modules: RefCell<HashMap<u32, Rc<Loaded>>>,
  next: Cell<u32>,
}

impl Guests {
  fn new(Settings { worlds, folder, makes_objects, interrupts }: Settings) -> Self {
    let watchdog = Watchdog::default();
    Self { worlds, folder, makes_objects, interrupts, watchdog, modules: RefCell::default(), next: Cell::default() }
  }

  pub(crate) fn folder(&self) -> Option<&Folder> {
    self.folder.as_ref()
  }

  /// Keeps what errors and functions that are handed out will want to know of a module; gives its number.
  pub(crate) fn keep(&self, module: Loaded) -> u32 {
    let id = self.next.replace(self.next.get() + 1);
    self.modules.borrow_mut().insert(id, Rc::new(module));
    id
  }

  pub(crate) fn module(&self, id: u32) -> Option<Rc<Loaded>> {
    self.modules.borrow().get(&id).cloned()
  }

  /// The plugin of this module is closed.
  pub(crate) fn forget(&self, id: u32) {
    let module = self.modules.borrow_mut().remove(&id);
    if let (Some(folder), Some(module)) = (&self.folder, module) {
      cache::write(folder, &module.module);
    }
  }

  /// The runtime ends, or the process: compiled modules are written to the folder.
  pub(crate) fn write_cache(&self) {
    if let Some(folder) = &self.folder {
      cache::write_all(folder);
    }
  }
}
