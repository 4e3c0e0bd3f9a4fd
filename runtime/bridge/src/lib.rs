//! Between JavaScript and the op table: the code that touches V8's values.
//!
//! [`Host`] is what one runtime knows of its plugins. Each module adds native functions of its own for JavaScript ([`Functions`]), which
//! `js/plugin.js` shapes into the Deno namespace; layers above add theirs, with what they have besides the host. [`call`] is the way of a
//! call; [`buffers`] and [`values`] convert what goes in and comes out; [`completion`] settles what was under way.
//!
//! Typed ops have JavaScript functions of their own, which `js/typed_ops.js` makes. [`typed_calls`] gives it what it needs and is
//! their slow form, [`fast_functions`] makes the functions that V8 calls directly, `exchange` is the memory that values go through,
//! `kinds` tells what they are.

pub mod arguments;
pub mod buffers;
pub mod call;
pub mod completion;
mod contexts;
pub mod exception;
mod exchange;
pub mod fast_functions;
pub mod functions;
pub mod host;
pub mod in_flight;
mod kept;
mod kinds;
mod lending;
pub mod object;
pub mod op_functions;
mod random;
pub mod reports;
mod table;
pub mod typed_calls;
pub mod values;

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::rc::Rc;

use deno_core::ResourceId;
use deno_core::v8;
use plugbay_ops::OpId;

use buffers::OpFunction;
pub use exception::Exception;
pub use functions::Functions;
pub use host::Host;

/// The scope of a native function that JavaScript calls.
pub type Scope<'p, 's, 'i> = &'p mut v8::PinScope<'s, 'i>;
/// A value of JavaScript.
pub type Value<'s> = v8::Local<'s, v8::Value>;
/// What JavaScript passes to a native function.
pub type Arguments<'p, 's> = &'p v8::FunctionCallbackArguments<'s>;
/// What a native function returns. `None` is `undefined`.
pub type Returned<'s> = Result<Option<Value<'s>>, Exception>;

/// Adds the native functions of this crate.
pub fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  buffers::register(functions);
  call::register(functions);
  exception::register(functions);
  exchange::register(functions);
  lending::register(functions);
  op_functions::register(functions);
  random::register(functions);
  table::register(functions);
  typed_calls::register(functions);
  values::register(functions);
}

/// The host, or what a layer above has besides, as the data of a function, for [`state_of`].
fn external<'s, H>(scope: &mut v8::PinScope<'s, '_>, state: &H) -> v8::Local<'s, v8::External> {
  v8::External::new(scope, std::ptr::from_ref(state) as *mut c_void)
}

/// What a function has as its data.
///
/// # Safety
///
/// The function was made with [`external`] of an `H` as its data, which stays where it is until the isolate is gone.
unsafe fn state_of<'h, H>(data: v8::Local<'_, v8::Value>) -> &'h H {
  // SAFETY: the caller's promise.
  unsafe { &*v8::Local::<v8::External>::cast_unchecked(data).value().cast::<H>() }
}

/// The host of a function.
///
/// # Safety
///
/// The function was made with [`external`] of the host as its data.
unsafe fn host_of<'h>(data: v8::Local<'_, v8::Value>) -> &'h Host {
  // SAFETY: the caller's promise, and the host outlives the isolate.
  unsafe { state_of(data) }
}

/// What the host holds of JavaScript.
#[derive(Default)]
pub(crate) struct JsSide {
  /// `makeError(class, code, message)` of `js/errors.js`.
  pub(crate) error_factory: RefCell<Option<v8::Global<v8::Function>>>,
  kept: kept::Kept,
  /// `makeFunction(op)` of `js/typed_ops.js`.
  pub(crate) op_factory: RefCell<Option<v8::Global<v8::Function>>>,
  /// `dispatchTyped(id, ...buffers)` of `js/dispatch.js`.
  pub(crate) typed_dispatch: RefCell<Option<v8::Global<v8::Function>>>,
  /// `toText(value)` and `fromText(text)` of `js/dispatch.js`, for JSON ops that take and give text.
  json: RefCell<Option<[v8::Global<v8::Function>; 2]>>,
  /// What makes the functions of a guest's ops, by the guest's resource id.
  function_makers: RefCell<HashMap<ResourceId, v8::Global<v8::Function>>>,
  /// What `Deno.core.setAsyncHandler` set.
  pub(crate) handlers: RefCell<HashMap<OpId, Rc<v8::Global<v8::Function>>>>,
  /// The functions of ops that run on threads, and those of typed ops that were asked for.
  typed_functions: RefCell<HashMap<OpId, v8::Global<v8::Value>>>,
  contexts: contexts::Contexts<contexts::TypedOp>,
  lending: contexts::Contexts<lending::LendingOp>,
  /// Makes the function of an op that has a function for lending calls.
  lending_factory: RefCell<Option<v8::Global<v8::Function>>>,
  native_functions: fast_functions::NativeFunctions,
  exchange: exchange::Exchange,
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
  fn handler(&self, op: OpId) -> Option<Rc<v8::Global<v8::Function>>> {
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
