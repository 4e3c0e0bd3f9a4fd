//! Between JavaScript and the op table: the only code that touches V8's values, besides the wasm host.
//!
//! [`bindings`] makes the native functions that `js/plugin.js` shapes into the Deno namespace; [`call`] is the way of a
//! call; [`buffers`] and [`values`] convert what goes in and comes out; [`completion`] settles what was under way.

mod bindings;
mod buffers;
mod call;
pub(crate) mod completion;
mod exception;
mod reports;
mod values;

use std::cell::RefCell;

use deno_core::v8;

pub(crate) use bindings::bootstrap;
pub(crate) use buffers::OpFunction;
pub(crate) use exception::Exception;

/// What the host holds of JavaScript.
#[derive(Default)]
pub(crate) struct JsSide {
  /// `makeError(class, code, message)` of `js/errors.js`.
  pub(crate) error_factory: RefCell<Option<v8::Global<v8::Function>>>,
  /// What the functions of `plugin.ops` point to; they may be called as long as the isolate lives.
  #[allow(clippy::vec_box, reason = "V8 holds pointers to them")]
  pub(crate) op_functions: RefCell<Vec<Box<OpFunction>>>,
}
