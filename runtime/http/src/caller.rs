//! The request that is being answered while a handler asks others: what these are told of it.

use std::future::Future;

use deno_core::v8;
use http::Extensions;
use http::HeaderName;
use http::HeaderValue;
use http::Request;

/// What a request is called in logs.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How many requests of other handlers a request has behind it, as an extension of it: who asks a handler that asks
/// itself would never be done.
#[derive(Clone, Copy, Debug, Default)]
pub struct Depth(pub u32);

impl Depth {
  /// Of a request; one from outside has none behind it.
  pub fn of(extensions: &Extensions) -> Self {
    extensions.get().copied().unwrap_or_default()
  }
}

tokio::task_local! {
  /// For handlers that are no JavaScript.
  static CURRENT: Caller;
}

/// The request that is being answered by what runs now.
#[derive(Clone, Debug, Default)]
pub struct Caller {
  depth: Depth,
  /// What it is called, if the server says that.
  id: Option<HeaderValue>,
}

/// What the request is called that is answered by what runs now, if the server says that.
pub fn request_id(scope: &v8::PinScope<'_, '_>) -> Option<String> {
  Caller::of(scope).id.and_then(|id| id.to_str().ok().map(str::to_string))
}

impl Caller {
  /// Of what a handler does that answers this request.
  pub fn answering<B>(request: &Request<B>) -> Self {
    Self { depth: Depth::of(request.extensions()), id: request.headers().get(X_REQUEST_ID).cloned() }
  }

  /// Does something for the sake of this request.
  pub fn during<R>(&self, does: impl FnOnce() -> R) -> R {
    CURRENT.sync_scope(self.clone(), does)
  }

  /// Has a future do what it does for the sake of this request.
  pub fn scope<F: Future>(self, future: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(self, future)
  }

  /// That for whose sake something is being done now; nobody's elsewhere.
  pub fn current() -> Self {
    CURRENT.try_with(Self::clone).unwrap_or_default()
  }

  /// `js/serving.js` says it to V8, which hands it on from promise to promise: the depth, and the id.
  pub(crate) fn of(scope: &v8::PinScope<'_, '_>) -> Self {
    let Ok(said) = scope.get_continuation_preserved_embedder_data().try_cast::<v8::Array>() else {
      return Self::default();
    };
    let [depth, id] = [0, 1].map(|index| said.get_index(scope, index));
    let depth = depth.and_then(|depth| depth.try_cast::<v8::Uint32>().ok()).map_or(0, |depth| depth.value());
    let id = id.and_then(|id| id.try_cast::<v8::String>().ok());
    let id = id.and_then(|id| HeaderValue::from_str(&id.to_rust_string_lossy(scope)).ok());
    Self { depth: Depth(depth), id }
  }

  /// Tells a request that is made for its sake, which may say another id.
  pub(crate) fn tell<B>(self, request: &mut Request<B>) {
    request.extensions_mut().insert(self.depth);
    if let Some(id) = self.id {
      request.headers_mut().entry(X_REQUEST_ID).or_insert(id);
    }
  }
}
