//! Lending calls of ops of the 2020 shape: V8 calls the plugin's function directly, with the script's buffer as it
//! lies. Here is what the JavaScript function of such an op is made from (`js/lending_ops.js`), what the plugin may ask
//! meanwhile, and how the host takes what the op answered.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use deno_core::v8;
use deno_core::v8::fast_api::FastApiCallbackOptions;
use deno_core::v8::fast_api::Type;
use plugbay_core::OpFailure;
use plugbay_native as native;
use plugbay_ops::AnswerForm;
use plugbay_ops::Buffers;
use plugbay_ops::OpEntry;
use plugbay_ops::Outcome;
use plugbay_ops::Target;
use plugin_abi as abi;

use super::Arguments;
use super::Exception;
use super::Returned;
use super::Scope;
use super::Value;
use super::arguments::op_id;
use super::buffers;
use super::call::Call;
use super::call::call_bytes;
use super::call::code_of;
use super::contexts::LendingOp;
use super::contexts::no_such_op;
use super::fast_functions;
use super::functions::Functions;
use super::functions::host_of;
use super::object::without_prototype;
use super::reports::set;
use super::results::value_of;
use super::typed_functions::fast_context;
use super::typed_functions::ints_over;
use super::values::number;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("callWithBuffers", call_with_buffers);
  functions.add("takeAnswer", take_answer);
}

static LEND_TABLE: abi::LendTable = abi::LendTable { size: size_of::<abi::LendTable>(), lend, hold };

/// The function of `plugin.ops` of an op that has a function for lending calls. `None` when an exception is on its way.
pub(super) fn make_function<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Option<Value<'s>> {
  // That of a closed op only says so.
  let lent = entry.target().ok().and_then(Target::code).and_then(|code| code.lent());
  let fast = fast_context(host, lent);
  let context = abi::LentContext {
    call: abi::Call { size: size_of::<abi::Call>(), host: fast.host, instance: fast.instance },
    fast: abi::FastContext { size: size_of::<abi::LentContext>(), ..fast },
    table: &LEND_TABLE,
    outcome: native::new_outcome(),
    is_answered: 0,
    reserved: 0,
  };
  let op = Rc::new(LendingOp::new(context, entry.clone()));
  let address = op.context();
  let object = without_prototype(scope);
  let index = host.js.lending.keep(scope, &host.js.kept, op, object);
  for (key, number) in [("index", index as f64), ("id", entry.id.into())] {
    let number = v8::Number::new(scope, number);
    set(scope, object, key, number.into());
  }
  let name = v8::String::new(scope, &entry.name)?;
  set(scope, object, "name", name.into());
  let factory = host.js.lending_factory.borrow().clone()?;
  let factory = v8::Local::new(scope, factory);
  let undefined = v8::undefined(scope).into();
  let Some(lent) = lent else { return factory.call(scope, undefined, &[object.into()]) };
  // As in `typed_functions.rs`: only the closure of the op's function has these.
  let native = lent_function(scope, host, lent.address)?;
  // SAFETY: the context takes itself out of the metrics when it goes; a LentContext begins with it.
  unsafe { entry.metrics.open_lending(NonNull::new_unchecked(address.cast())) };
  let left = ints_over(scope, host, entry)?;
  let address = v8::Number::new(scope, address as usize as f64);
  factory.call(scope, undefined, &[object.into(), native.into(), left, address.into()])
}

/// The function of JavaScript for a plugin's function for lending calls at `address`, as [`plugin_abi::LentContext`]
/// says: it takes the address of one, a view, where its bytes lie or 0, how many there are, and the number of buffers.
fn lent_function<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  address: *const c_void,
) -> Option<v8::Local<'s, v8::Function>> {
  let parameters =
    [Type::V8Value, Type::Float64, Type::V8Value, Type::Float64, Type::Uint32, Type::Uint32, Type::CallbackOptions];
  fast_functions::cached(scope, host, call_native, address, &parameters, Type::Void)
}

/// [`abi::LendTable::lend`].
///
/// # Safety
///
/// `view` and `options` are what V8 has passed to the function that is running, and `view` is a view; `bytes` can be
/// written.
unsafe extern "C" fn lend(view: *const c_void, options: *const c_void, bytes: *mut abi::Slice) -> u32 {
  // SAFETY: the caller's promise: a value of V8's lies there, and JavaScript has seen that it is a view.
  let view = unsafe { &*view.cast::<v8::ArrayBufferView>() };
  // SAFETY: the caller's promise.
  let lent =
    unsafe { with_store(view, options, |store| !store.is_shared() && !store.is_resizable_by_user_javascript()) };
  // The bytes of a short view may lie in V8's heap; what is shared or resizable is refused, on the slow path.
  if lent != Some(true) {
    return 0;
  }
  // SAFETY: the bytes are not in V8's heap, so that no storage is needed.
  let (ptr, len) = unsafe { view.get_contents_raw_parts(&mut []) };
  // Detached, perhaps.
  if ptr.is_null() || len == 0 {
    return 0;
  }
  // SAFETY: the caller's promise.
  unsafe { bytes.write(abi::Slice { ptr, len }) };
  1
}

/// [`abi::LendTable::hold`].
///
/// # Safety
///
/// As [`lend`], of a view whose bytes are lent; `buffer` can be written.
unsafe extern "C" fn hold(view: *const c_void, options: *const c_void, buffer: *mut abi::Buffer) {
  // SAFETY: the caller's promise.
  let view = unsafe { &*view.cast::<v8::ArrayBufferView>() };
  // SAFETY: the bytes are not in V8's heap: they were lent.
  let (ptr, len) = unsafe { view.get_contents_raw_parts(&mut []) };
  // SAFETY: the caller's promise.
  let held = unsafe { with_store(view, options, |store| buffers::hold(store, ptr, len)) };
  // SAFETY: the caller's promise.
  unsafe { buffer.write(held.expect("what is lent has a store")) };
}

/// Looks at the backing store of a view, if it has one outside of V8's heap.
///
/// # Safety
///
/// Within a call of V8's that has passed these options.
unsafe fn with_store<R>(
  view: &v8::ArrayBufferView,
  options: *const c_void,
  work: impl FnOnce(v8::SharedRef<v8::BackingStore>) -> R,
) -> Option<R> {
  if !view.has_buffer() {
    return None;
  }
  // SAFETY: the caller's promise.
  let options = unsafe { &mut *options.cast_mut().cast::<FastApiCallbackOptions<'_>>() };
  // V8 makes a handle of the buffer, which must not outlive this. That is no object of its heap.
  // SAFETY: the caller's promise: the isolate runs this call.
  v8::scope!(let _scope, unsafe { options.isolate_unchecked_mut() });
  view.get_backing_store().map(work)
}

/// The plugin's function for lending calls, where V8 does not call it directly. JavaScript has counted the call.
pub(super) fn call_native<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  arguments: v8::FunctionCallbackArguments<'s>,
  _: v8::ReturnValue<'s>,
) {
  // SAFETY: `lent_function` makes the function with the host as its data.
  let host = unsafe { host_of(arguments.data()) };
  let outcome = match host.js.lending.at_address(arguments.get(0)) {
    Some(op) => call_as_native(scope, &arguments, host, &op),
    None => Err(no_such_op()),
  };
  if let Err(failure) = outcome {
    Exception::from(failure).throw(scope, host);
  }
}

fn call_as_native(
  scope: &mut v8::PinScope<'_, '_>,
  arguments: &v8::FunctionCallbackArguments<'_>,
  host: &Host,
  op: &LendingOp,
) -> Result<(), OpFailure> {
  let metrics = &op.entry.metrics;
  drop(op.take_answer());
  let mut buffers = Buffers::new();
  let read = code_of(&op.entry).and_then(|code| {
    if number(arguments.get(4)) != 0.0 {
      let taken = buffers::take(scope, arguments.get(1), 0, &mut buffers);
      taken.map_err(|failure| op.entry.name_in(failure))?;
    }
    Ok(code)
  });
  // What is refused for its arguments is no call.
  let code = read.inspect_err(|_| metrics.leave_fast_path())?;
  metrics.count_control_bytes(buffers.first().map_or(0, |buffer| buffer.len()));
  let outcome = code.call(&mut buffers);
  // Now, while the op's code is held: the op may have put buffers of its own in their place.
  drop(buffers);
  if !matches!(outcome, Outcome::Empty) || host.has_new_ops() {
    op.answer.set(Some(outcome));
    host.js.exchange.set_status(abi::status::ANSWERED);
  }
  Ok(())
}

/// `takeAnswer(index, isDispatched)`: what the op has answered to a call that went directly to it.
fn take_answer<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let op = host.js.lending.at_index(arguments.get(0)).ok_or_else(no_such_op)?;
  let Some(outcome) = op.take_answer() else { return Ok(None) };
  host.publish_ops(scope);
  let form = form(arguments.get(1));
  let OpEntry { metrics, .. } = &*op.entry;
  match outcome {
    Outcome::Pending { .. } => {
      // It is counted and timed as one that comes later.
      metrics.leave_fast_path();
      let started = metrics.begin(0, 0);
      let target = op.entry.target()?;
      Call { host, entry: op.entry.clone(), target, form }.finish(scope, outcome, started)
    }
    outcome => {
      metrics.count_bytes(0, form.bytes_given(&op.entry, &outcome));
      let given = op.entry.given(outcome, form);
      if given.is_err() {
        metrics.count_error();
      }
      Ok(value_of(scope, host, &op.entry, form, given)?)
    }
  }
}

/// `callWithBuffers(id, isDispatched, ...buffers)`: the op on the slow path.
fn call_with_buffers<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let entry = host.table.get(op_id(scope, arguments.get(0))?)?;
  call_bytes(scope, arguments, 2, host, entry, form(arguments.get(1)))
}

fn form(is_dispatched: Value<'_>) -> AnswerForm {
  if is_dispatched.is_true() { AnswerForm::Dispatch } else { AnswerForm::Ops }
}
