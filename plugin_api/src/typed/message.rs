//! Values in the wire format.

use serde::Deserialize;
use serde::Serialize;

use crate::OpError;
#[cfg(all(target_arch = "wasm32", feature = "component"))]
use crate::guest_json::host_knows_shapes;
use crate::instance::Instance;
use plugin_abi::errors;
use plugin_wire as wire;
use plugin_wire::Flavour;

/// The argument `name`, which is the value at the beginning of `input`.
#[inline]
pub(crate) fn decode<'a, T: Deserialize<'a>>(input: &'a [u8], name: &str) -> Result<T, OpError> {
  wire::decode(input).map_err(|error| does_not_fit(name, &error))
}

#[cold]
fn does_not_fit(name: &str, error: &wire::WireError) -> OpError {
  OpError::of_host(errors::OP_ARGUMENT, format!("argument `{name}`: {error}"))
}

/// Writes a result. With an `instance`, whose host knows shapes, if the result is delivered at once.
#[inline]
pub(crate) fn encode<T: Serialize>(
  value: &T,
  message: &mut Vec<u64>,
  instance: Option<&Instance>,
  flavour: Flavour,
) -> Result<(), OpError> {
  let mut shapes = instance.and_then(|instance| {
    // When the host was told to fail the call it drops the result, which then must not define a shape.
    if instance.has_failed.get() || !host_knows_shapes() { None } else { Some(instance.shapes.borrow_mut()) }
  });
  wire::encode(value, message, shapes.as_deref_mut(), flavour).map_err(|error| cannot_cross(&error))
}

/// Whether results may refer to what earlier ones have defined.
#[cfg(not(all(target_arch = "wasm32", feature = "component")))]
const fn host_knows_shapes() -> bool {
  true
}

#[cold]
fn cannot_cross(error: &wire::WireError) -> OpError {
  OpError::of_host(errors::OP_RESULT, format!("the op's result cannot cross: {error}"))
}

/// Words as bytes.
#[inline]
pub(crate) fn bytes_of(words: &[u64]) -> &[u8] {
  // SAFETY: so many bytes, all of them initialised.
  unsafe { std::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}
