//! Failures of services as the runtime's errors.

use plugbay_core::OpFailure;

use crate::Failure;
use crate::VariableFailure;

impl From<Failure> for OpFailure {
  fn from(failure: Failure) -> Self {
    match failure {
      Failure::Refused(message) => Self::service_refused(message),
      Failure::Full(message) | Failure::Other(message) => Self::service_failed(message),
    }
  }
}

impl From<VariableFailure> for OpFailure {
  fn from(failure: VariableFailure) -> Self {
    match failure {
      // It is to be named in the manifest too.
      VariableFailure::Undefined(message) => Self::service_refused(message),
      VariableFailure::InvalidName(message) | VariableFailure::Provider(message) => Self::service_failed(message),
    }
  }
}
