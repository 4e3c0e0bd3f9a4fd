//! What becomes of a call.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use plugbay_core::OpFailure;
use plugin_abi::OwnedBuffer;

use crate::native::Library;

/// What a plugin makes of a call.
pub(crate) enum Outcome {
  /// Done, with no bytes.
  Empty,
  /// Done.
  Answer(Answer),
  /// Done: a boolean, an integer of at most 32 bits or a float of a typed op.
  Number(f64),
  /// Done: the bits of an integer of 64 bits of a typed op.
  Integer(u64),
  /// Done: `null` in the place of a typed op's text or bytes.
  Null,
  /// Under way.
  Pending { answer: PendingAnswer, unref: bool },
  /// The op does not know what was asked.
  NotFound,
  /// Failed.
  Failed(OpFailure),
}

/// A call that is under way. It is polled and dropped on the isolate's thread, and does not end in another that is.
pub(crate) type PendingAnswer = Pin<Box<dyn Future<Output = Outcome>>>;

/// The bytes of an answer, and what must stay until they are freed: the library that will free them.
pub(crate) struct Answer {
  pub(crate) bytes: OwnedBuffer,
  #[expect(dead_code, reason = "held to be dropped after the bytes")]
  pub(crate) library: Option<Arc<Library>>,
}

impl Answer {
  /// Bytes that the host itself frees.
  pub(crate) fn of_host(bytes: Vec<u8>) -> Self {
    Self { bytes: bytes.into(), library: None }
  }
}
