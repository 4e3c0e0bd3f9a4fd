//! What the host holds of JavaScript.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use deno_core::ResourceId;
use deno_core::v8;
use plugbay_ops::OpId;

use super::contexts::Contexts;
use super::contexts::LendingOp;
use super::contexts::TypedOp;
use super::exchange_memory::Exchange;
use super::kept::Kept;

/// The functions made so far, by the address of the code and the types of what it takes and gives. What they do depends
/// on nothing else (the types of a lending call are no typed op's), so that a plugin that is opened again at the same
/// address has the same functions.
pub(crate) type NativeFunctions = RefCell<HashMap<(usize, Vec<u8>), v8::Global<v8::Function>>>;

/// What the host holds of JavaScript.
#[derive(Default)]
pub(crate) struct JsSide {
  /// `makeError(class, code, message)` of `js/errors.js`.
  pub(crate) error_factory: RefCell<Option<v8::Global<v8::Function>>>,
  pub(crate) kept: Kept,
  /// `makeFunction(op)` of `js/typed_ops.js`.
  pub(crate) op_factory: RefCell<Option<v8::Global<v8::Function>>>,
  /// `dispatchTyped(id, ...buffers)` of `js/dispatch.js`.
  pub(crate) typed_dispatch: RefCell<Option<v8::Global<v8::Function>>>,
  /// `toText(value)` and `fromText(text)` of `js/dispatch.js`, for JSON ops that take and give text.
  pub(crate) json: RefCell<Option<[v8::Global<v8::Function>; 2]>>,
  /// What makes the functions of a guest's ops, by the guest's resource id.
  pub(crate) function_makers: RefCell<HashMap<ResourceId, v8::Global<v8::Function>>>,
  /// What `Deno.core.setAsyncHandler` set.
  pub(crate) handlers: RefCell<HashMap<OpId, Rc<v8::Global<v8::Function>>>>,
  /// The functions of ops that run on threads, and those of typed ops that were asked for.
  pub(crate) typed_functions: RefCell<HashMap<OpId, v8::Global<v8::Value>>>,
  pub(crate) contexts: Contexts<TypedOp>,
  pub(crate) lending: Contexts<LendingOp>,
  /// Makes the function of an op that has a function for lending calls.
  pub(crate) lending_factory: RefCell<Option<v8::Global<v8::Function>>>,
  pub(crate) native_functions: NativeFunctions,
  pub(crate) exchange: Exchange,
}

impl JsSide {
  /// Lets go of the functions of ops that are closed; the script may have them still.
  pub(crate) fn forget_functions(&self, plugin: ResourceId, ops: &[OpId]) {
    self.function_makers.borrow_mut().remove(&plugin);
    let mut functions = self.typed_functions.borrow_mut();
    let mut handlers = self.handlers.borrow_mut();
    for op in ops {
      functions.remove(op);
      handlers.remove(op);
    }
  }

  /// The handler of an op's async answers, if one was set.
  pub(crate) fn handler(&self, op: OpId) -> Option<Rc<v8::Global<v8::Function>>> {
    self.handlers.borrow().get(&op).cloned()
  }

  /// Drops what belongs to the isolate.
  pub(crate) fn clear(&self) {
    self.error_factory.take();
    self.op_factory.take();
    self.typed_dispatch.take();
    self.json.take();
    self.lending_factory.take();
    self.function_makers.take();
    self.typed_functions.take();
    self.handlers.take();
    self.native_functions.take();
    self.kept.clear();
  }
}
