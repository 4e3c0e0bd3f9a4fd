//! Between JavaScript and the op table: the only code that touches V8's values, besides the wasm host.
//!
//! [`bindings`] collects the native functions that `js/plugin.js` shapes into the Deno namespace, which each module has of its own; [`call`] is the way of a
//! call; [`buffers`] and [`values`] convert what goes in and comes out; [`completion`] settles what was under way.
//!
//! Typed ops have JavaScript functions of their own, which `js/typed_ops.js` makes. [`typed_calls`] gives it what it needs and is
//! their slow form, [`fast_functions`] makes the functions that V8 calls directly, [`exchange`] is the memory that values go through,
//! [`kinds`] tells what they are.

mod arguments;
mod bindings;
mod buffers;
mod call;
pub(crate) mod completion;
mod contexts;
mod exception;
mod exchange;
mod fast_functions;
mod functions;
mod guests;
#[cfg(test)]
mod hostile;
pub(crate) mod in_flight;
pub(crate) mod invoke;
mod kept;
mod kinds;
mod lending;
mod object;
mod op_functions;
mod opening;
mod random;
mod reports;
mod table;
mod threads;
mod typed_calls;
mod values;
mod wasi;

use std::cell::RefCell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::rc::Rc;

use deno_core::ResourceId;
use deno_core::v8;

pub(crate) use bindings::bootstrap;
pub(crate) use buffers::OpFunction;
pub(crate) use exception::Exception;
pub(crate) use exception::text_of;
pub(crate) use object::ObjectBuilder;
pub(crate) use opening::open_for_host;
pub(crate) use threads::bytes_of_worker;
pub(crate) use threads::call_as_worker;
pub(crate) use threads::open_as_worker;

use crate::host::Host;
use crate::invoke::Tickets;
use plugbay_ops::OpId;

// Of the host's functions that JavaScript calls.
type Scope<'p, 's, 'i> = &'p mut v8::PinScope<'s, 'i>;
type Value<'s> = v8::Local<'s, v8::Value>;
type Arguments<'p, 's> = &'p v8::FunctionCallbackArguments<'s>;
/// `None` is `undefined`.
type Returned<'s> = Result<Option<Value<'s>>, Exception>;

/// The host as the data of a function, for [`host_of`].
fn external<'s>(scope: &mut v8::PinScope<'s, '_>, host: &Host) -> v8::Local<'s, v8::External> {
  v8::External::new(scope, std::ptr::from_ref(host) as *mut c_void)
}

/// The host of a function.
///
/// # Safety
///
/// The function was made with [`external`] as its data.
unsafe fn host_of<'h>(data: v8::Local<'_, v8::Value>) -> &'h Host {
  // SAFETY: the caller's promise: the data is an External of a host, which outlives the isolate.
  unsafe { &*v8::Local::<v8::External>::cast_unchecked(data).value().cast::<Host>() }
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
  /// `invoke(ticket, function, rid, message, milliseconds)`, `openModule(name, exports)` and `closePlugin(rid)` of `js/invoke.js`.
  invocation: [RefCell<Option<v8::Global<v8::Function>>>; 3],
  tickets: Tickets,
  /// `openPlugin(path)` of `js/plugin.js`.
  pub(crate) plugin_opener: RefCell<Option<v8::Global<v8::Function>>>,
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
  processes: wasi::Processes,
  dead_memory: guests::DeadMemory,
  /// `open(setup)` and `call(op, arguments)` of `js/threads.js`.
  pub(crate) worker: [RefCell<Option<v8::Global<v8::Function>>>; 2],
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

  /// Nobody answers calls from Rust any more.
  pub(crate) fn end_calls(&self) {
    self.tickets.clear();
  }

  /// Drops what belongs to the isolate.
  pub(crate) fn clear(&self) {
    self.error_factory.take();
    self.op_factory.take();
    self.typed_dispatch.take();
    self.json.take();
    self.lending_factory.take();
    self.plugin_opener.take();
    self.invocation.iter().for_each(|function| drop(function.take()));
    self.function_makers.take();
    self.typed_functions.take();
    self.handlers.take();
    self.native_functions.take();
    self.kept.clear();
    self.processes.clear();
    self.worker.iter().for_each(|function| drop(function.take()));
  }
}
