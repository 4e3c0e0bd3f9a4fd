//! JSON ops: the script's value as JSON text on the way in, the answer's text as a value on the way out.

use std::mem::MaybeUninit;

use deno_core::v8;
use plugbay_core::ErrorCode;
use plugbay_core::Failure;
use plugbay_core::OpFailure;
use plugin_abi::OwnedBuffer;

use super::Arguments;
use super::Exception;
use super::Returned;
use super::Scope;
use super::Value;
use super::functions::Functions;
use crate::host::Host;

/// What JavaScript calls of this module.
pub(super) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("setJSON", set_json);
}

/// A number that the host's JavaScript passes; 0 for what is none.
#[inline]
pub fn number(value: v8::Local<'_, v8::Value>) -> f64 {
  v8::Local::<v8::Number>::try_from(value).map_or(0.0, |number| number.value())
}

/// `setJSON(toText, fromText)`: for bootstrap.
fn set_json<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, host: &Host) -> Returned<'s> {
  let function = |index| v8::Local::<v8::Function>::try_from(arguments.get(index));
  if let (Ok(to_text), Ok(from_text)) = (function(0), function(1)) {
    host.js.json.replace(Some([v8::Global::new(scope, to_text), v8::Global::new(scope, from_text)]));
  }
  Ok(None)
}

/// Calls one of the two functions of [`set_json`]. `None` when an exception is on its way.
fn call_json<'s>(scope: Scope<'_, 's, '_>, host: &Host, index: usize, value: Value<'s>) -> Option<Value<'s>> {
  let function = host.js.json.borrow().as_ref().map(|functions| functions[index].clone())?;
  let function = v8::Local::new(scope, function);
  let undefined = v8::undefined(scope).into();
  function.call(scope, undefined, &[value])
}

/// The JSON text of a value; `null` for `undefined`.
///
/// # Errors
///
/// When the value has none: a function, an object that contains itself. What a `toJSON` or a getter of the script
/// throws is passed on.
pub(super) fn to_json_text<'s>(
  scope: Scope<'_, 's, '_>,
  host: &Host,
  value: Value<'s>,
) -> Result<OwnedBuffer, Exception> {
  let given = call_json(scope, host, 0, value).ok_or(Exception::Pending)?;
  if let Ok(text) = v8::Local::<v8::String>::try_from(given) {
    return Ok(OwnedBuffer::from(utf8(scope, text)));
  }
  // Why there is none.
  let reason = given.to_object(scope).and_then(|why| {
    let key = v8::String::new(scope, "reason")?;
    why.get(scope, key.into())
  });
  let reason = reason.ok_or(Exception::Pending)?.to_rust_string_lossy(scope);
  Err(OpFailure::new(ErrorCode::OpArgument, reason).into())
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
  host: &Host,
  text: &[u8],
) -> Result<Value<'s>, OpFailure> {
  let bad = |why: &str| OpFailure::answer_no_json(why);
  let text = if text.is_empty() { b"null" } else { text };
  let string = v8::String::new_from_utf8(scope, text, v8::NewStringType::Normal)
    .ok_or_else(|| bad("it is longer than a string can be"))?;
  v8::tc_scope!(let scope, scope);
  call_json(scope, host, 1, string.into()).ok_or_else(|| bad("it does not parse"))
}

/// An answer or an error as deno_json_op wrote them in 2020; what `Deno.core.dispatch` of a JSON op gives.
pub(super) fn envelope(result: Result<&[u8], &OpFailure>) -> Vec<u8> {
  match result {
    Ok([]) => b"{\"ok\":null}".to_vec(),
    Ok(value) => [b"{\"ok\":", value, b"}"].concat(),
    Err(failure) => {
      let Failure { class, code, message, .. } = &**failure;
      serde_json::json!({ "err": message, "class": class, "code": code }).to_string().into_bytes()
    }
  }
}
