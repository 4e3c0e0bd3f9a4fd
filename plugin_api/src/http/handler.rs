//! What can be registered to answer requests.

use std::future::Future;
use std::pin::Pin;

use ::http::Request;
use ::http::Response;

use super::Body;
use super::outbound::give;
use crate::OpError;
use crate::error::AnyError;
use crate::outcome::Started;

/// What [`register_http`](trait.Interface.html#method.register_http) takes: a function from `Request<Body>` to a
/// `Response`, a `Result` of one, or a future of these. `Shape` only tells the implementations apart.
#[diagnostic::on_unimplemented(
  message = "`{Self}` answers no requests",
  label = "wants `Fn(Request<Body>) -> Response<Body>`, async or not; a `Result` will do"
)]
pub trait Handler<Shape> {
  /// As it is kept.
  #[doc(hidden)]
  fn into_code(self) -> Box<HttpCode>;
}

/// Begins to answer a request.
pub(crate) type HttpCode = dyn Fn(Request<Body>) -> Result<Started, OpError>;

impl<Shape, F, R> Handler<(Shape, R)> for F
where
  F: Fn(Request<Body>) -> R + 'static,
  R: Answers<Shape>,
{
  fn into_code(self) -> Box<HttpCode> {
    Box::new(move |request| self(request).start())
  }
}

/// What a handler returns.
#[diagnostic::on_unimplemented(
  message = "a handler cannot return `{Self}`",
  label = "wants a `Response<Body>`, a `Result` of one, or a future of these"
)]
pub trait Answers<Shape> {
  /// As the host is told of it.
  #[doc(hidden)]
  fn start(self) -> Result<Started, OpError>;
}

/// Marks handlers that are done when they return.
pub struct Now;
/// Marks async handlers.
pub struct Later;

impl<R: Respond> Answers<Now> for R {
  fn start(self) -> Result<Started, OpError> {
    Ok(Started::Done(give(self.respond()?)))
  }
}

impl<F> Answers<Later> for F
where
  F: Future<Output: Respond> + 'static,
{
  fn start(self) -> Result<Started, OpError> {
    let done: Pin<Box<dyn Future<Output = _>>> = Box::pin(async move { Ok(give(self.await.respond()?)) });
    Ok(Started::Future(done))
  }
}

/// A response, or why there is none.
pub trait Respond {
  /// It, with a body of this crate's.
  #[doc(hidden)]
  fn respond(self) -> Result<Response<Body>, OpError>;
}

impl<B: Into<Body>> Respond for Response<B> {
  fn respond(self) -> Result<Response<Body>, OpError> {
    Ok(self.map(Into::into))
  }
}

impl<B: Into<Body>, E: Into<AnyError>> Respond for Result<Response<B>, E> {
  fn respond(self) -> Result<Response<Body>, OpError> {
    Ok(self.map_err(Into::into)?.map(Into::into))
  }
}
