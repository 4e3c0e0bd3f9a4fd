//! The functions of ops, as `plugin.ops` shows them.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use deno_core::v8;
use plugbay_ops::Encoding;
use plugbay_ops::OpEntry;

use super::Arguments;
use super::Exception;
use super::Returned;
use super::Scope;
use super::Value;
use super::arguments::op_id;
use super::call;
use super::call::OpFunction;
use super::functions::Functions;
use super::functions::keep_first;
use super::lending;
use super::reports::set;
use super::typed_functions;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("call", call_by_id);
  functions.add("functionOf", function_of_id);
  functions.add("setErrorFactory", set_error_factory);
  functions.add("setLendingOps", set_lending_ops);
  functions.add("setTypedOps", set_typed_ops);
  functions.add("takeClosedOps", take_closed_ops);
}

/// Makes ops that were registered lately callable as properties of `plugin.ops`.
pub(super) fn publish_ops(scope: Scope<'_, '_, '_>, host: &Host) {
  for (entry, object) in host.take_new_ops() {
    v8::scope!(let scope, scope);
    let object = v8::Local::new(scope, object);
    match has_function(&entry) {
      true => {
        let name = entry.name.clone();
        let data = data_of(scope, host, entry);
        set_lazily(scope, object, &name, data);
      }
      false => {
        if let Some(function) = call_function(scope, host, &entry) {
          set(scope, object, &entry.name, function);
        }
      }
    }
  }
}

/// An [`OpFunction`] as the data of a function of JavaScript.
fn data_of<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: Rc<OpEntry>) -> Value<'s> {
  let function = Box::new(OpFunction { host: NonNull::from(host), entry });
  let data = v8::External::new(scope, std::ptr::from_ref(&*function) as *mut c_void).into();
  // Whatever calls the op has this.
  host.js.kept.keep_for(scope, data, function);
  data
}

/// The function of an op that has none of its own.
fn call_function<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Option<Value<'s>> {
  let data = data_of(scope, host, entry.clone());
  let function = v8::Function::builder(call::call_op).data(data).build(scope)?;
  if let Some(name) = v8::String::new(scope, &entry.name) {
    function.set_name(name);
  }
  Some(function.into())
}

/// The function of an open op, as `plugin.ops` shows it, whatever the script has put there.
///
/// # Errors
///
/// `ERR_PLUGIN_CLOSED` when it is closed.
pub fn op_function<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Result<Value<'s>, Exception> {
  entry.target()?;
  let function = match entry.encoding {
    Encoding::Guest => function_of_guest(scope, host, entry)?,
    _ if has_function(entry) => function_of(scope, host, entry),
    _ => call_function(scope, host, entry),
  };
  function.ok_or(Exception::Pending)
}

/// Gives `object` a property with the function of a typed op, which is made when somebody asks for it. `data` is an
/// External of an [`OpFunction`].
fn set_lazily(scope: Scope<'_, '_, '_>, object: v8::Local<'_, v8::Object>, name: &str, data: Value<'_>) {
  let Some(name) = v8::String::new(scope, name) else { return };
  object.set_lazy_data_property_with_data(
    scope,
    name.into(),
    get_function,
    data,
    v8::PropertyAttribute::NONE,
    v8::SideEffectType::HasSideEffect,
    v8::SideEffectType::HasSideEffect,
  );
}

fn get_function<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  _: v8::Local<'s, v8::Name>,
  arguments: v8::PropertyCallbackArguments<'s>,
  mut result: v8::ReturnValue<'_, v8::Value>,
) {
  // SAFETY: the property was made with an External as its data.
  let data = unsafe { v8::Local::<v8::External>::cast_unchecked(arguments.data()) };
  // SAFETY: the External is of an OpFunction, which lives until it is collected: `arguments` hold it.
  let function = unsafe { &*data.value().cast::<OpFunction>() };
  // SAFETY: as above.
  let host = unsafe { function.host.as_ref() };
  if let Some(function) = function_of(scope, host, &function.entry) {
    result.set(function);
  }
}

/// Whether an op has a function of its own, which is made when somebody asks for it.
fn has_function(entry: &OpEntry) -> bool {
  entry.signature.is_some() || entry.lends
}

/// The function of an op that has one of its own. `None` when an exception is on its way: the script is being
/// terminated, or its stack is full.
pub fn function_of<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Option<Value<'s>> {
  if let Some(function) = host.js.typed_functions.borrow().get(&entry.id) {
    return Some(v8::Local::new(scope, function));
  }
  let function = match entry.lends {
    true => lending::make_function(scope, host, entry)?,
    false => typed_functions::make_function(scope, host, entry)?,
  };
  // Nobody would let go of that of a closed op.
  if entry.is_open() {
    host.js.typed_functions.borrow_mut().insert(entry.id, v8::Global::new(scope, function));
  } else {
    host.forget_later(entry.id);
  }
  Some(function)
}

/// The function of a guest's op, which is made if it is not there.
///
/// # Errors
///
/// `ERR_PLUGIN_CLOSED` when the op is closed.
fn function_of_guest<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &OpEntry) -> Returned<'s> {
  entry.target()?;
  if let Some(function) = host.js.typed_functions.borrow().get(&entry.id) {
    return Ok(Some(v8::Local::new(scope, function)));
  }
  let make = host.js.function_makers.borrow().get(&entry.plugin.rid.get()).cloned().ok_or(Exception::Pending)?;
  let make = v8::Local::new(scope, make);
  let name = v8::String::new(scope, &entry.name).ok_or(Exception::Pending)?;
  let undefined = v8::undefined(scope).into();
  make.call(scope, undefined, &[name.into()]).map(Some).ok_or(Exception::Pending)
}

/// `functionOf(id)`: the function of an op that has one of its own, else `undefined`.
fn function_of_id<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  if entry.encoding == Encoding::Guest {
    return function_of_guest(scope, host, &entry);
  }
  match has_function(&entry) {
    true => function_of(scope, host, &entry).map(Some).ok_or(Exception::Pending),
    false => Ok(None),
  }
}

/// `takeClosedOps()`: the ids of ops that were closed since the last call.
fn take_closed_ops<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let ids = host.take_closed_ops().into_iter().map(|id| v8::Number::new(scope, id.into()).into()).collect::<Vec<_>>();
  Ok(Some(v8::Array::new_with_elements(scope, &ids).into()))
}

/// `call(id, value, ...buffers)`: an op by its id, as `plugin.ops.name(...)` calls it.
fn call_by_id<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  call::call_entry(scope, arguments, 1, host, entry)
}

/// `setErrorFactory(function)`: for bootstrap.
fn set_error_factory<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  keep_first(scope, &host.js.error_factory, arguments.get(0));
  Ok(None)
}

/// `setLendingOps(makeFunction)`: for bootstrap.
fn set_lending_ops<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  keep_first(scope, &host.js.lending_factory, arguments.get(0));
  Ok(None)
}

/// `setTypedOps(makeFunction, dispatch)`: for bootstrap.
fn set_typed_ops<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  keep_first(scope, &host.js.op_factory, arguments.get(0));
  keep_first(scope, &host.js.typed_dispatch, arguments.get(1));
  Ok(None)
}
