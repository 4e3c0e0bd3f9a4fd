//! The native functions that `js/wasm/` calls.

use std::ffi::c_void;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use deno_core::Resource;
use deno_core::serde_v8;
use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_core::plugin_log;
use plugbay_ops::Buffers;
use plugbay_ops::Kind;
use plugbay_ops::OpEntry;
use plugbay_ops::Parameter;
use plugbay_ops::PluginLabel;
use plugbay_ops::Signature;
use plugbay_ops::Target;
use plugbay_ops::clock::Ticks;
use plugbay_ops::metrics::Flow;
use plugbay_ops::metrics::OpMetrics;
use plugbay_ops::metrics::Totals;
use serde::Deserialize;
use v8_bridge::Arguments;
use v8_bridge::Exception;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use v8_bridge::Value;
use v8_bridge::arguments::op_id;
use v8_bridge::arguments::resource_id;
use v8_bridge::buffers;
use v8_bridge::object::ObjectBuilder;
use v8_bridge::reports::property_name;
use v8_bridge::reports::set;
use v8_bridge::typed_functions::words_of;
use v8_bridge::values::number;

use crate::guest_op::Declaration;
use crate::guest_op::Exports;
use crate::guest_op::GuestOp;
use crate::host::Host;
use crate::interrupts::Interrupt;
use crate::watchdog::Calls;
use crate::zeroes;
use crate::zeroes::PAGE;
use crate::zeroes::Used;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("addGuest", add_guest);
  functions.add("addGuestResource", add_guest_resource);
  functions.add("addInterrupt", add_interrupt);
  functions.add("beginCall", begin_call);
  functions.add("checkOpen", check_open);
  functions.add("clearMemory", clear_memory);
  functions.add("closeQuietly", close_quietly);
  functions.add("countError", count_error);
  functions.add("deferCall", defer_call);
  functions.add("describeStack", describe_stack);
  functions.add("endCall", end_call);
  functions.add("forwardingModule", forwarding_module);
  functions.add("forgetModule", forget_module);
  functions.add("lend", lend);
  functions.add("log", log);
  functions.add("millisecondsSince", milliseconds_since);
  functions.add("openGuestFastPath", open_guest_fast_path);
  functions.add("print", print);
  functions.add("registerExports", register_exports);
  functions.add("registerGuestOp", register_guest_op);
  functions.add("releaseMemory", release_memory);
  functions.add("runWorldScript", run_world_script);
  functions.add("setLazily", set_constant_lazily);
  functions.add("showGuestOp", show_guest_op);
  functions.add("showLazily", show_lazily);
  functions.add("ticks", ticks);
  functions.add("viewOver", view_over);
  functions.add("watch", watch);
  functions.add("watchInterrupt", watch_interrupt);
  functions.add("writeCache", write_cache);
  functions.add("zeroRuns", zero_runs);
}

fn text<'s>(scope: Scope<'_, 's, '_>, value: Value<'s>) -> String {
  value.to_rust_string_lossy(scope)
}

/// `watch(deadline)` → an ArrayBuffer: its first word is for the number of the call that runs, its second says that one
/// took too long, its third is for how long that one may take, where that is less than the deadline. Times are in
/// milliseconds.
fn watch<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  unsafe extern "C" fn release(_: *mut c_void, _: usize, running: *mut c_void) {
    // SAFETY: the pointer came from `Arc::into_raw`, and V8 gives it back once.
    drop(unsafe { Arc::from_raw(running.cast::<Calls>()) });
  }
  let running = host.guests.watchdog.watch(Duration::from_millis(number(arguments.get(0)) as u64));
  let running = running.map_err(OpFailure::no_thread_for_deadlines)?;
  let words = Arc::as_ptr(&running).cast_mut();
  let length = size_of::<Calls>();
  // SAFETY: the words live until V8 gives the reference back; elsewhere they are atomic.
  let store = unsafe {
    v8::ArrayBuffer::new_backing_store_from_ptr(words.cast(), length, release, Arc::into_raw(running).cast_mut().cast())
  };
  Ok(Some(v8::ArrayBuffer::with_backing_store(scope, &store.make_shared()).into()))
}

/// Where the words of a guest are that `watch` gave to JavaScript. To be compared with those that are watched, not
/// followed.
pub(super) fn calls_at(value: Value<'_>) -> Option<*const Calls> {
  let running = v8::Local::<v8::ArrayBuffer>::try_from(value).ok()?;
  Some(running.data()?.as_ptr().cast_const().cast())
}

/// `addInterrupt(interrupt)`: there is an instance of a module, whose code is ended through the SharedArrayBuffer.
fn add_interrupt<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  if let Some((memory, interrupt)) = interrupt_in(arguments.get(0)) {
    host.guests.interrupts.add(scope, memory, interrupt);
  }
  Ok(None)
}

/// `watchInterrupt(running, interrupt, isFirst)`: it is that instance which a guest runs now, or, if it is not the
/// first, one of another module that is part of it.
fn watch_interrupt<'s>(_: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  if let (Some(running), Some((_, interrupt))) = (calls_at(arguments.get(0)), interrupt_in(arguments.get(1))) {
    host.guests.watchdog.add_interrupt(running, interrupt, arguments.get(2).is_true());
  }
  Ok(None)
}

fn interrupt_in(value: Value<'_>) -> Option<(v8::Local<'_, v8::SharedArrayBuffer>, Interrupt)> {
  let memory = v8::Local::<v8::SharedArrayBuffer>::try_from(value).ok()?;
  Some((memory, Interrupt::new(memory.get_backing_store())?))
}

/// `describeStack(module, stack)`: where guest code stopped.
fn describe_stack<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let stack = text(scope, arguments.get(1));
  let module = host.guests.module(number(arguments.get(0)) as u32);
  let described = module.map(|module| module.describe_stack(&stack)).unwrap_or_default();
  Ok(v8::String::new(scope, &described).map(Into::into))
}

/// `forwardingModule(module, type)` → `{ bytes, types }`: a module that imports a function as `""` `""` and exports it
/// as `f`, with one of the types in the guest's description, and how many types it has; `undefined` when the guest is
/// closed.
fn forwarding_module<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let module = host.guests.module(number(arguments.get(0)) as u32);
  let forwarding = module.and_then(|module| module.forwarding(number(arguments.get(1)) as u32));
  let Some(forwarding) = forwarding else { return Ok(None) };
  let length = forwarding.bytes.len();
  let store = v8::ArrayBuffer::new_backing_store_from_vec(forwarding.bytes).make_shared();
  let buffer = v8::ArrayBuffer::with_backing_store(scope, &store);
  let bytes = v8::Uint8Array::new(scope, buffer, 0, length).ok_or(Exception::Pending)?;
  let mut object = ObjectBuilder::new(scope);
  object.value("bytes", bytes.into()).number("types", forwarding.types);
  Ok(Some(object.build().into()))
}

/// `forgetModule(module)`: its plugin is closed.
fn forget_module<'s>(_: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  host.guests.forget(number(arguments.get(0)) as u32);
  Ok(None)
}

/// `writeCache()`: the process is about to end.
fn write_cache<'s>(_: Scope<'_, 's, '_>, _: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  host.guests.write_cache();
  Ok(None)
}

/// `addGuest(name, ops, make?)` → the resource id of the new plugin, whose ops are shown in the object `ops`.
/// `make(name)` makes the function of an op, when somebody asks for it.
fn add_guest<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let label = PluginLabel::new(&text(scope, arguments.get(0)));
  let ops = v8::Local::<v8::Object>::try_from(arguments.get(1)).map_err(|_| Exception::Pending)?;
  let rid = host.add_plugin(&label, v8::Global::new(scope, ops));
  if let Ok(make) = v8::Local::<v8::Function>::try_from(arguments.get(2)) {
    host.set_function_maker(rid, v8::Global::new(scope, make));
  }
  Ok(Some(v8::Number::new(scope, rid.into()).into()))
}

/// `closeQuietly(rid)`: closes a resource, if it is open.
fn close_quietly<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  // It may be closed already.
  let _ = host.close_resource(resource_id(scope, arguments.get(0))?);
  Ok(None)
}

/// A resource of a guest: its data is in the guest.
struct GuestResource(String);

impl Resource for GuestResource {
  fn name(&self) -> std::borrow::Cow<'_, str> {
    self.0.as_str().into()
  }
}

/// `addGuestResource(plugin, name)` → its number; `undefined` when the plugin is closed.
fn add_guest_resource<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let name = text(scope, arguments.get(1));
  let rid = host.add_plugin_resource(resource_id(scope, arguments.get(0))?, || GuestResource(name));
  Ok(rid.map(|rid| v8::Number::new(scope, rid.into()).into()))
}

/// A signature as `worlds/src/plugbay/plugbay.js` reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GuestSignature {
  parameters: Vec<GuestParameter>,
  result: String,
  is_async: bool,
  documentation: String,
  result_type: String,
  declarations: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GuestParameter {
  name: String,
  kind: String,
  #[serde(rename = "type")]
  type_: String,
  is_optional: bool,
}

impl GuestSignature {
  fn into_signature(self) -> Result<Signature, String> {
    let kind = |name: &str| Kind::from_name(name).ok_or_else(|| format!("its kind {name:?} is unknown"));
    let parameters = self.parameters.into_iter().map(|GuestParameter { name, kind: of, type_, is_optional }| {
      Ok::<_, String>(Parameter { name, kind: kind(&of)?, type_, is_optional })
    });
    let signature = Signature {
      parameters: parameters.collect::<Result<_, _>>()?,
      result: kind(&self.result)?,
      is_async: self.is_async,
      documentation: self.documentation,
      result_type: self.result_type,
      declarations: self.declarations,
    };
    signature.fault().map_or(Ok(signature), Err)
  }
}

/// `registerGuestOp(plugin, name, signature?, declaration?)` → `{ id }`.
fn register_guest_op<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let name = text(scope, arguments.get(1));
  let label = host.label_of(resource_id(scope, arguments.get(0))?)?;
  let fault = |fault: String| {
    OpFailure::abi_op(&label.name, &name, format_args!("with a signature that does not hold together: {fault}"))
  };
  let signature = match arguments.get(2) {
    given if given.is_undefined() => None,
    given => {
      let read = serde_v8::from_v8::<GuestSignature>(scope, given).map_err(|error| fault(error.to_string()))?;
      Some(Rc::new(read.into_signature().map_err(fault)?))
    }
  };
  let declaration = match arguments.get(3) {
    given if given.is_string() => Declaration::Text(text(scope, given)),
    _ => Declaration::None,
  };
  let entry = host.register_op(&name, &label, Target::Function(Rc::new(GuestOp { signature, declaration })))?;
  let make = host.function_maker(label.rid.get());
  if let (Some(make), Some(ops)) = (make, host.ops_object(&label))
    && let Some(name) = property_name(scope, &entry.name)
  {
    let (make, ops) = (v8::Local::new(scope, make), v8::Local::new(scope, ops));
    set_lazily(scope, ops, name.into(), make, v8::PropertyAttribute::NONE);
  }
  let object = v8::Object::new(scope);
  let id = v8::Number::new(scope, entry.id.into());
  set(scope, object, "id", id.into());
  Ok(Some(object.into()))
}

/// `registerExports(plugin, module, exception?)` → the id of the first. Each function that the module exports under a
/// name becomes an op, one after the other in their order, but for the one called `exception`. They are not in
/// `plugin.ops` yet.
fn register_exports<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let label = host.label_of(resource_id(scope, arguments.get(0))?)?;
  let Some(module) = host.guests.module(number(arguments.get(1)) as u32) else { return Ok(None) };
  let exception = Some(arguments.get(2)).filter(|name| name.is_string()).map(|name| text(scope, name));
  let ids = host.register_block(&label, Rc::new(Exports::new(module, exception.as_deref())))?;
  Ok(Some(v8::Number::new(scope, ids.start.into()).into()))
}

/// `showLazily(ops, names, make)`: gives `plugin.ops` properties of those names, whose values are `make(name)`.
fn show_lazily<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let ops = v8::Local::<v8::Object>::try_from(arguments.get(0)).map_err(|_| Exception::Pending)?;
  let names = v8::Local::<v8::Array>::try_from(arguments.get(1)).map_err(|_| Exception::Pending)?;
  let make = v8::Local::<v8::Function>::try_from(arguments.get(2)).map_err(|_| Exception::Pending)?;
  for index in 0..names.length() {
    v8::scope!(let scope, scope);
    let name = names.get_index(scope, index).and_then(|name| v8::Local::<v8::Name>::try_from(name).ok());
    set_lazily(scope, ops, name.ok_or(Exception::Pending)?, make, v8::PropertyAttribute::NONE);
  }
  Ok(None)
}

/// Gives `object` a property whose value is `make(name)`, from when somebody asks for it.
fn set_lazily(
  scope: Scope<'_, '_, '_>,
  object: v8::Local<'_, v8::Object>,
  name: v8::Local<'_, v8::Name>,
  make: v8::Local<'_, v8::Function>,
  attribute: v8::PropertyAttribute,
) {
  object.set_lazy_data_property_with_data(
    scope,
    name,
    get_made,
    make.into(),
    attribute,
    v8::SideEffectType::HasSideEffect,
    v8::SideEffectType::HasSideEffect,
  );
}

fn get_made<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  name: v8::Local<'s, v8::Name>,
  arguments: v8::PropertyCallbackArguments<'s>,
  mut result: v8::ReturnValue<'_, v8::Value>,
) {
  let Ok(make) = v8::Local::<v8::Function>::try_from(arguments.data()) else { return };
  let undefined = v8::undefined(scope).into();
  if let Some(made) = make.call(scope, undefined, &[name.into()]) {
    result.set(made);
  }
}

/// `setLazily(object, name, make)`: gives the object a constant property, whose value is `make(name)`.
fn set_constant_lazily<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let object = v8::Local::<v8::Object>::try_from(arguments.get(0)).map_err(|_| Exception::Pending)?;
  let name = v8::Local::<v8::Name>::try_from(arguments.get(1)).map_err(|_| Exception::Pending)?;
  let make = v8::Local::<v8::Function>::try_from(arguments.get(2)).map_err(|_| Exception::Pending)?;
  set_lazily(scope, object, name, make, v8::PropertyAttribute::READ_ONLY | v8::PropertyAttribute::DONT_DELETE);
  Ok(None)
}

/// `openGuestFastPath(id)` → `{ left, bytes }`: how many calls need not be timed, and where bytes that such calls take
/// and give are counted. There are none of an op that is closed.
fn open_guest_fast_path<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?).ok();
  let (left, bytes) = match &entry {
    Some(entry) => {
      entry.metrics.open_guest_fast_path();
      let left = words_of(scope, host, entry, entry.metrics.fast_calls_left());
      (left, words_of(scope, host, entry, entry.metrics.guest_bytes()))
    }
    None => (v8::ArrayBuffer::new(scope, size_of::<i32>()), v8::ArrayBuffer::new(scope, size_of::<[f64; 2]>())),
  };
  let object = v8::Object::new(scope);
  let left = v8::Int32Array::new(scope, left, 0, 1).ok_or(Exception::Pending)?;
  set(scope, object, "left", left.into());
  let bytes = v8::Float64Array::new(scope, bytes, 0, 2).ok_or(Exception::Pending)?;
  set(scope, object, "bytes", bytes.into());
  Ok(Some(object.into()))
}

/// `showGuestOp(id, function)`: the function of an op that was made at once, in `plugin.ops` and for whoever asks for
/// it by the id.
fn show_guest_op<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = entry(scope, arguments, host)?;
  let function = arguments.get(1);
  if let Some(object) = host.ops_object(&entry.plugin) {
    let object = v8::Local::new(scope, object);
    set(scope, object, &entry.name, function);
  }
  host.set_function(entry.id, v8::Global::new(scope, function));
  Ok(None)
}

fn entry<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Result<Rc<OpEntry>, Exception> {
  Ok(host.table.get(op_id(scope, arguments.get(0))?)?)
}

/// `checkOpen(id)`: throws when the op is closed.
fn check_open<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  entry(scope, arguments, host)?.target()?;
  Ok(None)
}

/// `beginCall(id, control, data)` → the time: a call begins, with so many bytes in its first buffer and in the others.
fn begin_call<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = entry(scope, arguments, host)?;
  entry.metrics.begin(number(arguments.get(1)) as usize, number(arguments.get(2)) as usize);
  ticks(scope, arguments, host)
}

/// `ticks()` → the time, as `beginCall` gives it.
fn ticks<'s>(scope: Scope<'_, 's, '_>, _: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let now = Ticks::now().as_f64();
  Ok(Some(v8::Number::new(scope, now).into()))
}

/// `millisecondsSince(ticks)`: how long ago `ticks()` gave that.
fn milliseconds_since<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let ticks = Ticks::now().as_f64() - number(arguments.get(0));
  let milliseconds = ticks.max(0.0) * host.table.tick_nanoseconds() / 1e6;
  Ok(Some(v8::Number::new(scope, milliseconds).into()))
}

/// `endCall(id, ticks, isAsync, hasFailed, received)`: a call is done, after so many ticks.
fn end_call<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let flow = if arguments.get(2).is_true() { Flow::Async } else { Flow::Sync };
  let ticks = number(arguments.get(1)).max(0.0) as u64;
  let (has_failed, received) = (arguments.get(3).is_true(), number(arguments.get(4)) as usize);
  host.table.count(
    op_id(scope, arguments.get(0))?,
    |metrics| metrics.end_guest_call(ticks, flow, has_failed, received),
    |totals| totals.end(flow, received),
  );
  Ok(None)
}

/// `deferCall(id)`: the call that began last is an async one.
fn defer_call<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  host.table.count(op_id(scope, arguments.get(0))?, |metrics| metrics.defer(Flow::Async), Totals::defer);
  Ok(None)
}

/// `countError(id)`: a call that is counted already has failed.
fn count_error<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  // Totals have no errors.
  host.table.count(op_id(scope, arguments.get(0))?, OpMetrics::count_error, |_| {});
  Ok(None)
}

/// `log(plugin, level, message)`
fn log<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let (plugin, message) = (text(scope, arguments.get(0)), text(scope, arguments.get(2)));
  plugin_log::write(&plugin, number(arguments.get(1)) as u32, &message);
  Ok(None)
}

/// `print(plugin, message)`: what a guest prints.
fn print<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let (plugin, message) = (text(scope, arguments.get(0)), text(scope, arguments.get(1)));
  plugin_log::print(&plugin, &message);
  Ok(None)
}

/// `runWorldScript(place, kit)` → `{ name, made }`: the script of a world that brings one, called with the kit.
fn run_world_script<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Some((name, source)) = host.guests.worlds.script(number(arguments.get(0)) as usize) else { return Ok(None) };
  let made =
    run_script(scope, &format!("ext:plugbay/worlds/{name}.js"), source, arguments.get(1)).ok_or(Exception::Pending)?;
  let mut object = ObjectBuilder::new(scope);
  Ok(Some(object.text("name", name).value("made", made).build().into()))
}

/// What the function gives that is the value of a script, called with `argument`; what is no function, as it is.
fn run_script<'s>(scope: Scope<'_, 's, '_>, name: &str, source: &str, argument: Value<'s>) -> Option<Value<'s>> {
  let source = v8::String::new(scope, source)?;
  let name = v8::String::new(scope, name)?;
  let origin = v8::ScriptOrigin::new(scope, name.into(), 0, 0, false, 0, None, false, false, false, None);
  let value = v8::Script::compile(scope, source, Some(&origin))?.run(scope)?;
  let Ok(function) = v8::Local::<v8::Function>::try_from(value) else { return Some(value) };
  let undefined = v8::undefined(scope).into();
  function.call(scope, undefined, &[argument])
}

/// `viewOver(id, view, index)` → a Uint8Array over the bytes of a buffer that an op may keep.
fn view_over<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let index = number(arguments.get(2)) as usize;
  let taken = buffers::take(scope, arguments.get(1), index, &mut Buffers::new());
  uint8_array(scope, arguments, host, taken)
}

/// `lend(id, view, name)` → a Uint8Array over the bytes of a buffer that an op gets for a call; `undefined` for a
/// SharedArrayBuffer.
fn lend<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let name = text(scope, arguments.get(2));
  let lent = buffers::lend(scope, arguments.get(1), &name).map(|_| ());
  uint8_array(scope, arguments, host, lent)
}

fn uint8_array<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
  checked: Result<(), OpFailure>,
) -> Returned<'s> {
  if let Err(failure) = checked {
    let entry = entry(scope, arguments, host)?;
    return Err(entry.name_in(failure).into());
  }
  let given = arguments.get(1);
  let view = if let Ok(view) = v8::Local::<v8::ArrayBufferView>::try_from(given) {
    let (offset, length) = (view.byte_offset(), view.byte_length());
    view.buffer(scope).and_then(|buffer| v8::Uint8Array::new(scope, buffer, offset, length))
  } else if let Ok(buffer) = v8::Local::<v8::ArrayBuffer>::try_from(given) {
    v8::Uint8Array::new(scope, buffer, 0, buffer.byte_length())
  } else {
    // A SharedArrayBuffer: V8's types have no way from it to a view, which JavaScript makes.
    return Ok(None);
  };
  view.map(|view| Some(view.into())).ok_or(Exception::Pending)
}

/// `zeroRuns(memory)`: where long runs of zeroes are in a guest's memory, starts and ends by turns, in pages of 4 KiB.
/// A memory that other threads may have has none.
fn zero_runs<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let memory = v8::Local::<v8::ArrayBuffer>::try_from(arguments.get(0));
  let memory = memory.ok().and_then(|memory| Some((memory.data()?, memory.byte_length())));
  let runs = match memory {
    // SAFETY: the bytes stay there while nothing of the script runs.
    Some((start, length)) => zeroes::runs(unsafe { std::slice::from_raw_parts(start.as_ptr().cast(), length) }),
    None => Vec::new(),
  };
  let ends = runs.iter().flat_map(|run| [run.start, run.end].map(u32::to_ne_bytes)).flatten().collect::<Vec<_>>();
  let count = ends.len() / size_of::<u32>();
  let ends = v8::ArrayBuffer::new_backing_store_from_vec(ends).make_shared();
  let ends = v8::ArrayBuffer::with_backing_store(scope, &ends);
  Ok(v8::Uint32Array::new(scope, ends, 0, count).map(Into::into))
}

/// `clearMemory(memory, runs, areGivenBack)`: makes runs of a guest's memory zero again, as `zeroRuns` has given them.
/// With `areGivenBack` none of their pages is used then.
fn clear_memory<'s>(_: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let memory = v8::Local::<v8::ArrayBuffer>::try_from(arguments.get(0)).ok();
  let runs = v8::Local::<v8::Uint32Array>::try_from(arguments.get(1)).ok();
  let (Some(memory), Some(runs)) = (memory, runs) else { return Ok(None) };
  let mut ends = vec![0; runs.byte_length()];
  runs.copy_contents(&mut ends);
  let word = |bytes: &[u8]| u32::from_ne_bytes(bytes.try_into().expect("it is a word"));
  let runs = ends.chunks_exact(8).map(|run| word(&run[..4])..word(&run[4..]));
  let pages = memory.byte_length() / PAGE;
  let are_within = runs.clone().all(|run| run.start <= run.end && run.end as usize <= pages);
  let Some(memory) = memory.data().filter(|_| are_within) else {
    return Err(OpFailure::memory_shrunk().into());
  };
  let used = if arguments.get(2).is_true() { Used::GivenBack } else { Used::Kept };
  // SAFETY: the runs lie in the buffer. V8 maps the memory of a guest by itself, without a file, and it is this
  // thread's.
  unsafe { zeroes::clear(memory.as_ptr().cast(), runs, used) };
  Ok(None)
}

/// V8 is asked to collect when there is more.
const MAX_DEAD_MEMORY: usize = 256 * 1024 * 1024;

/// `releaseMemory(memory, isShown)`: the instance of a memory has ended. One that nobody else has is given back to the
/// system at once; of others V8 has to find out whether somebody has them.
fn release_memory<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Ok(memory) = v8::Local::<v8::ArrayBuffer>::try_from(arguments.get(0)) else { return Ok(None) };
  let length = memory.byte_length();
  if arguments.get(1).is_false() {
    if let Some(start) = memory.data() {
      // SAFETY: V8 maps the memory of a guest by itself, without a file, and nothing that runs uses it any more.
      unsafe { zeroes::give_back(start.as_ptr().cast(), length) };
    }
    buffers::let_collect(scope);
    return Ok(None);
  }
  let dead = &host.dead_memory;
  dead.set(dead.get() + length);
  if dead.get() > MAX_DEAD_MEMORY {
    dead.set(0);
    scope.low_memory_notification();
  }
  Ok(None)
}
