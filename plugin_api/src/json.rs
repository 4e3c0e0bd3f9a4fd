//! Ops that take and give JSON: what `#[json_op]` makes of a function.

use std::future::Future;

use serde::Deserialize;
use serde::Serialize;

use crate::Interface;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::error::AnyError;
use crate::op::Answer;
use crate::op::OpCall;

/// A function under `#[json_op]` returns this in place of what it did, for
/// [`register_op`](trait.Interface.html#method.register_op) to take.
pub struct JsonOp {
  pub(crate) call: OpCall,
}

impl JsonOp {
  /// For `#[json_op] fn`.
  #[doc(hidden)]
  pub fn new<U: Serialize>(
    function: impl Fn(&mut dyn Interface, Text<'_>, &mut [ZeroCopyBuf]) -> Result<U, AnyError> + 'static,
  ) -> Self {
    let call = move |interface: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
      let (text, buffers) = split(buffers);
      Answer::Sync(function(interface, text, buffers).and_then(|answer| encode(&answer)).map_err(OpError::from))
    };
    Self { call: Box::new(call) }
  }

  /// For `#[json_op] async fn`.
  #[doc(hidden)]
  pub fn new_async<U: Serialize, F: Future<Output = Result<U, AnyError>> + 'static>(
    function: impl Fn(ZeroCopyBuf, Vec<ZeroCopyBuf>) -> F + 'static,
  ) -> Self {
    let call = move |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
      let mut buffers = buffers.iter().cloned();
      let text = buffers.next().unwrap_or_else(|| ZeroCopyBuf::from(Vec::new()));
      // A copy: the script can write its own buffer while the future borrows from the text.
      let future = function(ZeroCopyBuf::from(text.to_vec()), buffers.collect());
      Answer::Async(Box::pin(async move { future.await.and_then(|answer| encode(&answer)).map_err(OpError::from) }))
    };
    Self { call: Box::new(call) }
  }
}

fn split(buffers: &mut [ZeroCopyBuf]) -> (Text<'_>, &mut [ZeroCopyBuf]) {
  match buffers.split_first_mut() {
    Some((text, rest)) => (Text(text), rest),
    None => (Text(&[]), &mut []),
  }
}

fn encode<U: Serialize>(answer: &U) -> Result<crate::Buf, AnyError> {
  match serde_json::to_vec(answer) {
    Ok(text) => Ok(text.into()),
    Err(error) => {
      Err(OpError::new("TypeError", format!("the op's answer is no JSON: {error}")).with_code("ERR_OP_RESULT").into())
    }
  }
}

/// The JSON text of the argument. No text at all is `null`: that is a call without arguments.
#[doc(hidden)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
  /// The argument as the type that the function wants.
  pub fn parse<T: Deserialize<'a>>(&self) -> Result<T, OpError> {
    let text = if self.0.is_empty() { b"null" } else { self.0 };
    serde_json::from_slice(text).map_err(|error| {
      let message = format!("the argument does not fit: {error}");
      OpError::new("TypeError", message).with_code("ERR_OP_ARGUMENT")
    })
  }
}
