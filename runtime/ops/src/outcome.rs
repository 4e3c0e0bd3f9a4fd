//! What becomes of a call.

use std::any::Any;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use http::Response;
use plugbay_core::OpFailure;
use plugin_abi::OwnedBuffer;

use super::ResponseBody;

/// What a plugin makes of a call.
pub enum Outcome {
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
  /// Done: the response to a request, up to its body.
  Response(Response<ResponseBody>),
  /// Under way.
  Pending {
    /// What it will be.
    answer: PendingAnswer,
    /// The program may end before that.
    unref: bool,
  },
  /// The op does not know what was asked.
  NotFound,
  /// Failed.
  Failed(OpFailure),
}

/// A call that is under way. It is polled and dropped on the isolate's thread, and does not end in another that is.
pub type PendingAnswer = Pin<Box<dyn Future<Output = Outcome>>>;

/// The bytes of an answer, and what must stay until they are freed: the library that will free them.
pub struct Answer {
  /// The bytes.
  pub bytes: OwnedBuffer,
  #[expect(dead_code, reason = "held to be dropped after the bytes")]
  library: Option<Arc<dyn Any + Send + Sync>>,
}

impl Answer {
  /// Bytes that code of a library frees.
  pub fn of_library(bytes: OwnedBuffer, library: Arc<dyn Any + Send + Sync>) -> Self {
    Self { bytes, library: Some(library) }
  }

  /// Bytes that the host itself frees.
  pub fn of_host(bytes: impl Into<OwnedBuffer>) -> Self {
    Self { bytes: bytes.into(), library: None }
  }
}
