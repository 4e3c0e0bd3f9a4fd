//! What typed ops give, as values of JavaScript.

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_ops::AnswerForm;
use plugbay_ops::Given;
use plugbay_ops::OpEntry;
use plugbay_ops::Outcome;

use super::Arguments;
use super::Exception;
use super::Functions;
use super::Returned;
use super::Scope;
use super::Value;
use super::arguments::resource_id;
use super::buffers;
use super::values;
use super::values::number;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("defineShapes", define_shapes);
  functions.add("keysOfShape", keys_of_shape);
  functions.add("readText", read_text);
}

/// What JavaScript gets for what a call gives, as `finish` of `js/typed_ops.js` takes it: the value itself, but for a
/// message in the wire format the number of its bytes in the output, or a Uint8Array.
#[inline(always)]
pub(super) fn give<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  entry: &OpEntry,
  given: Given,
) -> Result<Option<Value<'s>>, OpFailure> {
  const SAFE: u64 = (1 << 53) - 1;
  let bytes = |scope, answer| {
    buffers::to_uint8_array(scope, answer).ok_or_else(|| entry.name_in(OpFailure::answer_too_long("bytes")))
  };
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

/// What the fast function would have returned, and left in the exchange: optimised code takes the C type of a fast
/// function for the type of what it gets, also where V8 has called this in its place.
pub(super) fn give_as_fast<'s>(
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

fn text<'s>(scope: Scope<'_, 's, '_>, bytes: &[u8]) -> Result<v8::Local<'s, v8::String>, OpFailure> {
  v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal).ok_or_else(|| OpFailure::answer_too_long("text"))
}

/// `defineShapes(rid, words)`: a result of a plugin has brought these definitions.
fn define_shapes<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  // One that is closed gives no more.
  let Ok(label) = host.label_of(resource_id(scope, arguments.get(0))?) else { return Ok(None) };
  let words = buffers::copy_of(arguments.get(1)).unwrap_or_default();
  // Whoever reads the result says what is wrong with it.
  let _ = label.shapes.borrow_mut().learn(&words);
  Ok(None)
}

/// `keysOfShape(rid, shape)` → its keys, if a result of the plugin that Rust has read brought them.
fn keys_of_shape<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let Ok(label) = host.label_of(resource_id(scope, arguments.get(0))?) else { return Ok(None) };
  let shapes = label.shapes.borrow();
  let Ok(keys) = shapes.keys(number(arguments.get(1)) as u32) else { return Ok(None) };
  let keys = keys.into_iter().map(|key| Ok(text(scope, key.as_bytes())?.into()));
  let keys = keys.collect::<Result<Vec<Value<'_>>, OpFailure>>()?;
  Ok(Some(v8::Array::new_with_elements(scope, &keys).into()))
}

/// `readText(bytes, start, length)`: UTF-8 text as a string.
fn read_text<'s>(
  scope: Scope<'_, 's, '_>,
  arguments: Arguments<'_, 's>,
  _: &Host,
) -> Result<Option<Value<'s>>, Exception> {
  let part = buffers::part_of(arguments).ok_or_else(OpFailure::answer_cut_short)?;
  // SAFETY: the text lies within the view, and V8 copies it before anything else can run.
  let bytes = unsafe { std::slice::from_raw_parts(part.ptr, part.len) };
  Ok(Some(text(scope, bytes)?.into()))
}
