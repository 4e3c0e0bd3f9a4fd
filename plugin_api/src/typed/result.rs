//! What ops give, and how each type of it crosses on either path.

use std::future::Future;

use serde::Serialize;

use super::call::Call;
use super::fast_call::FastCall;
use super::fast_call::NULL;
use super::fast_call::Stopped;
use super::message::encode;
use super::scalar::Scalar;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::error::AnyError;
use crate::instance::Instance;
use crate::outcome::Done;
use crate::outcome::Started;
use crate::spawn_blocking;
use plugin_wire::Flavour;

/// A type that an op gives.
#[diagnostic::on_unimplemented(
  message = "an op cannot give a `{Self}`",
  note = "a type that is named like one of Rust's own, such as `String`, is taken for that"
)]
pub trait OpResult {
  /// What the fast function returns for it.
  type C: Default;

  /// On the fast path.
  #[doc(hidden)]
  fn into_c(self, call: &FastCall<'_>) -> Result<Self::C, Stopped>;

  /// On the slow path. With an `instance` if the result is delivered at once.
  #[doc(hidden)]
  fn into_done(self, instance: Option<&Instance>) -> Result<Done, OpError>;
}

impl<T: Scalar> OpResult for T {
  type C = T::C;

  #[inline(always)]
  fn into_c(self, call: &FastCall<'_>) -> Result<T::C, Stopped> {
    // SAFETY: the exchange is the host's, which waits for the op.
    Ok(unsafe { Scalar::into_c(self, call.exchange()) })
  }

  #[inline]
  fn into_done(self, _: Option<&Instance>) -> Result<Done, OpError> {
    Ok(Scalar::into_done(self))
  }
}

impl OpResult for () {
  type C = ();

  #[inline]
  fn into_c(self, _: &FastCall<'_>) -> Result<(), Stopped> {
    Ok(())
  }

  fn into_done(self, _: Option<&Instance>) -> Result<Done, OpError> {
    Ok(Done::Bytes(ZeroCopyBuf::EMPTY))
  }
}

/// Types that are bytes: how the fast path gives them.
macro_rules! buffers {
  ($($ty:ty, $self:ident, $call:ident => $give:expr;)*) => {
    $(impl OpResult for $ty {
      type C = u32;

      #[inline]
      fn into_c($self, $call: &FastCall<'_>) -> Result<u32, Stopped> {
        Ok($give)
      }

      fn into_done(self, _: Option<&Instance>) -> Result<Done, OpError> {
        Ok(Done::Bytes(ZeroCopyBuf::from(self)))
      }
    })*
  };
}

buffers! {
  Vec<u8>, self, call => call.give_bytes(self);
  Box<[u8]>, self, call => call.give_bytes(self);
  ZeroCopyBuf, self, call => call.give_bytes(self);
}

impl OpResult for String {
  type C = u32;

  #[inline]
  fn into_c(self, call: &FastCall<'_>) -> Result<u32, Stopped> {
    let bytes = self.into_bytes();
    Ok(call.give_output(&bytes, || bytes.clone().into()))
  }

  fn into_done(self, _: Option<&Instance>) -> Result<Done, OpError> {
    Ok(Done::Bytes(self.into_bytes().into()))
  }
}

impl OpResult for &str {
  type C = u32;

  #[inline]
  fn into_c(self, call: &FastCall<'_>) -> Result<u32, Stopped> {
    Ok(call.give_output(self.as_bytes(), || self.as_bytes().to_vec().into()))
  }

  fn into_done(self, _: Option<&Instance>) -> Result<Done, OpError> {
    Ok(Done::Bytes(self.as_bytes().to_vec().into()))
  }
}

impl<T: OpResult<C = u32>> OpResult for Option<T> {
  type C = u32;

  #[inline]
  fn into_c(self, call: &FastCall<'_>) -> Result<u32, Stopped> {
    self.map_or(Ok(NULL), |value| value.into_c(call))
  }

  fn into_done(self, instance: Option<&Instance>) -> Result<Done, OpError> {
    self.map_or(Ok(Done::Null), |value| value.into_done(instance))
  }
}

/// Anything that serde knows.
pub struct Value<T>(T);

/// Marks a result as such a value.
#[inline]
pub fn value<T: Serialize>(value: T) -> Value<T> {
  Value(value)
}

impl<T: Serialize> OpResult for Value<T> {
  type C = u32;

  fn into_c(self, call: &FastCall<'_>) -> Result<u32, Stopped> {
    let mut message = call.instance.message.take();
    encode(&self.0, &mut message, Some(call.instance), Flavour::Typed)?;
    Ok(call.give_message(message))
  }

  fn into_done(self, instance: Option<&Instance>) -> Result<Done, OpError> {
    let mut message = Vec::new();
    encode(&self.0, &mut message, instance, Flavour::Typed)?;
    Ok(Done::Bytes(ZeroCopyBuf::from_words(message)))
  }
}

impl Call<'_> {
  /// What the slow path gives of a sync op's result.
  pub fn give(&self, result: impl OpResult) -> Result<Started, OpError> {
    Ok(Started::Done(result.into_done(Some(self.instance))?))
  }
}

impl FastCall<'_> {
  /// What the fast function returns of a result.
  #[inline(always)]
  pub fn give<R: OpResult>(&self, result: R) -> Result<R::C, Stopped> {
    result.into_c(self)
  }
}

/// The value that the author's function returned.
#[inline]
pub fn unwrap<T, E: Into<AnyError>>(returned: Result<T, E>) -> Result<T, OpError> {
  returned.map_err(|error| op_error(error.into()))
}

#[cold]
fn op_error(error: AnyError) -> OpError {
  error.into()
}

/// What an op gives that is done later.
pub fn give(result: impl OpResult) -> Result<Done, OpError> {
  // Another message may overtake it, so it cannot bring the definition of a shape.
  result.into_done(None)
}

/// An async op that has begun.
pub fn future(future: impl Future<Output = Result<Done, OpError>> + 'static) -> Started {
  Started::Future(Box::pin(future))
}

/// A blocking op that has begun.
pub fn blocking(work: impl FnOnce() -> Result<Done, OpError> + Send + 'static) -> Started {
  let work = spawn_blocking(work);
  Started::Future(Box::pin(async move { work.await? }))
}
