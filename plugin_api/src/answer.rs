//! What an op with buffers answers, and how it crosses.

use plugin_abi as abi;

use crate::Buf;
use crate::Op;
use crate::OpAsyncFuture;
use crate::OpError;
use crate::ZeroCopyBuf;
use crate::future;
use crate::host::HostRef;
use crate::outcome::Done;
use crate::outcome::DoneFuture;
use crate::outcome::write_error;
use crate::outcome::write_future;

/// The answer of an op of the 2020 shape or with JSON.
pub(crate) enum Answer {
  Sync(Result<Buf, OpError>),
  Async(DoneFuture),
  AsyncUnref(OpAsyncFuture),
  NotFound,
}

impl From<Op> for Answer {
  // Inlined, an answer of an op that is done stays in registers.
  #[inline(always)]
  fn from(op: Op) -> Self {
    match op {
      Op::Sync(buf) => Self::Sync(Ok(buf)),
      Op::Async(future) => Self::Async(Box::pin(async { Ok(Done::Bytes(future.await.into())) })),
      Op::AsyncUnref(future) => Self::AsyncUnref(future),
      Op::NotFound => Self::NotFound,
    }
  }
}

#[inline]
pub(crate) fn write_answer(out: &mut abi::Outcome, answer: Answer, host: HostRef) {
  match answer {
    Answer::Sync(result) => write_result(out, result),
    Answer::Async(future) => write_future(out, abi::outcome::ASYNC, future::into_raw(future, host)),
    Answer::AsyncUnref(future) => {
      let future = Box::pin(async { Ok(Done::Bytes(future.await.into())) });
      write_future(out, abi::outcome::ASYNC_UNREF, future::into_raw(future, host));
    }
    Answer::NotFound => out.kind = abi::outcome::NOT_FOUND,
  }
}

#[inline]
fn write_result(out: &mut abi::Outcome, result: Result<Buf, OpError>) {
  match result {
    Ok(buf) => {
      out.payload.buffer = std::mem::ManuallyDrop::new(ZeroCopyBuf::from(buf).into_raw());
      out.kind = abi::outcome::SYNC;
    }
    Err(error) => write_error(out, error),
  }
}
