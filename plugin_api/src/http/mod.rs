//! HTTP requests that a native plugin answers in `plugbay up`, with the types of the crate [`http`](::http).
//!
//! ```
//! use plugin_api::Interface;
//! use plugin_api::http::{Body, Request, Response, StatusCode};
//!
//! fn deno_plugin_init(interface: &mut dyn Interface) {
//!   interface.register_http(handle);
//! }
//!
//! async fn handle(request: Request<Body>) -> Result<Response<Body>, plugin_api::OpError> {
//!   match request.uri().path() {
//!     "/echo" => Ok(Response::new(request.into_body())),
//!     "/length" => {
//!       let bytes = request.into_body().bytes(1 << 20).await?;
//!       Ok(Response::new(Body::from(format!("{} bytes", bytes.len()))))
//!     }
//!     _ => {
//!       let mut response = Response::new(Body::empty());
//!       *response.status_mut() = StatusCode::NOT_FOUND;
//!       Ok(response)
//!     }
//!   }
//! }
//! ```
//!
//! An error and a panic are answered with status 500, and the log has what they say;
//! [`Body::bytes`] of too long a body with 413. When the client goes away the handler's future is dropped, where it
//! waits.

mod body;
mod handler;
mod inbound;
mod outbound;

pub use ::bytes::Bytes;
pub use ::http::*;
pub use ::http_body;

pub use self::body::Body;
pub use self::handler::Answers;
pub use self::handler::Handler;
pub(crate) use self::handler::HttpCode;
pub use self::handler::Later;
pub use self::handler::Now;
pub use self::handler::Respond;
pub(crate) use self::inbound::answer;
#[cfg(redis_handlers)]
pub(crate) use self::outbound::give;
