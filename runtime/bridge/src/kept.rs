//! What V8 holds pointers to: each value lives until the object of V8's by which one gets at it is collected, or the
//! isolate is gone.

use std::any::Any;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use deno_core::v8;

use super::Scope;
use super::Value;

/// An object that is watched, and the value that goes with it.
type Watched = (v8::Weak<v8::Value>, Box<dyn Any>);

/// The values of a runtime.
#[derive(Default)]
pub(crate) struct Kept {
  values: Rc<RefCell<HashMap<u64, Watched>>>,
  next: Cell<u64>,
}

impl Kept {
  /// Keeps a value, which does not move, until `object` is collected. Dropping it must not run code of a script or a
  /// plugin.
  pub(super) fn keep_for(&self, scope: Scope<'_, '_, '_>, object: Value<'_>, value: Box<dyn Any>) {
    let number = self.next.replace(self.next.get() + 1);
    let values = Rc::downgrade(&self.values);
    let collected = move |_: &mut v8::Isolate| {
      if let Some(values) = values.upgrade() {
        // Nothing is borrowed when it is dropped.
        let value = values.borrow_mut().remove(&number);
        drop(value);
      }
    };
    let object = v8::Weak::with_finalizer(scope, object, Box::new(collected));
    self.values.borrow_mut().insert(number, (object, value));
  }

  /// Lets go of all, when nothing of the isolate's runs any more.
  pub(super) fn clear(&self) {
    let values = self.values.take();
    drop(values);
  }
}
