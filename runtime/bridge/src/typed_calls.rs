//! The slow path of typed ops, on which the host converts arguments and results.

use std::rc::Rc;

use deno_core::v8;
use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use plugbay_native as native;
use plugbay_ops::AnswerForm;
use plugbay_ops::Outcome;
use plugbay_ops::Passed;
use plugbay_ops::Target;
use plugbay_ops::Values;

use super::Arguments;
use super::Exception;
use super::Scope;
use super::Value;
use super::buffers;
use super::call::Call;
use super::call::code_of;
use super::contexts::TypedOp;
use super::contexts::no_such_op;
use super::functions::Functions;
use super::functions::host_of;
use super::typed_results::give;
use super::typed_results::give_as_fast;
use super::values::number;
use super::values::utf8;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("addressOf", address_of);
  functions.add("callTyped", call_typed);
  functions.add("raise", raise);
  functions.add("reject", reject);
  functions.add("refuseResult", refuse_result);
  functions.add("takeOverflow", take_overflow);
}

/// The op whose index is the first argument.
fn op_of(arguments: Arguments<'_, '_>, host: &Host) -> Result<Rc<TypedOp>, OpFailure> {
  host.js.contexts.at_index(arguments.get(0)).ok_or_else(no_such_op)
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
  // SAFETY: `typed_functions.rs` makes the function with the host as its data.
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
  host.publish_ops(scope);
  match called {
    Ok(value) => result.set(value),
    Err(exception) => exception.throw(scope, host),
  }
}

/// `callTyped(index, ...arguments)`: the op, counted and timed as others are.
fn call_typed<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  let code = code_of(&op.entry)?;
  let passed = read(scope, arguments, Layout::Plain, host, &op)?;
  // SAFETY: `read` made the arguments from the signature; no code of the script runs, and so what they lend stays.
  let (started, outcome) = unsafe { op.entry.call_typed(&*code, passed) };
  host.publish_ops(scope);
  Call { host, entry: op.entry.clone(), target: Target::Code(code), form: AnswerForm::Typed }
    .finish(scope, outcome, started)
}

/// `refuseResult(index, reason)`: throws why a result cannot be read.
fn refuse_result<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  let reason = arguments.get(1).to_rust_string_lossy(scope);
  Err(op.entry.name_in(OpFailure::answer_unreadable(reason)).into())
}

/// `reject(index, reason)`: throws why a call is refused for its arguments.
fn reject<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  host: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  // That an op is closed goes before what is wrong with its arguments.
  op.entry.target()?;
  let reason = arguments.get(1).to_rust_string_lossy(scope);
  Err(op.entry.name_in(OpFailure::new(ErrorCode::OpArgument, reason)).into())
}

/// `raise(index)`: throws what a fast function failed with.
fn raise<'s>(_: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Result<Option<Value<'s>>, Exception> {
  let op = op_of(arguments, host)?;
  op.entry.metrics.count_error();
  let failure = native::take_failure(op.instance).unwrap_or_else(OpFailure::abi_failed_silently);
  Err(op.entry.name_in(failure).into())
}

/// `takeOverflow(index)`: the result of a fast function that did not fit where results go.
fn take_overflow<'s>(
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
fn address_of<'s>(
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
    match *parameter.kind.values() {
      Values::Integer { .. } => passed.integer(integer(value)),
      Values::Text => {
        let text = v8::Local::<v8::String>::try_from(value).map(|text| utf8(scope, text));
        passed.text(text.unwrap_or_default());
      }
      Values::Any => {
        let start = number(value) as usize;
        passed.value(host.js.exchange.input_from(start).ok_or_else(|| mismatch(op))?);
      }
      of @ (Values::Buffer | Values::Buffers) => {
        let end = if of == Values::Buffer { next } else { arguments.length().max(next - 1) };
        let first = passed.buffers.len();
        for index in next - 1..end {
          let taken = buffers::take(scope, arguments.get(index), index as usize - 1, &mut passed.buffers);
          taken.map_err(|failure| op.entry.name_in(failure))?;
        }
        passed.buffers_from(first);
        next = end;
      }
      Values::Bool => passed.number(f64::from(u8::from(value.is_true()))),
      Values::Lent { size, .. } => {
        if layout == Layout::Fast {
          next += 2;
        }
        let lent = buffers::lend(scope, value, &parameter.name)
          .and_then(|bytes| buffers::check_alignment(bytes, size, &parameter.name));
        passed.lent(lent.map_err(|failure| op.entry.name_in(failure))?);
      }
      // JavaScript has seen to that, and said why if not.
      Values::Whole { .. } | Values::Float if parameter.kind.holds(number(value)) => passed.number(number(value)),
      Values::Whole { .. } | Values::Float | Values::Nothing => return Err(mismatch(op)),
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
  op.entry.name_in(OpFailure::arguments_of_another())
}
