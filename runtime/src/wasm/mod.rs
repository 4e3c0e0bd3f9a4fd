//! WebAssembly plugins: V8 runs them. What can be done in JavaScript is done there (`js/wasm/`), where nothing that a guest says
//! can harm the host's memory; here is the rest.
//!
//! [`load`] makes a compiled module of bytes, or finds it in [`cache`], with the crate wasm_rewrite, which puts the limits in; [`watchdog`] ends calls that take
//! too long; [`op`] is what the table holds of a guest's op.

mod cache;
pub(crate) mod load;
pub(crate) mod op;
pub(crate) mod watchdog;

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use self::load::Loaded;
use self::watchdog::Watchdog;

/// What the host knows of guests.
#[derive(Default)]
pub(crate) struct Guests {
  pub(crate) watchdog: Watchdog,
  modules: RefCell<HashMap<u32, Rc<Loaded>>>,
  next: Cell<u32>,
}

impl Guests {
  /// Keeps what errors will want to know of a module; gives its number.
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
    self.modules.borrow_mut().remove(&id);
  }
}
