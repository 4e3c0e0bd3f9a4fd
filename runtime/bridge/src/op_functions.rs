//! The functions of ops, as `plugin.ops` shows them.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use deno_core::v8;
use plugbay_ops::Encoding;
use plugbay_ops::OpEntry;

use super::Arguments;
use super::Exception;
use super::OpFunction;
use super::Returned;
use super::Scope;
use super::Value;
use super::arguments::op_id;
use super::call;
use super::functions::Functions;
use super::functions::keep_first;
use super::kept;
use super::reports::set;
use super::typed_calls;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("call", call_by_id);
  functions.add("functionOf", function_of);
  functions.add("setLendingOps", set_lending_ops);
  functions.add("setTypedOps", set_typed_ops);
  functions.add("takeClosedOps", take_closed_ops);
}

/// Makes ops that were registered lately callable as properties of `plugin.ops`.
pub fn show_new_ops(scope: Scope<'_, '_, '_>, host: &Host) {
  for (entry, object) in host.take_new_ops() {
    v8::scope!(let scope, scope);
    let object = v8::Local::new(scope, object);
    match typed_calls::has_function(&entry) {
      true => {
        let name = entry.name.clone();
        let data = data_of(scope, host, entry);
        typed_calls::set_lazily(scope, object, &name, data);
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
  kept::keep_for(scope, host, data, function);
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
    _ if typed_calls::has_function(entry) => typed_calls::function_of(scope, host, entry),
    _ => call_function(scope, host, entry),
  };
  function.ok_or(Exception::Pending)
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
fn function_of<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  if entry.encoding == Encoding::Guest {
    return function_of_guest(scope, host, &entry);
  }
  match typed_calls::has_function(&entry) {
    true => typed_calls::function_of(scope, host, &entry).map(Some).ok_or(Exception::Pending),
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
