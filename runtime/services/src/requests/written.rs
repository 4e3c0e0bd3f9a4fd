//! Answers in the wire format.

use plugbay_core::OpFailure;
use plugin_wire::services::write;
use serde::Serialize;

/// An answer as it crosses.
pub(super) type Written = Result<Vec<u8>, OpFailure>;

pub(super) fn written<T: Serialize>(answer: &T) -> Written {
  write(answer).map_err(|error| OpFailure::service_failed(format!("the answer cannot be told: {error}")))
}
