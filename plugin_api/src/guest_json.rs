//! Values as JSON text, for a host without JavaScript: that of a guest which `plugbay component` has made a component.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

use plugin_abi as abi;
use plugin_abi::errors;
use plugin_wire as wire;
use plugin_wire::Flavour;
use plugin_wire::WireError;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::Error as _;
use serde_transcode::Transcoder;
use serde_transcode::transcode;

use crate::OpError;
use crate::ZeroCopyBuf;
use crate::outcome::Done;
use crate::outcome::write_error;

static WITHOUT_SHAPES: AtomicBool = AtomicBool::new(false);

/// Whether results may refer to what earlier ones have defined.
pub(crate) fn host_knows_shapes() -> bool {
  !WITHOUT_SHAPES.load(Ordering::Relaxed)
}

/// Has each result say all that it is made of, as [`plugbay_json_of_value`] wants it.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
extern "C" fn plugbay_without_shapes() {
  WITHOUT_SHAPES.store(true, Ordering::Relaxed);
}

/// The argument that is JSON text, in the wire format.
///
/// # Safety
///
/// The text lies there for the call, and `outcome` can be written.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
unsafe extern "C" fn plugbay_value_of_json(text: *const u8, length: usize, outcome: *mut abi::Outcome) {
  // SAFETY: the caller's promise.
  let (text, outcome) = unsafe { (bytes(text, length), &mut *outcome) };
  match value_of(text) {
    Ok(words) => Done::Bytes(ZeroCopyBuf::from_words(words)).write(outcome),
    Err(error) => {
      write_error(outcome, OpError::of_host(errors::OP_ARGUMENT, format!("the JSON does not fit: {error}")))
    }
  }
}

/// A result in the wire format, as JSON text.
///
/// # Safety
///
/// The message lies there for the call, and `outcome` can be written.
// SAFETY: the name is plugbay's own.
#[unsafe(no_mangle)]
unsafe extern "C" fn plugbay_json_of_value(message: *const u8, length: usize, outcome: *mut abi::Outcome) {
  // SAFETY: the caller's promise.
  let (message, outcome) = unsafe { (bytes(message, length), &mut *outcome) };
  // Its first word is about shapes.
  match wire::decode(message.get(8..).unwrap_or_default()) {
    Ok(JsonText(text)) => Done::Bytes(text.into()).write(outcome),
    Err(error) => write_error(outcome, OpError::of_host(errors::OP_RESULT, format!("the result is no JSON: {error}"))),
  }
}

/// # Safety
///
/// They lie there for as long as the result lives.
unsafe fn bytes<'a>(at: *const u8, length: usize) -> &'a [u8] {
  match length {
    0 => &[],
    // SAFETY: the caller's promise.
    _ => unsafe { std::slice::from_raw_parts(at, length) },
  }
}

fn value_of(text: &[u8]) -> Result<Vec<u64>, String> {
  let mut json = serde_json::Deserializer::from_slice(text);
  let mut message = Vec::new();
  let written = wire::encode(&Transcoder::new(&mut json), &mut message, None, Flavour::Typed);
  written.map_err(|error: WireError| error.to_string())?;
  json.end().map_err(|error| error.to_string())?;
  // Arguments have no head.
  message.remove(0);
  Ok(message)
}

/// Any value, as text.
struct JsonText(Vec<u8>);

impl<'de> Deserialize<'de> for JsonText {
  fn deserialize<D: Deserializer<'de>>(value: D) -> Result<Self, D::Error> {
    let mut text = Vec::new();
    transcode(value, &mut serde_json::Serializer::new(&mut text)).map_err(D::Error::custom)?;
    Ok(Self(text))
  }
}
