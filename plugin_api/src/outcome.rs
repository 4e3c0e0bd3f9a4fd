//! What comes of a call, and how it crosses.

use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;

use plugin_abi as abi;

use crate::OpError;
use crate::ZeroCopyBuf;

/// What an op that is done gives.
pub enum Done {
  /// A boolean, an integer of at most 32 bits or a float.
  Number(f64),
  /// An integer of 64 bits.
  Integer(u64),
  /// `null` in the place of text or bytes.
  Null,
  /// Bytes: text, bytes, a value; none of them is `undefined`.
  Bytes(ZeroCopyBuf),
  /// The response to a request, to be given away.
  #[cfg(http_handlers)]
  Response(GivenResponse),
}

/// A response that is made, for the host to take.
#[cfg(http_handlers)]
pub struct GivenResponse(pub(crate) *mut abi::HttpResponse);

// SAFETY: what it points to is the plugin's own, of types that are Send.
#[cfg(http_handlers)]
unsafe impl Send for GivenResponse {}

/// What becomes of a call.
pub enum Started {
  /// It is done.
  Done(Done),
  /// It is under way.
  Future(DoneFuture),
}

/// What an op gives later.
pub type DoneFuture = Pin<Box<dyn Future<Output = Result<Done, OpError>>>>;

impl Done {
  /// Puts it into an outcome.
  pub(crate) fn write(self, out: &mut abi::Outcome) {
    (out.kind, out.payload) = match self {
      Self::Number(number) => (abi::outcome::NUMBER, abi::OutcomePayload { number }),
      Self::Integer(integer) => (abi::outcome::INTEGER, abi::OutcomePayload { integer }),
      Self::Null => (abi::outcome::NULL, abi::OutcomePayload { integer: 0 }),
      Self::Bytes(buffer) => {
        let buffer = ManuallyDrop::new(buffer.into_raw());
        (abi::outcome::SYNC, abi::OutcomePayload { buffer })
      }
      #[cfg(http_handlers)]
      Self::Response(GivenResponse(response)) => (abi::outcome::RESPONSE, abi::OutcomePayload { response }),
    };
  }
}

/// An outcome for the host to fill in.
#[cfg(not(target_family = "wasm"))]
pub(crate) fn new_outcome() -> abi::Outcome {
  abi::Outcome {
    size: size_of::<abi::Outcome>(),
    kind: abi::outcome::NOT_FOUND,
    reserved: 0,
    payload: abi::OutcomePayload { integer: 0 },
  }
}

#[cold]
pub(crate) fn write_error(out: &mut abi::Outcome, error: OpError) {
  out.payload.error = ManuallyDrop::new(error.into_report());
  out.kind = abi::outcome::ERROR;
}

pub(crate) fn write_future(out: &mut abi::Outcome, kind: u32, future: abi::Future) {
  out.payload.future = future;
  out.kind = kind;
}
