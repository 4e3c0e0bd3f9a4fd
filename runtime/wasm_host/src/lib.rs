//! WebAssembly plugins: V8 runs them. What can be done in JavaScript is done there (`js/wasm/`), where nothing that a guest says
//! can harm the host's memory; here is the rest. [`Host`] is the host of plugins that knows guests.
//!
//! [`load`] makes a compiled module of bytes, with the crate wasm_rewrite, which puts the limits in, or finds it in [`cache`];
//! [`streaming`] does so while the script goes on; [`description`] is what JavaScript learns of it; [`watchdog`] ends calls that
//! take too long; [`guest_op`] is what the table holds of a guest's op; [`zeroes`] empties memory. [`guests`] and [`wasi`] have the
//! functions that `js/wasm/` calls.

pub mod cache;
mod description;
mod guest_op;
mod guests;
mod host;
pub mod load;
pub mod streaming;
pub mod system_paths;
mod wasi;
mod watchdog;
mod zeroes;

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use v8_bridge::Functions;

use self::cache::Folder;
pub use self::host::Host;
use self::load::Loaded;
use self::watchdog::Watchdog;

/// Adds the native functions of this crate.
pub fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  guests::register(functions);
  wasi::register(functions);
}

/// What the host knows of guests.
#[derive(Default)]
pub(crate) struct Guests {
  /// Where compiled modules are kept for other processes.
  folder: Option<Folder>,
  pub(crate) watchdog: Watchdog,
  modules: RefCell<HashMap<u32, Rc<Loaded>>>,
  next: Cell<u32>,
}

impl Guests {
  /// Compiled modules are kept in the folder, if there is one.
  pub(crate) fn new(folder: Option<Folder>) -> Self {
    Self { folder, ..Self::default() }
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
