//! What native functions are called with.

use deno_core::v8;

/// The scope of a native function that JavaScript calls.
pub type Scope<'p, 's, 'i> = &'p mut v8::PinScope<'s, 'i>;
/// A value of JavaScript.
pub type Value<'s> = v8::Local<'s, v8::Value>;
/// What JavaScript passes to a native function.
pub type Arguments<'p, 's> = &'p v8::FunctionCallbackArguments<'s>;
