//! How many requests of one another stand behind a request: who asks a handler that asks itself would never be done.

use deno_core::v8;
use http::Extensions;

/// How many requests of other handlers a request has behind it, as an extension of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Depth(pub u32);

impl Depth {
  /// Of a request; one from outside has none behind it.
  pub fn of(extensions: &Extensions) -> Self {
    extensions.get().copied().unwrap_or_default()
  }

  /// Of the request that is being answered by what runs now. `js/serving.js` says so to V8, which hands it on from
  /// promise to promise.
  pub(crate) fn of_caller(scope: &v8::PinScope<'_, '_>) -> Self {
    let said = scope.get_continuation_preserved_embedder_data();
    Self(said.try_cast::<v8::Uint32>().map_or(0, |depth| depth.value()))
  }
}
