//! What JavaScript asks of the op table and of the table of resources.

use deno_core::v8;
use plugbay_core::OpFailure;

use super::Arguments;
use super::Exception;
use super::Returned;
use super::Scope;
use super::arguments::op_id;
use super::arguments::resource_id;
use super::functions::Functions;
use super::reports::metrics_object;
use super::reports::set;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("closePlugin", close_plugin);
  functions.add("close", close);
  functions.add("closeAll", close_all);
  functions.add("isOpen", is_open);
  functions.add("resources", resources);
  functions.add("ops", ops);
  functions.add("setAsyncHandler", set_async_handler);
  functions.add("metrics", metrics);
}

/// `closePlugin(rid, name)`: for `plugin.close()`, which knows the name for the error.
fn close_plugin<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let rid = resource_id(scope, arguments.get(0))?;
  if !host.is_open_plugin(rid) {
    let name = arguments.get(1).to_rust_string_lossy(scope);
    return Err(OpFailure::closed_already(name).into());
  }
  close(scope, arguments, host)
}

/// `close(rid)` → the number of the plugin that has added the resource, if it is one's: for `Deno.close`.
fn close<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let owner = host.close_resource(resource_id(scope, arguments.get(0))?)?;
  Ok(owner.map(|owner| v8::Number::new(scope, owner.into()).into()))
}

/// `closeAll()`: the process is about to end.
fn close_all<'s>(_: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  host.close_all();
  Ok(None)
}

/// `isOpen(rid)`: whether there is an open plugin of that number.
fn is_open<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let rid = resource_id(scope, arguments.get(0))?;
  Ok(Some(v8::Boolean::new(scope, host.is_open_plugin(rid)).into()))
}

/// `resources()` → `{ rid: name }`.
fn resources<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let object = v8::Object::new(scope);
  for (rid, name) in host.resources() {
    let name = v8::String::new(scope, &name).ok_or(Exception::Pending)?;
    set(scope, object, &rid.to_string(), name.into());
  }
  Ok(Some(object.into()))
}

/// `ops()` → `{ name: id }`.
fn ops<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let object = v8::Object::new(scope);
  for (name, id) in host.table.open_ops() {
    let id = v8::Number::new(scope, id.into());
    set(scope, object, &name, id.into());
  }
  Ok(Some(object.into()))
}

/// `setAsyncHandler(id, function)`.
fn set_async_handler<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  entry.target()?;
  let Ok(handler) = v8::Local::<v8::Function>::try_from(arguments.get(1)) else {
    return Err(OpFailure::handler_of_op(&entry.name).into());
  };
  host.js.handlers.borrow_mut().insert(entry.id, v8::Global::new(scope, handler).into());
  Ok(None)
}

/// `metrics(rid?)`.
fn metrics<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let plugin = match arguments.get(0) {
    rid if rid.is_undefined() => None,
    rid => Some(resource_id(scope, rid)?),
  };
  Ok(metrics_object(scope, &host.table.metrics(plugin)))
}
