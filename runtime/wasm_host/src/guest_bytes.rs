//! What the bytes of a guest are: a core module or a component.

use deno_core::v8;
use v8_bridge::Exception;

use crate::component;
use crate::host::Host;
use crate::load;
use crate::load::Limits;

/// Compiles the module or component `bytes` of a plugin and tells what it has: see `Guest` in `js/wasm/guest.js`.
///
/// # Errors
///
/// `ERR_WASM_COMPILE` when it is neither or V8 refuses it, `ERR_WASM_COMPONENT` for what is not supported of
/// components, `ERR_WASM_LIMIT` when it starts with more than it may have.
pub fn load<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  name: &str,
  bytes: Vec<u8>,
  limits: Limits,
) -> Result<v8::Local<'s, v8::Object>, Exception> {
  match component_plan::is_component(&bytes) {
    true => component::load(scope, &host.guests, name, bytes, limits),
    false => load::load_module(scope, &host.guests, name, bytes.into(), limits),
  }
}
