//! What V8 holds pointers to: each value lives until the object of V8's by which one gets at it is collected, or the isolate is
//! gone.

use std::any::Any;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;

use deno_core::v8;

use super::Scope;
use super::Value;
use crate::host::Host;

/// An object that is watched, and the value that goes with it.
type Watched = (v8::Weak<v8::Value>, Box<dyn Any>);

/// The values of a runtime.
#[derive(Default)]
pub(crate) struct Kept {
  values: RefCell<HashMap<u64, Watched>>,
  next: Cell<u64>,
}

/// Keeps a value, which does not move, until `object` is collected. Dropping it must not run code of a script or a plugin.
pub(super) fn keep_for(scope: Scope<'_, '_, '_>, host: &Host, object: Value<'_>, value: Box<dyn Any>) {
  let kept = &host.js.kept;
  let number = kept.next.replace(kept.next.get() + 1);
  let weak_host = host.weak();
  let collected = move |_: &mut v8::Isolate| {
    if let Some(host) = weak_host.upgrade() {
      // Nothing is borrowed when it is dropped.
      let value = host.js.kept.values.borrow_mut().remove(&number);
      drop(value);
    }
  };
  let object = v8::Weak::with_finalizer(scope, object, Box::new(collected));
  kept.values.borrow_mut().insert(number, (object, value));
}

impl Kept {
  /// Lets go of all, when nothing of the isolate's runs any more.
  pub(super) fn clear(&self) {
    let values = self.values.take();
    drop(values);
  }
}
