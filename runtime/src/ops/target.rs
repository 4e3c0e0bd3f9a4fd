//! What a kind of plugin has to implement so that its functions can be ops.

use deno_core::v8;
use plugin_abi::OwnedBuffer;

use super::Outcome;

/// How arguments and answers of an op are written as bytes, and so what `plugin.ops.name(…)` takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
  /// Buffers in, a buffer out.
  Bytes,
  /// The first buffer and the answer are JSON text.
  Json,
  /// The values of a wasm function's signature: little-endian, one after the other, in one buffer.
  WasmValues,
}

/// The code of an op. It is kept alive while a call of it runs or is under way.
pub(crate) trait OpTarget {
  /// How its arguments and answers are written.
  fn encoding(&self) -> Encoding;

  /// Calls it with bytes. It may exchange the buffers for others.
  fn call(&self, scope: &mut v8::PinScope<'_, '_>, buffers: &mut [OwnedBuffer]) -> Outcome;

  /// Calls it with the script's own values and gives its value; `None` when an exception is on its way. Only asked of
  /// an op whose encoding is [`Encoding::WasmValues`].
  fn call_with_values<'s>(
    &self,
    scope: &mut v8::PinScope<'s, '_>,
    arguments: &[v8::Local<'s, v8::Value>],
  ) -> Option<v8::Local<'s, v8::Value>> {
    let _ = (scope, arguments);
    None
  }
}
