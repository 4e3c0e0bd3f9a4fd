//! What typed ops give, as values of JavaScript.

use deno_core::v8;
use plugbay_core::OpFailure;
use plugbay_ops::Answer;
use plugbay_ops::Kind;
use plugbay_ops::OpEntry;
use plugbay_ops::Outcome;
use plugbay_ops::Signature;

use super::Arguments;
use super::Exception;
use super::Functions;
use super::Scope;
use super::Value;
use super::buffers;
use super::failures::with_op_name;
use super::values::number;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("readText", read_text);
}

/// What JavaScript gets for the outcome of a typed op, as `finish` of `js/typed_ops.js` takes it: the value itself, but for a
/// message in the wire format the number of its bytes in the output, or a Uint8Array.
pub(super) fn give<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  entry: &OpEntry,
  outcome: Outcome,
) -> Result<Value<'s>, OpFailure> {
  let signature = entry.signature.as_ref().expect("a typed op has a signature");
  give_kind(scope, host, signature, outcome).map_err(|failure| with_op_name(failure, entry))
}

fn give_kind<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  signature: &Signature,
  outcome: Outcome,
) -> Result<Value<'s>, OpFailure> {
  const SAFE: u64 = (1 << 53) - 1;
  Ok(match (signature.result, outcome) {
    (_, Outcome::Failed(failure)) => return Err(failure),
    (Kind::Void, Outcome::Empty) => v8::undefined(scope).into(),
    (Kind::Bool, Outcome::Number(number)) => v8::Boolean::new(scope, number != 0.0).into(),
    (
      Kind::I8 | Kind::U8 | Kind::I16 | Kind::U16 | Kind::I32 | Kind::U32 | Kind::F32 | Kind::F64,
      Outcome::Number(number),
    ) => v8::Number::new(scope, number).into(),
    (Kind::I64, Outcome::Integer(bits)) => match bits as i64 {
      safe if safe.unsigned_abs() <= SAFE => v8::Number::new(scope, safe as f64).into(),
      large => v8::BigInt::new_from_i64(scope, large).into(),
    },
    (Kind::U64, Outcome::Integer(bits)) => match bits <= SAFE {
      true => v8::Number::new(scope, bits as f64).into(),
      false => v8::BigInt::new_from_u64(scope, bits).into(),
    },
    (Kind::String | Kind::Bytes, Outcome::Null) => v8::null(scope).into(),
    (Kind::String, outcome @ (Outcome::Empty | Outcome::Answer(_))) => text(scope, &bytes_of(outcome).bytes)?.into(),
    (Kind::Bytes, outcome @ (Outcome::Empty | Outcome::Answer(_))) => {
      let answer = bytes_of(outcome);
      buffers::to_uint8_array(scope, answer).ok_or_else(|| too_long("bytes"))?.into()
    }
    (Kind::Value, outcome @ (Outcome::Empty | Outcome::Answer(_))) => {
      let answer = bytes_of(outcome);
      let in_output = !signature.is_async && host.js.exchange.put_output(&answer.bytes);
      match in_output {
        true => v8::Number::new(scope, answer.bytes.len() as f64).into(),
        false => buffers::to_uint8_array(scope, answer).ok_or_else(|| too_long("bytes"))?.into(),
      }
    }
    (wanted, _) => {
      let message =
        format!("the plugin's answer is of another kind than its signature says, which is {}", wanted.name());
      return Err(OpFailure::new("Error", "ERR_OP_RESULT", message));
    }
  })
}

/// What the fast function would have returned, and left in the exchange: optimised code takes the C type of a fast function for
/// the type of what it gets, also where V8 has called this in its place.
pub(super) fn give_as_fast<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  entry: &OpEntry,
  outcome: Outcome,
) -> Result<Value<'s>, OpFailure> {
  const NONE: u32 = u32::MAX;
  let result = entry.signature.as_ref().map_or(Kind::Void, |signature| signature.result);
  match (result, outcome) {
    (Kind::String | Kind::Bytes | Kind::Value, outcome @ (Outcome::Empty | Outcome::Answer(_))) => {
      host.js.exchange.put_overflow(bytes_of(outcome).bytes);
      Ok(v8::Integer::new_from_unsigned(scope, 0).into())
    }
    (Kind::String | Kind::Bytes, Outcome::Null) => Ok(v8::Integer::new_from_unsigned(scope, NONE).into()),
    (Kind::I64 | Kind::U64, outcome @ Outcome::Integer(bits)) => {
      let value = give(scope, host, entry, outcome)?;
      if value.is_number() {
        return Ok(value);
      }
      host.js.exchange.put_integer(bits);
      Ok(v8::Number::new(scope, f64::NAN).into())
    }
    (_, outcome) => give(scope, host, entry, outcome),
  }
}

fn bytes_of(outcome: Outcome) -> Answer {
  match outcome {
    Outcome::Answer(answer) => answer,
    _ => Answer::of_host(Vec::new()),
  }
}

fn text<'s>(scope: Scope<'_, 's, '_>, bytes: &[u8]) -> Result<v8::Local<'s, v8::String>, OpFailure> {
  v8::String::new_from_utf8(scope, bytes, v8::NewStringType::Normal).ok_or_else(|| too_long("text"))
}

#[cold]
fn too_long(what: &str) -> OpFailure {
  OpFailure::new("Error", "ERR_OP_RESULT", format!("the plugin answers with more {what} than V8 takes"))
}

/// `readText(bytes, start, length)`: UTF-8 text as a string.
fn read_text<'s>(
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
