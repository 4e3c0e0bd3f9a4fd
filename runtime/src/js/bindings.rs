//! The native functions that `js/plugin.js` builds the Deno namespace from.

use std::cell::RefCell;
use std::ffi::c_void;
use std::io::IsTerminal;
use std::ptr::NonNull;
use std::rc::Rc;

use deno_core::ResourceId;
use deno_core::url::Url;
use deno_core::v8;
use deno_core::v8::MapFnTo;
use plugbay_core::OpFailure;
use plugbay_ops::Encoding;
use plugbay_ops::OpEntry;
use plugbay_ops::OpId;

use super::Arguments;
use super::Exception;
use super::OpFunction;
use super::Returned;
use super::Scope;
use super::Value;
use super::buffers;
use super::call;
use super::exception;
use super::exchange;
use super::external;
use super::guests;
use super::host_of;
use super::invoke;
use super::kept;
use super::lending;
use super::object::without_prototype;
use super::random;
use super::reports::metrics_object;
use super::reports::set;
use super::threads;
use super::typed;
use super::values;
use super::wasi;
use crate::host::Host;
use crate::integrity::Integrity;
use crate::invoke::Plugin;
use crate::js::ObjectBuilder;
use crate::open;
use crate::open::Opened;
use crate::wasm;
use crate::wasm::load::Limits;
use crate::web;

/// Adds `$function` to `$object` under its own name.
macro_rules! bind {
  ($scope:expr, $object:expr, $host:expr, $name:literal, $function:path) => {{
    fn callback<'s>(
      scope: &mut v8::PinScope<'s, '_>,
      arguments: v8::FunctionCallbackArguments<'s>,
      mut result: v8::ReturnValue<'s>,
    ) {
      // SAFETY: the data is the host, below.
      let host = unsafe { host_of(arguments.data()) };
      match $function(scope, &arguments, host) {
        Ok(Some(value)) => result.set(value),
        Ok(None) => {}
        Err(exception) => exception.throw(scope, host),
      }
    }
    let data = external($scope, $host);
    let function = v8::Function::builder_raw(callback.map_fn_to()).data(data.into()).build($scope)?;
    let name = v8::String::new($scope, $name)?;
    function.set_name(name);
    set($scope, $object, $name, function.into());
  }};
}

/// The object of native functions. Scripts do not get hold of one, and none of them takes the word of whoever calls it for a
/// pointer: `hostile.rs` calls them with everything.
pub(super) fn functions<'s>(scope: &mut v8::PinScope<'s, '_>, host: &Host) -> Option<v8::Local<'s, v8::Object>> {
  let functions = without_prototype(scope);
  bind!(scope, functions, host, "addGuest", guests::add_guest);
  bind!(scope, functions, host, "addGuestResource", guests::add_guest_resource);
  bind!(scope, functions, host, "addressOf", typed::address_of);
  bind!(scope, functions, host, "beginCall", guests::begin_call);
  bind!(scope, functions, host, "bufferLength", buffer_length);
  bind!(scope, functions, host, "call", call_by_id);
  bind!(scope, functions, host, "callOnThread", threads::call_on_thread);
  bind!(scope, functions, host, "callTyped", typed::call_typed);
  bind!(scope, functions, host, "callWithBuffers", lending::call_with_buffers);
  bind!(scope, functions, host, "checkOpen", guests::check_open);
  bind!(scope, functions, host, "clearMemory", guests::clear_memory);
  bind!(scope, functions, host, "close", close);
  bind!(scope, functions, host, "closePool", threads::close_pool);
  bind!(scope, functions, host, "closePlugin", close_plugin);
  bind!(scope, functions, host, "closeQuietly", guests::close_quietly);
  bind!(scope, functions, host, "closeWasi", wasi::close_wasi);
  bind!(scope, functions, host, "countError", guests::count_error);
  bind!(scope, functions, host, "deferCall", guests::defer_call);
  bind!(scope, functions, host, "describeStack", guests::describe_stack);
  bind!(scope, functions, host, "dispatch", call::dispatch);
  bind!(scope, functions, host, "endCall", guests::end_call);
  bind!(scope, functions, host, "failInvocation", invoke::fail_invocation);
  bind!(scope, functions, host, "forbidDetaching", forbid_detaching);
  bind!(scope, functions, host, "forwardingModule", guests::forwarding_module);
  bind!(scope, functions, host, "forgetModule", guests::forget_module);
  bind!(scope, functions, host, "functionOf", function_of);
  bind!(scope, functions, host, "isOpen", is_open);
  bind!(scope, functions, host, "lend", guests::lend);
  bind!(scope, functions, host, "log", guests::log);
  bind!(scope, functions, host, "metrics", metrics);
  bind!(scope, functions, host, "millisecondsSince", guests::milliseconds_since);
  bind!(scope, functions, host, "newGuestSlab", new_guest_slab);
  bind!(scope, functions, host, "newSlab", new_slab);
  bind!(scope, functions, host, "newWasi", wasi::new_wasi);
  bind!(scope, functions, host, "open", open_plugin);
  bind!(scope, functions, host, "openBytes", open_bytes);
  bind!(scope, functions, host, "openBytesLater", open_bytes_later);
  bind!(scope, functions, host, "openUrlLater", open_url_later);
  bind!(scope, functions, host, "openGuestFastPath", guests::open_guest_fast_path);
  bind!(scope, functions, host, "openPool", threads::open_pool);
  bind!(scope, functions, host, "ops", ops);
  bind!(scope, functions, host, "print", guests::print);
  bind!(scope, functions, host, "raise", typed::raise);
  bind!(scope, functions, host, "randomBytes", random::random_bytes);
  bind!(scope, functions, host, "readText", typed::read_text);
  bind!(scope, functions, host, "reject", typed::reject);
  bind!(scope, functions, host, "refuseResult", typed::refuse_result);
  bind!(scope, functions, host, "registerExports", guests::register_exports);
  bind!(scope, functions, host, "registerGuestOp", guests::register_guest_op);
  bind!(scope, functions, host, "releaseMemory", guests::release_memory);
  bind!(scope, functions, host, "resources", resources);
  bind!(scope, functions, host, "runWorldScript", guests::run_world_script);
  bind!(scope, functions, host, "setAsyncHandler", set_async_handler);
  bind!(scope, functions, host, "setErrorFactory", set_error_factory);
  bind!(scope, functions, host, "setInvocation", invoke::set_invocation);
  bind!(scope, functions, host, "setJSON", values::set_json);
  bind!(scope, functions, host, "setLendingOps", set_lending_ops);
  bind!(scope, functions, host, "setTypedOps", set_typed_ops);
  bind!(scope, functions, host, "setUpExchange", set_up_exchange);
  bind!(scope, functions, host, "setLazily", guests::set_constant_lazily);
  bind!(scope, functions, host, "setPluginManager", set_plugin_manager);
  bind!(scope, functions, host, "setWasiMemory", wasi::set_wasi_memory);
  bind!(scope, functions, host, "setWorkerFunctions", threads::set_worker_functions);
  bind!(scope, functions, host, "settleInvocation", invoke::settle_invocation);
  bind!(scope, functions, host, "showGuestOp", guests::show_guest_op);
  bind!(scope, functions, host, "takeAnswer", lending::take_answer);
  bind!(scope, functions, host, "takeClosedOps", take_closed_ops);
  bind!(scope, functions, host, "takeOverflow", typed::take_overflow);
  bind!(scope, functions, host, "ticks", guests::ticks);
  bind!(scope, functions, host, "useInput", use_input);
  bind!(scope, functions, host, "viewOf", view_of);
  bind!(scope, functions, host, "viewOver", guests::view_over);
  bind!(scope, functions, host, "wasiExit", wasi::wasi_exit);
  bind!(scope, functions, host, "watch", guests::watch);
  bind!(scope, functions, host, "watchInterrupt", guests::watch_interrupt);
  bind!(scope, functions, host, "writeCache", guests::write_cache);
  bind!(scope, functions, host, "zeroRuns", guests::zero_runs);
  let pid = v8::Number::new(scope, std::process::id().into());
  set(scope, functions, "pid", pid.into());
  let no_color = without_prototype(scope);
  for (key, is_terminal) in [("stdout", std::io::stdout().is_terminal()), ("stderr", std::io::stderr().is_terminal())] {
    let plain = !is_terminal || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let plain = v8::Boolean::new(scope, plain);
    set(scope, no_color, key, plain.into());
  }
  set(scope, functions, "noColor", no_color.into());
  let version = v8::Object::new(scope);
  for (key, text) in [("plugbay", env!("CARGO_PKG_VERSION")), ("v8", v8::V8::get_version())] {
    let text = v8::String::new(scope, text)?;
    set(scope, version, key, text.into());
  }
  set(scope, functions, "version", version.into());
  Some(functions)
}

/// Calls `globalThis.bootstrap(host, args)` of `js/main.js`, which sets up the Deno namespace.
pub(crate) fn bootstrap(scope: &mut v8::PinScope<'_, '_>, host: &Host, args: &[String]) -> Option<()> {
  let functions = functions(scope, host)?;
  let args = args.iter().map(|arg| Some(v8::String::new(scope, arg)?.into())).collect::<Option<Vec<_>>>()?;
  let args = v8::Array::new_with_elements(scope, &args);
  let global = scope.get_current_context().global(scope);
  let key = v8::String::new(scope, "bootstrap")?;
  let bootstrap = v8::Local::<v8::Function>::try_from(global.get(scope, key.into())?).ok()?;
  bootstrap.call(scope, global.into(), &[functions.into(), args.into()])?;
  Some(())
}

/// Makes ops that were registered lately callable as properties of `plugin.ops`.
pub(super) fn show_new_ops(scope: Scope<'_, '_, '_>, host: &Host) {
  for (entry, object) in host.take_new_ops() {
    v8::scope!(let scope, scope);
    let object = v8::Local::new(scope, object);
    match typed::has_function(&entry) {
      true => {
        let name = entry.name.clone();
        let data = data_of(scope, host, entry);
        typed::set_lazily(scope, object, &name, data);
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
pub(super) fn op_function<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  entry: &Rc<OpEntry>,
) -> Result<Value<'s>, Exception> {
  entry.target()?;
  let function = match entry.encoding {
    Encoding::Guest => guests::function_of(scope, host, entry)?,
    _ if typed::has_function(entry) => typed::function_of(scope, host, entry),
    _ => call_function(scope, host, entry),
  };
  function.ok_or(Exception::Pending)
}

/// `open(path, limits, integrity, ofGuests)` → `{ rid, name, version, kind, ops }` of a native plugin; of a WebAssembly module what
/// `js/wasm/open.js` needs, with `compiled`.
fn open_plugin<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let path = arguments.get(0).to_rust_string_lossy(scope);
  let limits = limits(scope, arguments.get(1));
  let integrity = integrity(scope, arguments.get(2))?;
  let of_guests = arguments.get(3);
  let of_guests = of_guests.is_string().then(|| of_guests.to_rust_string_lossy(scope));
  let ops = v8::Object::new(scope);
  let opened = match open::open(scope, host, &path, ops, limits, &integrity, of_guests)? {
    Opened::Native(opened) => opened,
    Opened::Module(module) => return Ok(Some(module.into())),
  };
  show_new_ops(scope, host);
  let mut object = ObjectBuilder::new(scope);
  object.number("rid", opened.rid).text("name", &opened.name).text("version", &opened.version);
  object.text("kind", "native").value("ops", ops.into());
  Ok(Some(object.build().into()))
}

/// `openBytes(name, limits, bytes, integrity)`: a module that the script has.
fn open_bytes<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let (name, limits, bytes) = module_arguments(scope, arguments)?;
  wasm::load::load(scope, host, &name, bytes, limits).map(|module| Some(module.into()))
}

/// Name, limits and bytes of a module that the script has.
fn module_arguments<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
) -> Result<(String, Limits, Vec<u8>), Exception> {
  let name = arguments.get(0).to_rust_string_lossy(scope);
  let limits = limits(scope, arguments.get(1));
  let lent = buffers::lend(scope, arguments.get(2), "module")?;
  wasm::load::check_length(&name, lent.len as u64, limits)?;
  let bytes = match lent.len {
    0 => Vec::new(),
    // SAFETY: the bytes stay there while nothing of the script runs.
    len => unsafe { std::slice::from_raw_parts(lent.ptr, len) }.to_vec(),
  };
  integrity(scope, arguments.get(3))?.check(&name, &bytes)?;
  Ok((name, limits, bytes))
}

/// `openBytesLater(name, limits, bytes, integrity)` → a Promise of what `openBytes` gives; the bytes are copied at once.
fn open_bytes_later<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let (name, limits, bytes) = module_arguments(scope, arguments)?;
  Ok(Some(wasm::streaming::open(scope, host, name, limits, |_| Ok(bytes))?))
}

/// `openUrlLater(name, limits, url, integrity)` → a Promise of the same for a module from the web.
fn open_url_later<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let name = arguments.get(0).to_rust_string_lossy(scope);
  let limits = limits(scope, arguments.get(1));
  let url = arguments.get(2).to_rust_string_lossy(scope);
  let url = Url::parse(&url).map_err(|error| {
    OpFailure::new("TypeError", "ERR_PLUGIN_DOWNLOAD", format!("cannot open plugin {name}: {url:?} is no URL: {error}"))
  })?;
  let permissions = host.permissions();
  let integrity = integrity(scope, arguments.get(3))?;
  let read = move |name: &str| {
    let bytes = web::download(name, url, permissions, limits)?;
    integrity.check(name, &bytes)?;
    Ok(bytes)
  };
  Ok(Some(wasm::streaming::open(scope, host, name, limits, read)?))
}

/// `takeClosedOps()`: the ids of ops that were closed since the last call.
fn take_closed_ops<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let ids = host.take_closed_ops().into_iter().map(|id| v8::Number::new(scope, id.into()).into()).collect::<Vec<_>>();
  Ok(Some(v8::Array::new_with_elements(scope, &ids).into()))
}

/// `options.integrity`.
fn integrity(scope: &v8::PinScope<'_, '_>, value: Value<'_>) -> Result<Integrity, OpFailure> {
  match value.is_undefined() {
    true => Ok(Integrity::default()),
    false if value.is_string() => Integrity::parse(&value.to_rust_string_lossy(scope)),
    false => Err(Integrity::malformed(&describe(scope, value))),
  }
}

/// What a module may have, as `readLimits` of `js/wasm/open.js` gives it.
fn limits<'s>(scope: Scope<'_, 's, '_>, limits: Value<'s>) -> Limits {
  let limit = |key: &str| {
    let key = v8::String::new(scope, key)?;
    let value = v8::Local::<v8::Object>::try_from(limits).ok()?.get(scope, key.into())?;
    Some(v8::Local::<v8::Number>::try_from(value).ok()?.value() as u64)
  };
  Limits {
    has_deadline: limit("deadline").unwrap_or_default() > 0,
    call_depth: limit("stack").filter(|&depth| depth > 0).and_then(|depth| u32::try_from(depth).ok()),
    memory_pages: limit("memory").unwrap_or_default(),
    table_elements: limit("table").unwrap_or_default(),
    module_bytes: limit("module").unwrap_or_default(),
    host_bytes: limit("host").unwrap_or_default(),
  }
}

/// What Rust has done with plugins, as a script would: `action` is one of those in `js/plugin.js`, and a plugin comes back where there
/// is one. An error is its text.
pub(crate) fn manage(
  scope: Scope<'_, '_, '_>,
  host: &Host,
  action: &str,
  path: &str,
  id: &str,
) -> Result<Option<Plugin>, String> {
  v8::tc_scope!(let scope, scope);
  let done = manage_as_script(scope, host, [action, path, id]);
  done.ok_or_else(|| scope.message().map(|message| exception::text_of(scope, message)).unwrap_or_default())
}

fn manage_as_script(scope: Scope<'_, '_, '_>, host: &Host, arguments: [&str; 3]) -> Option<Option<Plugin>> {
  let mut texts = Vec::new();
  for argument in arguments {
    texts.push(v8::String::new(scope, argument)?.into());
  }
  let plugin = call_kept(scope, &host.js.plugin_manager, &texts)?;
  let Ok(plugin) = v8::Local::<v8::Object>::try_from(plugin) else { return Some(None) };
  let text = |key: &str| {
    let key = v8::String::new(scope, key)?;
    Some(plugin.get(scope, key.into())?.to_rust_string_lossy(scope))
  };
  let runtime = host.mailbox.runtime;
  Some(Some(Plugin { rid: text("rid")?.parse().ok()?, runtime, name: text("name")?, version: text("version")? }))
}

/// `setPluginManager(manage)`: for bootstrap. `manage(action, path, id)` gives what is known of a plugin, which no script has.
fn set_plugin_manager<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  keep_first(scope, &host.js.plugin_manager, arguments.get(0));
  Ok(None)
}

/// `closePlugin(rid, name)`: for `plugin.close()`, which knows the name for the error.
fn close_plugin<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let rid = resource_id(scope, arguments.get(0))?;
  if !host.is_open_plugin(rid) {
    let name = arguments.get(1).to_rust_string_lossy(scope);
    let message = format!("cannot close plugin {name}: it is closed already");
    return Err(OpFailure::new("BadResource", "ERR_PLUGIN_CLOSED", message).into());
  }
  close(scope, arguments, host)
}

/// `close(rid)` → the number of the plugin that has added the resource, if it is one's: for `Deno.close`.
fn close<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let owner = host.close_resource(resource_id(scope, arguments.get(0))?)?;
  Ok(owner.map(|owner| v8::Number::new(scope, owner.into()).into()))
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

/// `call(id, value, ...buffers)`: an op by its id, as `plugin.ops.name(...)` calls it.
fn call_by_id<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  call::call_entry(scope, arguments, 1, host, entry)
}

/// `setAsyncHandler(id, function)`.
fn set_async_handler<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  entry.target()?;
  let Ok(handler) = v8::Local::<v8::Function>::try_from(arguments.get(1)) else {
    let message = format!("the async handler of op {:?} is no function; pass one that takes a Uint8Array", entry.name);
    return Err(OpFailure::new("TypeError", "ERR_ASYNC_HANDLER", message).into());
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
  Ok(Some(metrics_object(scope, &host.table.metrics(plugin)).into()))
}

/// A function of `js/` that the host calls is the one that bootstrap gave: what it is called with is for nobody else.
pub(super) fn keep_first(
  scope: Scope<'_, '_, '_>,
  place: &RefCell<Option<v8::Global<v8::Function>>>,
  function: Value<'_>,
) {
  let mut place = place.borrow_mut();
  if let (None, Ok(function)) = (&*place, v8::Local::<v8::Function>::try_from(function)) {
    *place = Some(v8::Global::new(scope, function));
  }
}

/// Calls such a function. `None` when an exception is on its way, or the runtime is gone.
pub(super) fn call_kept<'s>(
  scope: Scope<'_, 's, '_>,
  place: &RefCell<Option<v8::Global<v8::Function>>>,
  arguments: &[Value<'s>],
) -> Option<Value<'s>> {
  let function = place.borrow().clone()?;
  let function = v8::Local::new(scope, function);
  let undefined = v8::undefined(scope).into();
  function.call(scope, undefined, arguments)
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

/// `functionOf(id)`: the function of an op that has one of its own, else `undefined`.
fn function_of<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  if entry.encoding == Encoding::Guest {
    return guests::function_of(scope, host, &entry);
  }
  match typed::has_function(&entry) {
    true => typed::function_of(scope, host, &entry).map(Some).ok_or(Exception::Pending),
    false => Ok(None),
  }
}

/// `setUpExchange()`: the memory of typed ops, when there is the first.
fn set_up_exchange<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  exchange::set_up(scope, host).map(Some).ok_or(Exception::Pending)
}

/// `useInput(buffer)`: arguments are in this ArrayBuffer from now on.
fn use_input<'s>(_: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(arguments.get(0)) {
    exchange::use_input(host, buffer);
  }
  Ok(None)
}

/// `newSlab()`: an ArrayBuffer for small results; `undefined` when there is room in the one there is.
fn new_slab<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  Ok(host.js.exchange.wants_slab().then(|| exchange::new_slab(scope, host)))
}

/// `newGuestSlab()`: an ArrayBuffer for small results of guests.
fn new_guest_slab<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  Ok(Some(exchange::new_guest_slab(scope, host)))
}

/// `bufferLength(length)`: the length of a buffer that a script wants, if it may have it.
fn buffer_length<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let length = arguments.get(0);
  if whole_number(length).is_some_and(|length| length > 0) {
    return Ok(Some(length));
  }
  let found = describe(scope, length);
  let message = format!("the length of a buffer must be a whole number of bytes from 1 to 4294967295, got {found}");
  Err(OpFailure::new("RangeError", "ERR_BUFFER_LENGTH", message).into())
}

/// `forbidDetaching(view)`: the memory of a view stays where it is.
fn forbid_detaching<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  if let Some(buffer) = v8::Local::<v8::Uint8Array>::try_from(arguments.get(0)).ok().and_then(|view| view.buffer(scope))
  {
    exchange::forbid_detaching(scope, buffer);
  }
  Ok(None)
}

/// `viewOf(buffer)`: the bytes of a view or a buffer as a Uint8Array.
fn view_of<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let lent = buffers::lend(scope, arguments.get(0), "that is written")?;
  let bytes = match lent.len {
    0 => Vec::new(),
    // SAFETY: the bytes stay there while nothing of the script runs.
    len => unsafe { std::slice::from_raw_parts(lent.ptr, len) }.to_vec(),
  };
  let view = buffers::to_uint8_array(scope, plugbay_ops::Answer::of_host(bytes));
  view.map(|view| Some(view.into())).ok_or(Exception::Pending)
}

/// An op id as a script gives it.
#[inline]
pub(super) fn op_id(scope: &v8::PinScope<'_, '_>, value: Value<'_>) -> Result<OpId, OpFailure> {
  whole_number(value).ok_or_else(|| {
    let found = describe(scope, value);
    OpFailure::new(
      "TypeError",
      "ERR_OP_ID",
      format!("an op's id must be a whole number, got {found}; see Deno.core.ops()"),
    )
  })
}

pub(super) fn resource_id(scope: &v8::PinScope<'_, '_>, value: Value<'_>) -> Result<ResourceId, OpFailure> {
  whole_number(value).ok_or_else(|| {
    let found = describe(scope, value);
    OpFailure::new(
      "TypeError",
      "ERR_BAD_RESOURCE",
      format!("a resource's id must be a whole number, got {found}; see Deno.resources()"),
    )
  })
}

#[inline]
fn whole_number(value: Value<'_>) -> Option<u32> {
  let value = v8::Local::<v8::Number>::try_from(value).ok()?.value();
  let whole = value as u32;
  (f64::from(whole) == value).then_some(whole)
}

#[cold]
fn describe(scope: &v8::PinScope<'_, '_>, value: Value<'_>) -> String {
  match value.is_number() {
    true => value.to_rust_string_lossy(scope),
    false => format!("one of type {}", value.type_of(scope).to_rust_string_lossy(scope)),
  }
}
