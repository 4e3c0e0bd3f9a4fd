//! Typed ops: what their JavaScript functions are made from, and the slow form, on which the host converts arguments and results.

use std::ffi::c_void;
use std::ptr::NonNull;
use std::rc::Rc;

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_native as native;
use plugbay_ops::FastFunction;
use plugbay_ops::Given;
use plugbay_ops::Kind;
use plugbay_ops::OpEntry;
use plugbay_ops::Outcome;
use plugbay_ops::Passed;
use plugbay_ops::Target;
use plugin_abi as abi;

use super::Arguments;
use super::Exception;
use super::OpFunction;
use super::Scope;
use super::Value;
use super::bindings;
use super::buffers;
use super::call::Call;
use super::call::code_of;
use super::contexts;
use super::contexts::TypedOp;
use super::fast;
use super::host_of;
use super::in_flight::AnswerForm;
use super::kept;
use super::lending;
use super::object::without_prototype;
use super::reports::set;
use super::values;
use super::values::number;
use crate::host::Host;

static FAST_TABLE: abi::FastTable = abi::FastTable { size: size_of::<abi::FastTable>(), view_bytes: fast::view_bytes };

/// The op whose index is the first argument.
fn op_of(arguments: Arguments<'_, '_>, host: &Host) -> Result<Rc<TypedOp>, OpFailure> {
  host.js.contexts.at_index(arguments.get(0)).ok_or_else(no_such_op)
}

#[cold]
pub(super) fn no_such_op() -> OpFailure {
  OpFailure::new("TypeError", "ERR_OP_ID", "there is no such op")
}

/// Gives `object` a property with the function of a typed op, which is made when somebody asks for it. `data` is an External
/// of an [`OpFunction`].
pub(super) fn set_lazily(scope: Scope<'_, '_, '_>, object: v8::Local<'_, v8::Object>, name: &str, data: Value<'_>) {
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
pub(super) fn has_function(entry: &OpEntry) -> bool {
  entry.signature.is_some() || entry.lends
}

/// The function of an op that has one of its own. `None` when an exception is on its way: the script is being terminated, or
/// its stack is full.
pub(super) fn function_of<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Option<Value<'s>> {
  if let Some(function) = host.js.typed_functions.borrow().get(&entry.id) {
    return Some(v8::Local::new(scope, function));
  }
  let function = match entry.lends {
    true => lending::make_function(scope, host, entry)?,
    false => make_function(scope, host, entry)?,
  };
  // Nobody would let go of that of a closed op.
  if entry.is_open() {
    host.js.typed_functions.borrow_mut().insert(entry.id, v8::Global::new(scope, function));
  } else {
    host.forget_later(entry.id);
  }
  Some(function)
}

fn make_function<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Option<Value<'s>> {
  let signature = entry.signature.clone()?;
  // That of a closed op only says so.
  let fast = entry.target().ok().and_then(Target::code).and_then(|code| code.fast());
  let op = Rc::new(TypedOp::new(fast_context(host, fast), entry.clone()));
  let address = op.context();
  let object = without_prototype(scope);
  let index = contexts::keep(scope, host, |js| &js.contexts, op, object);
  let numbers = [("index", index as f64), ("id", entry.id.into()), ("rid", entry.plugin.rid.get().into())];
  for (key, number) in numbers {
    let number = v8::Number::new(scope, number);
    set(scope, object, key, number.into());
  }
  let is_async = v8::Boolean::new(scope, signature.is_async);
  set(scope, object, "isAsync", is_async.into());
  set_text(scope, object, "name", &entry.name)?;
  set_text(scope, object, "result", signature.result.name())?;
  let parameters = signature.parameters.iter().map(|parameter| {
    let object = without_prototype(scope);
    set_text(scope, object, "name", &parameter.name)?;
    set_text(scope, object, "kind", parameter.kind.name())?;
    Some(object.into())
  });
  let parameters = parameters.collect::<Option<Vec<_>>>()?;
  let parameters = v8::Array::new_with_elements(scope, &parameters);
  set(scope, object, "parameters", parameters.into());
  let factory = host.js.op_factory.borrow().clone()?;
  let factory = v8::Local::new(scope, factory);
  let undefined = v8::undefined(scope).into();
  let Some(fast) = fast else { return factory.call(scope, undefined, &[object.into()]) };
  // Whoever had these could call into a library with addresses of their own, also after it is unmapped. V8 passes a plugin's
  // function what JavaScript says, and a check there would be one for each call; so nothing but the closure of the op's function
  // has them: they are no properties of anything, and nothing that a script can have is called with them.
  let native = fast::native_function(scope, host, &signature, fast.address)?;
  // SAFETY: the context takes itself out of the metrics when it goes.
  unsafe { entry.metrics.open_fast_path(NonNull::new_unchecked(address)) };
  let left = ints_over(scope, host, entry)?;
  let address = v8::Number::new(scope, address as usize as f64);
  factory.call(scope, undefined, &[object.into(), native.into(), left, address.into()])
}

/// The circumstances of calls of a function on this thread.
pub(super) fn fast_context(host: &Host, fast: Option<FastFunction>) -> abi::FastContext {
  abi::FastContext {
    size: size_of::<abi::FastContext>(),
    data: fast.map_or(std::ptr::null_mut(), |fast| fast.data),
    host: &native::HOST_TABLE,
    instance: fast.map_or(0, |fast| fast.instance),
    // SAFETY: it may be called on any thread.
    current: unsafe { (native::HOST_TABLE.current)() },
    exchange: host.js.exchange.as_ptr(),
    table: &FAST_TABLE,
    bytes_sent: 0,
    bytes_received: 0,
  }
}

fn set_text<'s>(scope: Scope<'_, 's, '_>, object: v8::Local<'s, v8::Object>, key: &str, text: &str) -> Option<()> {
  let text = v8::String::new(scope, text)?;
  set(scope, object, key, text.into());
  Some(())
}

/// The number of calls that may take the fast form, which the op has, as an Int32Array of one element.
pub(super) fn ints_over<'s>(scope: Scope<'_, 's, '_>, host: &Host, entry: &Rc<OpEntry>) -> Option<Value<'s>> {
  let buffer = words_of(scope, host, entry, entry.metrics.fast_calls_left());
  Some(v8::Int32Array::new(scope, buffer, 0, 1)?.into())
}

/// A place in the metrics of an op as an ArrayBuffer, which keeps the op. Scripts do not get it.
pub(super) fn words_of<'s, T>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  entry: &Rc<OpEntry>,
  place: *mut T,
) -> v8::Local<'s, v8::ArrayBuffer> {
  unsafe extern "C" fn leave(_: *mut c_void, _: usize, _: *mut c_void) {}
  // SAFETY: the place lies in the entry, which is held until nothing has the buffer, and V8 frees nothing.
  let store =
    unsafe { v8::ArrayBuffer::new_backing_store_from_ptr(place.cast(), size_of::<T>(), leave, std::ptr::null_mut()) };
  let buffer = v8::ArrayBuffer::with_backing_store(scope, &store.make_shared());
  kept::keep_for(scope, host, buffer.into(), Box::new(entry.clone()));
  buffer
}

/// How the arguments of a call lie.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
  /// One for each parameter.
  Plain,
  /// As a fast function takes them: three for a buffer.
  Fast,
}

/// The plugin's fast function, where V8 does not call it directly. JavaScript has counted the call.
pub(super) fn call_native<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  arguments: v8::FunctionCallbackArguments<'s>,
  mut result: v8::ReturnValue<'s>,
) {
  // SAFETY: `fast.rs` makes the function with the host as its data.
  let host = unsafe { host_of(arguments.data()) };
  // V8 may come here for any call of the function.
  let Some(op) = host.js.contexts.at_address(arguments.get(0)) else {
    return Exception::from(no_such_op()).throw(scope, host);
  };
  let metrics = &op.entry.metrics;
  let read = code_of(&op.entry).and_then(|code| Ok((code, read(scope, &arguments, Layout::Fast, host, &op)?)));
  let called = match read {
    Ok((code, mut passed)) => {
      let sent = passed.sent();
      // SAFETY: `read` made the arguments from the signature; no code of the script runs, and so what they lend stays.
      let outcome = unsafe { code.call_typed(passed.arguments()) };
      metrics.count_bytes(sent, AnswerForm::Typed.bytes_given(&op.entry, &outcome));
      drop(passed);
      let given = give_as_fast(scope, host, &op.entry, outcome);
      if given.is_err() {
        metrics.count_error();
      }
      given.map_err(Exception::from)
    }
    // What is refused for its arguments is no call.
    Err(failure) => {
      metrics.leave_fast_path();
      Err(failure.into())
    }
  };
  if host.has_new_ops() {
    bindings::show_new_ops(scope, host);
  }
  match called {
    Ok(value) => result.set(value),
    Err(exception) => exception.throw(scope, host),
  }
}

/// What the fast function would have returned, and left in the exchange: optimised code takes the C type of a fast function for
/// the type of what it gets, also where V8 has called this in its place.
fn give_as_fast<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  entry: &OpEntry,
  outcome: Outcome,
) -> Result<Value<'s>, OpFailure> {
  const NONE: u32 = u32::MAX;
  let given = entry.given(outcome, AnswerForm::Typed)?;
  let bits = match given {
    Given::Text(answer) | Given::Bytes(answer) | Given::Message(answer) => {
      host.js.exchange.put_overflow(answer.bytes);
      return Ok(v8::Integer::new_from_unsigned(scope, 0).into());
    }
    Given::Null => return Ok(v8::Integer::new_from_unsigned(scope, NONE).into()),
    Given::Signed(integer) => integer as u64,
    Given::Unsigned(integer) => integer,
    _ => 0,
  };
  let value = give(scope, host, entry, given)?.unwrap_or_else(|| v8::undefined(scope).into());
  if value.is_big_int() {
    host.js.exchange.put_integer(bits);
    return Ok(v8::Number::new(scope, f64::NAN).into());
  }
  Ok(value)
}

/// `callTyped(index, ...arguments)`: the op, counted and timed as others are.
pub(super) fn call_typed<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  let code = code_of(&op.entry)?;
  let passed = read(scope, arguments, Layout::Plain, host, &op)?;
  // SAFETY: `read` made the arguments from the signature; no code of the script runs, and so what they lend stays.
  let (started, outcome) = unsafe { op.entry.call_typed(&*code, passed) };
  if host.has_new_ops() {
    bindings::show_new_ops(scope, host);
  }
  Call { host, entry: op.entry.clone(), target: Target::Code(code), form: AnswerForm::Typed }
    .finish(scope, outcome, started)
}

/// `refuseResult(index, reason)`: throws why a result cannot be read.
pub(super) fn refuse_result<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  let reason = arguments.get(1).to_rust_string_lossy(scope);
  Err(op.entry.name_in(OpFailure::new("Error", "ERR_OP_RESULT", reason)).into())
}

/// `reject(index, reason)`: throws why a call is refused for its arguments.
pub(super) fn reject<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  // That an op is closed goes before what is wrong with its arguments.
  op.entry.target()?;
  let reason = arguments.get(1).to_rust_string_lossy(scope);
  Err(op.entry.name_in(OpFailure::new("TypeError", "ERR_OP_ARGUMENT", reason)).into())
}

/// `raise(index)`: throws what a fast function failed with.
pub(super) fn raise<'s>(
  _: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  op.entry.metrics.count_error();
  let failure = native::take_failure(op.instance).unwrap_or_else(|| {
    OpFailure::new("Error", "ERR_PLUGIN_ABI_MISMATCH", "the op's fast function failed without saying why")
  });
  Err(op.entry.name_in(failure).into())
}

/// `takeOverflow(index)`: the result of a fast function that did not fit where results go.
pub(super) fn take_overflow<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  let overflow = host.js.exchange.take_overflow();
  // SAFETY: the op of this instance has just put it there for the host to take.
  let answer = unsafe { native::adopt_buffer(overflow, op.instance) };
  let given = op.entry.given(Outcome::Answer(answer), AnswerForm::Typed)?;
  Ok(give(scope, host, &op.entry, given)?)
}

/// `addressOf(view)`: where the bytes of a typed array lie, if they stay there until it is detached; else 0.
pub(super) fn address_of<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  _: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let address = v8::Local::<v8::TypedArray>::try_from(arguments.get(0)).ok().and_then(|view| {
    let store = view.buffer(scope)?.get_backing_store();
    let stays = !store.is_shared() && !store.is_resizable_by_user_javascript();
    // SAFETY: asking for the buffer has moved the bytes out of V8's heap, so that no storage is needed.
    stays.then(|| unsafe { view.get_contents_raw_parts(&mut []) }.0 as usize)
  });
  Ok(Some(v8::Number::new(scope, address.unwrap_or_default() as f64).into()))
}

/// Reads the arguments that the signature wants.
fn read<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  layout: Layout,
  host: &Host,
  op: &TypedOp,
) -> Result<Passed, OpFailure> {
  let signature = op.entry.signature.as_ref().expect("a typed op has a signature");
  let mut passed = Passed::default();
  let mut next = 1;
  for parameter in &signature.parameters {
    let value = arguments.get(next);
    next += 1;
    match parameter.kind {
      Kind::I64 | Kind::U64 => passed.integer(integer(value)),
      Kind::String => {
        let text = v8::Local::<v8::String>::try_from(value).map(|text| values::utf8(scope, text));
        passed.text(text.unwrap_or_default());
      }
      Kind::Value => {
        let start = number(value) as usize;
        passed.value(host.js.exchange.input_from(start).ok_or_else(|| mismatch(op))?);
      }
      Kind::Buffer | Kind::Buffers => {
        let end = if parameter.kind == Kind::Buffer { next } else { arguments.length().max(next - 1) };
        let first = passed.buffers.len();
        for index in next - 1..end {
          let taken = buffers::take(scope, arguments.get(index), index as usize - 1, &mut passed.buffers);
          taken.map_err(|failure| op.entry.name_in(failure))?;
        }
        passed.buffers_from(first);
        next = end;
      }
      Kind::Bool => passed.number(f64::from(u8::from(value.is_true()))),
      kind if kind.lent().is_some() => {
        let size = kind.lent().unwrap_or(1);
        if layout == Layout::Fast {
          next += 2;
        }
        let lent = buffers::lend(scope, value, &parameter.name)
          .and_then(|bytes| buffers::check_alignment(bytes, size, &parameter.name));
        passed.lent(lent.map_err(|failure| op.entry.name_in(failure))?);
      }
      // JavaScript has seen to that, and said why if not.
      kind if kind.holds(number(value)) => passed.number(number(value)),
      _ => return Err(mismatch(op)),
    }
  }
  Ok(passed)
}

/// The bits of an integer that JavaScript has found to be one of its kind.
fn integer(value: Value<'_>) -> u64 {
  match v8::Local::<v8::BigInt>::try_from(value) {
    Ok(big) => big.u64_value().0,
    Err(_) => number(value) as i64 as u64,
  }
}

#[cold]
fn mismatch(op: &TypedOp) -> OpFailure {
  let message = "the arguments are not those that its function passes";
  op.entry.name_in(OpFailure::new("TypeError", "ERR_OP_ARGUMENT", message))
}

/// What JavaScript gets for what a call gives, as `finish` of `js/typed_ops.js` takes it: the value itself, but for a message in the wire
/// format the number of its bytes in the output, or a Uint8Array.
#[inline(always)]
pub(super) fn give<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  entry: &OpEntry,
  given: Given,
) -> Result<Option<Value<'s>>, OpFailure> {
  const SAFE: u64 = (1 << 53) - 1;
  let bytes = |scope, answer| buffers::to_uint8_array(scope, answer).ok_or_else(|| entry.name_in(too_long("bytes")));
  Ok(Some(match given {
    Given::Undefined => return Ok(None),
    Given::Null => v8::null(scope).into(),
    Given::Bool(truth) => v8::Boolean::new(scope, truth).into(),
    Given::Number(number) => v8::Number::new(scope, number).into(),
    Given::Signed(safe) if safe.unsigned_abs() <= SAFE => v8::Number::new(scope, safe as f64).into(),
    Given::Signed(large) => v8::BigInt::new_from_i64(scope, large).into(),
    Given::Unsigned(safe) if safe <= SAFE => v8::Number::new(scope, safe as f64).into(),
    Given::Unsigned(large) => v8::BigInt::new_from_u64(scope, large).into(),
    Given::Text(answer) => text(scope, &answer.bytes).map_err(|failure| entry.name_in(failure))?.into(),
    Given::Bytes(answer) => bytes(scope, answer)?.into(),
    Given::Json(answer) => {
      values::from_json_text(scope, host, &answer.bytes).map_err(|failure| entry.name_in(failure))?
    }
    Given::Message(answer) => {
      let is_async = entry.signature.as_ref().is_some_and(|signature| signature.is_async);
      match !is_async && host.js.exchange.put_output(&answer.bytes) {
        true => v8::Number::new(scope, answer.bytes.len() as f64).into(),
        false => bytes(scope, answer)?.into(),
      }
    }
  }))
}

fn text<'s>(scope: Scope<'_, 's, '_>, bytes: &[u8]) -> Result<v8::Local<'s, v8::String>, OpFailure> {
  v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal).ok_or_else(|| too_long("text"))
}

#[cold]
fn too_long(what: &str) -> OpFailure {
  OpFailure::new("Error", "ERR_OP_RESULT", format!("the plugin answers with more {what} than V8 takes"))
}

/// `readText(bytes, start, length)`: UTF-8 text as a string.
pub(super) fn read_text<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  _: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let cut_short = || {
    let message = "the plugin's answer is cut short: its text goes beyond its end";
    OpFailure::new("Error", "ERR_OP_RESULT", message)
  };
  let bytes = v8::Local::<v8::Uint8Array>::try_from(arguments.get(0)).map_err(|_| cut_short())?;
  if !bytes.has_buffer() {
    return Err(cut_short().into());
  }
  // SAFETY: the bytes are not in V8's heap, so that no storage is needed.
  let (ptr, len) = unsafe { bytes.get_contents_raw_parts(&mut []) };
  let (start, length) = (number(arguments.get(1)) as usize, number(arguments.get(2)) as usize);
  if ptr.is_null() || start.checked_add(length).is_none_or(|end| end > len) {
    return Err(cut_short().into());
  }
  // SAFETY: the text lies within the view, and V8 copies it before anything else can run.
  let bytes = unsafe { std::slice::from_raw_parts(ptr.add(start), length) };
  Ok(Some(text(scope, bytes)?.into()))
}
