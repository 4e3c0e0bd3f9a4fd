//! What becomes of a call.

use std::any::Any;
use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use plugin_abi::OwnedBuffer;

/// What a plugin makes of a call.
pub(crate) enum Outcome {
  /// Done.
  Answer(Answer),
  /// Under way.
  Pending { answer: PendingAnswer, unref: bool },
  /// The op does not know what was asked.
  NotFound,
  /// Failed.
  Failed(OpFailure),
  /// A JavaScript exception is on its way: code of the script that the op called threw it.
  Thrown,
}

/// A call that is under way. It is polled and dropped on the isolate's thread.
pub(crate) type PendingAnswer = Pin<Box<dyn Future<Output = Result<Answer, OpFailure>>>>;

/// The bytes of an answer, and what must stay until they are freed: the library that will free them.
pub(crate) struct Answer {
  pub(crate) bytes: OwnedBuffer,
  #[expect(dead_code, reason = "held to be dropped after the bytes")]
  pub(crate) keep_alive: Option<Arc<dyn Any + Send + Sync>>,
}

impl Answer {
  /// Bytes that the host itself frees.
  pub(crate) fn of_host(bytes: Vec<u8>) -> Self {
    Self { bytes: bytes.into(), keep_alive: None }
  }
}

/// An error on its way to JavaScript: the name of its class, a stable code, and a message for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct OpFailure {
  pub(crate) class: Cow<'static, str>,
  pub(crate) code: Cow<'static, str>,
  pub(crate) message: String,
}

impl OpFailure {
  pub(crate) fn new(class: &'static str, code: &'static str, message: impl Into<String>) -> Self {
    Self { class: class.into(), code: code.into(), message: message.into() }
  }
}
