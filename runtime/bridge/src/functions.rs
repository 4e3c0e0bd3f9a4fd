//! The native functions that JavaScript is given, and those that it gives.

use std::cell::RefCell;
use std::ffi::c_void;

use deno_core::v8;
use deno_core::v8::MapFnTo;

use super::exception::Exception;
use super::reports::set;
use super::scope::Arguments;
use super::scope::Scope;
use super::scope::Value;
use crate::host::Host;

/// What a native function returns. `None` is `undefined`.
pub type Returned<'s> = Result<Option<Value<'s>>, Exception>;

/// An object that native functions are added to, each under its name. They are called with `state`: the
/// host, or what a layer above has besides.
pub struct Functions<'p, 's, 'i, S> {
  scope: &'p mut v8::PinScope<'s, 'i>,
  object: v8::Local<'s, v8::Object>,
  state: &'p S,
}

impl<'p, 's, 'i, S: AsRef<Host>> Functions<'p, 's, 'i, S> {
  /// # Safety
  ///
  /// The state stays where it is until the isolate is gone.
  pub unsafe fn new(scope: &'p mut v8::PinScope<'s, 'i>, object: v8::Local<'s, v8::Object>, state: &'p S) -> Self {
    Self { scope, object, state }
  }

  /// Adds a function. None takes the word of whoever calls it for a pointer: runtime/src/hostile.rs calls all of them
  /// with everything.
  pub fn add<F>(&mut self, name: &str, function: F)
  where
    F: for<'a, 't, 'j> Fn(Scope<'a, 't, 'j>, Arguments<'a, 't>, &'a S) -> Returned<'t> + Copy,
  {
    let callback = as_callback(
      move |scope: &mut v8::PinScope<'_, '_>,
            arguments: v8::FunctionCallbackArguments<'_>,
            mut result: v8::ReturnValue<'_>| {
        // SAFETY: the data is the state, below, which stays where it is until the isolate is gone.
        let state = unsafe { state_of::<S>(arguments.data()) };
        match function(scope, &arguments, state) {
          Ok(Some(value)) => result.set(value),
          Ok(None) => {}
          Err(exception) => exception.throw(scope, state.as_ref()),
        }
      },
    );
    let Self { scope, object, state } = self;
    let data = external(scope, *state);
    let function = v8::Function::builder_raw(callback.map_fn_to()).data(data.into()).build(scope);
    let function = function.expect("a function can be made outside of a termination");
    if let Some(key) = v8::String::new(scope, name) {
      let is_taken = object.has_own_property(scope, key.into());
      assert!(is_taken != Some(true), "two functions of the host's are called {name}");
      function.set_name(key);
    }
    set(scope, *object, name, function.into());
  }
}

/// Has the compiler take a closure for what V8 calls.
fn as_callback<F>(callback: F) -> F
where
  F: for<'s, 'i> Fn(&mut v8::PinScope<'s, 'i>, v8::FunctionCallbackArguments<'s>, v8::ReturnValue<'s>) + Copy,
{
  callback
}

/// The host, or what a layer above has besides, as the data of a function, for [`state_of`].
pub(super) fn external<'s, H>(scope: &mut v8::PinScope<'s, '_>, state: &H) -> v8::Local<'s, v8::External> {
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
pub(super) unsafe fn host_of<'h>(data: v8::Local<'_, v8::Value>) -> &'h Host {
  // SAFETY: the caller's promise, and the host outlives the isolate.
  unsafe { state_of(data) }
}

/// A function of `js/` that the host calls is the one that bootstrap gave: what it is called with is for nobody else.
pub fn keep_first(scope: Scope<'_, '_, '_>, place: &RefCell<Option<v8::Global<v8::Function>>>, function: Value<'_>) {
  let mut place = place.borrow_mut();
  if let (None, Ok(function)) = (&*place, v8::Local::<v8::Function>::try_from(function)) {
    *place = Some(v8::Global::new(scope, function));
  }
}

/// The same of as many functions as there are places, in their order.
pub fn keep_each(
  scope: Scope<'_, '_, '_>,
  places: &[RefCell<Option<v8::Global<v8::Function>>>],
  functions: Arguments<'_, '_>,
) {
  for (index, place) in places.iter().enumerate() {
    keep_first(scope, place, functions.get(index as i32));
  }
}

/// Calls such a function. `None` when an exception is on its way, or the runtime is gone.
pub fn call_kept<'s>(
  scope: Scope<'_, 's, '_>,
  place: &RefCell<Option<v8::Global<v8::Function>>>,
  arguments: &[Value<'s>],
) -> Option<Value<'s>> {
  let function = place.borrow().clone()?;
  let function = v8::Local::new(scope, function);
  let undefined = v8::undefined(scope).into();
  function.call(scope, undefined, arguments)
}
