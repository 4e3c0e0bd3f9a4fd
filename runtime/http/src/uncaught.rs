//! What a script throws and nobody catches, in an isolate that answers requests. deno_core ends whatever runs then, and
//! with it all that a handler waits for.

use std::cell::RefCell;
use std::rc::Rc;

use deno_core::OpState;
use deno_core::error::JsError;
use deno_core::error::dispatch_exception;
use deno_core::op2;
use deno_core::v8;

/// What is told of it, from when on this is in the state of the isolate: then it ends nothing.
#[derive(Clone, Copy)]
pub struct OnUncaught(pub fn(&JsError));

/// In the place of deno_core's.
#[op2(fast, reentrant)]
pub(crate) fn op_dispatch_exception<'s, 'i>(
  scope: &mut v8::PinScope<'s, 'i>,
  state: Rc<RefCell<OpState>>,
  exception: v8::Local<'s, v8::Value>,
  promise: bool,
) {
  let told = state.borrow().try_borrow::<OnUncaught>().copied();
  match told {
    Some(OnUncaught(tell)) => tell(&JsError::from_v8_exception(scope, exception)),
    None => dispatch_exception(scope, exception, promise),
  }
}
