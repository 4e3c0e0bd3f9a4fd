//! Text in the memory of components, in the encodings of the canonical ABI.

use std::slice;

use deno_core::v8;
use v8_bridge::Arguments;
use v8_bridge::Exception;
use v8_bridge::Functions;
use v8_bridge::Returned;
use v8_bridge::Scope;
use v8_bridge::buffers;
use v8_bridge::values::number;

use crate::host::Host;

/// What JavaScript calls of this module.
pub(crate) fn register(functions: &mut Functions<'_, '_, '_, Host>) {
  functions.add("encodeLatin1", encode_latin1);
  functions.add("encodeUtf16", encode_utf16);
  functions.add("encodeUtf8", encode_utf8);
  functions.add("readLatin1", read_latin1);
  functions.add("readUtf16", read_utf16);
  functions.add("readUtf8", read_utf8);
}

/// `readUtf8(bytes, start, length)`: the string that lies there; `undefined` when it is not UTF-8.
fn read_utf8<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  with_bytes(arguments, |bytes| {
    if bytes.is_ascii() {
      return one_byte(scope, bytes);
    }
    std::str::from_utf8(bytes).ok().and_then(|text| v8::String::new(scope, text))
  })
}

/// `readLatin1(bytes, start, length)`: the string that lies there.
fn read_latin1<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  with_bytes(arguments, |bytes| one_byte(scope, bytes))
}

/// `readUtf16(bytes, start, length)`: the string that lies there; `undefined` when surrogates are not in pairs.
fn read_utf16<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  with_bytes(arguments, |bytes| {
    let units = bytes.chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect::<Vec<_>>();
    let is_whole = char::decode_utf16(units.iter().copied()).all(|decoded| decoded.is_ok());
    is_whole.then(|| v8::String::new_from_two_byte(scope, &units, v8::NewStringType::Normal)).flatten()
  })
}

fn one_byte<'s>(scope: Scope<'_, 's, '_>, bytes: &[u8]) -> Option<v8::Local<'s, v8::String>> {
  v8::String::new_from_one_byte(scope, bytes, v8::NewStringType::Normal)
}

/// What `read` makes of the bytes that the arguments name: nothing where they are not in the view.
fn with_bytes<'s>(
  arguments: Arguments<'_, 's>,
  read: impl FnOnce(&[u8]) -> Option<v8::Local<'s, v8::String>>,
) -> Returned<'s> {
  // No memory, which has no address, has that part too.
  if arguments.get(0).is_uint8_array() && number(arguments.get(2)) as usize == 0 {
    return Ok(read(&[]).map(Into::into));
  }
  let Some(part) = buffers::part_of(arguments) else { return Ok(None) };
  // SAFETY: the part lies within the view, and V8 copies it before guest code can run.
  let bytes = unsafe { slice::from_raw_parts(part.ptr, part.len) };
  Ok(read(bytes).map(Into::into))
}

/// `encodeUtf8(text)` → a Uint8Array; lone surrogates become U+FFFD.
fn encode_utf8<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let text = arguments.get(0).to_rust_string_lossy(scope);
  to_view(scope, text.into_bytes())
}

/// `encodeUtf16(text)` → a Uint8Array of its code units, little-endian; lone surrogates become U+FFFD.
fn encode_utf16<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let text = arguments.get(0).to_rust_string_lossy(scope);
  to_view(scope, text.encode_utf16().flat_map(u16::to_le_bytes).collect())
}

/// `encodeLatin1(text)` → a Uint8Array; `undefined` when there are other characters in it.
fn encode_latin1<'s>(scope: Scope<'_, 's, '_>, arguments: Arguments<'_, 's>, _: &Host) -> Returned<'s> {
  let text = arguments.get(0).to_rust_string_lossy(scope);
  match text.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect::<Option<Vec<_>>>() {
    Some(bytes) => to_view(scope, bytes),
    None => Ok(None),
  }
}

fn to_view<'s>(scope: Scope<'_, 's, '_>, bytes: Vec<u8>) -> Returned<'s> {
  buffers::to_view(scope, bytes).map(Some).ok_or(Exception::Pending)
}
