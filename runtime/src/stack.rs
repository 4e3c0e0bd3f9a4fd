//! What happens where a script has used up its stack.
//!
//! V8 throws a RangeError there. But native code that JavaScript calls runs below that limit, and when something is
//! thrown too far below, V8 takes it for another stack and ends the process. So V8 is told how far the stack of the
//! thread goes.

use deno_core::error::prepare_stack_trace_callback;
use deno_core::v8;
use v8_bridge::Arguments;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use v8_bridge::exception::text_of;

use crate::Error;
use crate::host::Host;

/// How much V8 lets JavaScript and WebAssembly use: its flag --stack-size, unless somebody sets it.
const FOR_SCRIPTS: usize = 984 * 1024;
/// What native code may need below that, in V8, here and in plugins.
const FOR_NATIVE_CODE: usize = 512 * 1024;
/// The text of a stack trace is made by native code that calls JavaScript. It is not begun with less than this.
const FOR_STACK_TRACES: usize = 128 * 1024;
/// A module that a full stack ends while it is loaded can never be loaded again. None is begun with less than this.
const FOR_MODULES: usize = 448 * 1024;

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("hasRoomForModules", has_room_for_modules);
}

/// A thread's stack, as far as it is free where this is made.
#[derive(Clone, Copy)]
pub(crate) struct Stack {
  here: usize,
  free: usize,
}

impl Stack {
  /// # Errors
  ///
  /// When it is too small for scripts.
  pub(crate) fn of_this_thread() -> Result<Self, Error> {
    let wanted = FOR_SCRIPTS + FOR_NATIVE_CODE;
    let free = stacker::remaining_stack().unwrap_or(wanted);
    if free < wanted {
      return Err(Error::SmallStack { found: free, wanted });
    }
    Ok(Self { here: position(), free })
  }

  /// Settings for an isolate of this thread.
  pub(crate) fn create_params(self) -> v8::CreateParams {
    let limit = self.here - (self.free - FOR_NATIVE_CODE);
    // SAFETY: the address lies in the stack of this thread, on which the isolate stays: a `Runtime` is not `Send`.
    unsafe { v8::CreateParams::default().set_stack_limit(limit as *mut u32) }
  }

  /// Has the isolate look for room before it makes stack traces.
  pub(crate) fn watch_stack_traces(self, isolate: &mut v8::Isolate) {
    isolate.set_slot(self);
    isolate.set_prepare_stack_trace_callback(prepare_stack_trace);
  }

  /// Whether scripts have so much left.
  fn has_room(self, wanted: usize) -> bool {
    position() > self.here - FOR_SCRIPTS + wanted
  }
}

/// `hasRoomForModules()`: whether the stack has room for modules to be loaded.
fn has_room_for_modules<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let has_room = scope.get_slot::<Stack>().is_none_or(|stack| stack.has_room(FOR_MODULES));
  Ok(Some(v8::Boolean::new(scope, has_room).into()))
}

/// Where about the top of the stack is.
#[inline(never)]
fn position() -> usize {
  let here = 0_u8;
  &raw const here as usize
}

/// Whether the script makes the text of stack traces itself: then it is given the frames.
fn has_own_format(scope: &mut v8::PinScope<'_, '_>) -> bool {
  let global = scope.get_current_context().global(scope);
  let get = |object: v8::Local<'_, v8::Object>, name| {
    let name = v8::String::new(scope, name)?;
    Some(v8::Global::new(scope, object.get(scope, name.into())?))
  };
  let found = get(global, "Error").and_then(|error| {
    let error = v8::Local::new(scope, error);
    let name = v8::String::new(scope, "prepareStackTrace")?;
    v8::Local::<v8::Object>::try_from(error).ok()?.get(scope, name.into())
  });
  found.is_some_and(|format| format.is_function())
}

/// The frames without those of WebAssembly, whose `getThis()` is the instance of a guest: with all that it exports,
/// under no limits.
fn without_guests<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  callsites: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Array> {
  let mut kept = Vec::new();
  for index in 0..callsites.length() {
    let Some(site) = callsites.get_index(scope, index) else { continue };
    if !is_of_guest(scope, site) {
      kept.push(site);
    }
  }
  v8::Array::new_with_elements(scope, &kept)
}

/// What cannot be asked is taken for one.
fn is_of_guest<'s>(scope: &mut v8::PinScope<'s, '_>, site: v8::Local<'s, v8::Value>) -> bool {
  v8::tc_scope!(let scope, scope);
  let ask = |method| {
    let site = v8::Local::<v8::Object>::try_from(site).ok()?;
    let name = v8::String::new(scope, method)?;
    let method = v8::Local::<v8::Function>::try_from(site.get(scope, name.into())?).ok()?;
    method.call(scope, site.into(), &[])
  };
  let (Some(this), Some(file)) = (ask("getThis"), ask("getFileName")) else { return true };
  let is_instance = v8::Local::<v8::Object>::try_from(this)
    .is_ok_and(|this| this.get_constructor_name().to_rust_string_lossy(scope) == "Instance");
  is_instance || file.to_rust_string_lossy(scope).starts_with("wasm:")
}

/// The `stack` of an error: its message alone where there is no room to make more.
fn prepare_stack_trace<'s, 'i>(
  scope: &mut v8::PinScope<'s, 'i>,
  error: v8::Local<'s, v8::Value>,
  callsites: v8::Local<'s, v8::Array>,
) -> v8::Local<'s, v8::Value> {
  if scope.get_slot::<Stack>().is_none_or(|stack| stack.has_room(FOR_STACK_TRACES)) {
    let callsites = if has_own_format(scope) { without_guests(scope, callsites) } else { callsites };
    return prepare_stack_trace_callback(scope, error, callsites);
  }
  let message = v8::Exception::create_message(scope, error);
  let text = text_of(scope, message);
  v8::String::new(scope, &text).unwrap_or_else(|| v8::String::empty(scope)).into()
}
