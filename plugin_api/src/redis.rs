//! Messages of Redis channels that a native plugin takes in `plugbay up`.
//!
//! ```
//! use plugin_api::redis::Message;
//! use plugin_api::{Interface, OpError, services::services};
//!
//! fn deno_plugin_init(interface: &mut dyn Interface) {
//!   interface.register_redis(handle);
//! }
//!
//! async fn handle(message: Message) -> Result<(), OpError> {
//!   services().key_value("default").set(&message.channel, &message.payload).await
//! }
//! ```
//!
//! An error and a panic are in the log, and the message is taken all the same: Redis keeps none.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::str::Utf8Error;

use ::http::Request;
use ::http::Response;
use bytes::Bytes;
use percent_encoding::percent_decode_str;

use crate::OpError;
use crate::error::AnyError;
use crate::http::Body;
use crate::http::HttpCode;
use crate::http::give;
use crate::outcome::Started;

pub use crate::http::Later;
pub use crate::http::Now;

/// A message of a channel.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
  /// The name of the channel.
  pub channel: String,
  /// What was sent to it.
  pub payload: Bytes,
}

impl Message {
  /// What was sent, as text.
  ///
  /// # Errors
  ///
  /// When it is no UTF-8.
  pub fn text(&self) -> Result<&str, Utf8Error> {
    std::str::from_utf8(&self.payload)
  }

  /// As the host hands it over: its channel is the path of the request.
  async fn of(request: Request<Body>) -> Result<Self, OpError> {
    let (head, body) = request.into_parts();
    let channel = percent_decode_str(head.uri.path().trim_start_matches('/'));
    let channel = channel.decode_utf8().map_err(|error| OpError::new("TypeError", format!("a channel: {error}")))?;
    // The host has bounded it.
    Ok(Self { channel: channel.into_owned(), payload: body.bytes(usize::MAX).await? })
  }
}

impl fmt::Debug for Message {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("Message").field("channel", &self.channel).field("length", &self.payload.len()).finish()
  }
}

/// What [`register_redis`](trait.Interface.html#method.register_redis) takes: a function of a [`Message`] that gives
/// nothing, a `Result` of nothing, or a future of these. `Shape` only tells the implementations apart.
#[diagnostic::on_unimplemented(
  message = "`{Self}` takes no messages",
  label = "wants `Fn(Message)`, async or not; it may give a `Result<(), _>`"
)]
pub trait Handler<Shape> {
  /// As it is kept.
  #[doc(hidden)]
  fn into_code(self) -> Box<HttpCode>;
}

impl<Shape, F, R> Handler<(Shape, R)> for F
where
  F: Fn(Message) -> R + 'static,
  R: Takes<Shape>,
{
  fn into_code(self) -> Box<HttpCode> {
    let handler = Rc::new(self);
    Box::new(move |request| {
      let handler = handler.clone();
      Ok(Started::Future(Box::pin(async move {
        handler(Message::of(request).await?).taken().await?;
        Ok(give(Response::new(Body::empty())))
      })))
    })
  }
}

/// What a handler returns.
#[diagnostic::on_unimplemented(
  message = "a handler of messages cannot return `{Self}`",
  label = "wants `()`, a `Result<(), _>`, or a future of these"
)]
pub trait Takes<Shape> {
  /// Whether the message was taken.
  #[doc(hidden)]
  fn taken(self) -> Pin<Box<dyn Future<Output = Result<(), OpError>>>>;
}

impl<R: Taken + 'static> Takes<Now> for R {
  fn taken(self) -> Pin<Box<dyn Future<Output = Result<(), OpError>>>> {
    Box::pin(async move { self.result() })
  }
}

impl<F> Takes<Later> for F
where
  F: Future<Output: Taken> + 'static,
{
  fn taken(self) -> Pin<Box<dyn Future<Output = Result<(), OpError>>>> {
    Box::pin(async move { self.await.result() })
  }
}

/// That a message was taken, or why not.
pub trait Taken {
  /// As the host is told of it.
  #[doc(hidden)]
  fn result(self) -> Result<(), OpError>;
}

impl Taken for () {
  fn result(self) -> Result<(), OpError> {
    Ok(())
  }
}

impl<E: Into<AnyError>> Taken for Result<(), E> {
  fn result(self) -> Result<(), OpError> {
    Ok(self.map_err(Into::into)?)
  }
}

#[cfg(test)]
mod tests {
  use futures::executor::block_on;

  use super::*;

  fn taken<Shape, R: Takes<Shape>>(handler: impl Fn(Message) -> R, channel: &str) -> Result<(), String> {
    let mut request = Request::new(Body::from("payload"));
    *request.uri_mut() = format!("redis://localhost/{channel}").parse().expect("it is one");
    let message = block_on(Message::of(request)).map_err(|error| error.to_string())?;
    block_on(handler(message).taken()).map_err(|error| error.to_string())
  }

  #[test]
  fn handlers_give_nothing_or_a_result_now_or_later() {
    let fails = |message: &Message| Err::<(), _>(OpError::new("Error", format!("{message:?} {:?}", message.text())));
    let told = Err("Message { channel: \"a\", length: 7 } Ok(\"payload\")".to_string());
    assert_eq!(taken(|_| {}, "a"), Ok(()));
    assert_eq!(taken(|_| async {}, "a"), Ok(()));
    assert_eq!(taken(|message| fails(&message), "a"), told);
    assert_eq!(taken(|message| async move { fails(&message) }, "a"), told);
  }

  #[test]
  fn channels_have_any_names() {
    let named = |message: Message| Err::<(), _>(OpError::new("Error", message.channel));
    assert_eq!(taken(named, "a%2F%25%20%C3%BC"), Err("a/% ü".to_string()));
    assert_eq!(taken(named, "%2Fa"), Err("/a".to_string()));
    assert!(taken(named, "%FF").is_err_and(|error| error.starts_with("a channel: ")));
  }
}
