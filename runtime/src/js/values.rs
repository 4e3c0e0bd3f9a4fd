//! JSON ops: the script's value as JSON text on the way in, the answer's text as a value on the way out.

use std::mem::MaybeUninit;

use deno_core::v8;
use plugin_abi::OwnedBuffer;

use super::Exception;
use crate::ops::Failure;
use crate::ops::OpFailure;

/// A number that the host's JavaScript passes; 0 for what is none.
pub(super) fn number(value: v8::Local<'_, v8::Value>) -> f64 {
  v8::Local::<v8::Number>::try_from(value).map_or(0.0, |number| number.value())
}

/// The JSON text of a value; `null` for `undefined`.
///
/// # Errors
///
/// When the value has none: a function, a BigInt, an object that contains itself. What a `toJSON` or a getter of the
/// script throws is passed on.
pub(super) fn to_json_text(
  scope: &mut v8::PinScope<'_, '_>,
  value: v8::Local<'_, v8::Value>,
) -> Result<OwnedBuffer, Exception> {
  if value.is_undefined() {
    return Ok(OwnedBuffer::from(b"null".to_vec()));
  }
  if value.is_function() || value.is_symbol() || value.is_big_int() {
    let found = value.type_of(scope).to_rust_string_lossy(scope);
    let message = format!("the argument of a JSON op is a {found}, which JSON cannot express; wants a JSON value");
    return Err(OpFailure::new("TypeError", "ERR_OP_ARGUMENT", message).into());
  }
  v8::tc_scope!(let scope, scope);
  if let Some(text) = v8::json::stringify(scope, value) {
    // What V8 gives for a toJSON that gives undefined.
    let text = match utf8(scope, text) {
      text if text == b"undefined" => b"null".to_vec(),
      text => text,
    };
    return Ok(OwnedBuffer::from(text));
  }
  let message = scope.message().map(|message| message.get(scope).to_rust_string_lossy(scope)).unwrap_or_default();
  // V8's own words for what JSON cannot express; anything else a toJSON or a getter of the script has thrown.
  const OF_V8: [&str; 2] = ["Converting circular structure to JSON", "Do not know how to serialize a BigInt"];
  match OF_V8.iter().find_map(|words| message.find(words)) {
    Some(start) => {
      scope.reset();
      let message = format!("the argument of a JSON op cannot be expressed in JSON: {}", &message[start..]);
      Err(OpFailure::new("TypeError", "ERR_OP_ARGUMENT", message).into())
    }
    None => {
      scope.rethrow();
      Err(Exception::Pending)
    }
  }
}

/// The text in UTF-8; lone surrogates become U+FFFD.
pub(super) fn utf8(scope: &v8::PinScope<'_, '_>, text: v8::Local<'_, v8::String>) -> Vec<u8> {
  let mut bytes = Vec::with_capacity(text.utf8_length(scope));
  let room: &mut [MaybeUninit<u8>] = bytes.spare_capacity_mut();
  let written = text.write_utf8_uninit_v2(scope, room, v8::WriteFlags::kReplaceInvalidUtf8, None);
  // SAFETY: so many bytes were written.
  unsafe { bytes.set_len(written) };
  bytes
}

/// The value of JSON text.
///
/// # Errors
///
/// When it is no JSON text: the plugin's fault.
pub(super) fn from_json_text<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  text: &[u8],
) -> Result<v8::Local<'s, v8::Value>, OpFailure> {
  let bad = |why: &str| {
    let message = format!("the plugin's answer is no JSON text: {why}");
    OpFailure::new("Error", "ERR_OP_RESULT", message)
  };
  let text = if text.is_empty() { b"null" } else { text };
  let string = v8::String::new_from_utf8(scope, text, v8::NewStringType::Normal)
    .ok_or_else(|| bad("it is longer than a string can be"))?;
  v8::tc_scope!(let scope, scope);
  v8::json::parse(scope, string).ok_or_else(|| bad("it does not parse"))
}

/// An answer or an error as deno_json_op wrote them in 2020; what `Deno.core.dispatch` of a JSON op gives.
pub(super) fn envelope(result: Result<&[u8], &OpFailure>) -> Vec<u8> {
  match result {
    Ok([]) => b"{\"ok\":null}".to_vec(),
    Ok(value) => [b"{\"ok\":", value, b"}"].concat(),
    Err(failure) => {
      let Failure { class, code, message } = &**failure;
      serde_json::json!({ "err": message, "class": class, "code": code }).to_string().into_bytes()
    }
  }
}
