//! What an op of the 2020 shape answers.

use std::future::Future;
use std::pin::Pin;

/// Id of an op in the table, as `Deno.core.dispatch` takes it. 0 is never a plugin's: it is answered when a
/// registration was refused.
pub type OpId = usize;

/// The answer of an op.
pub type Buf = Box<[u8]>;

/// The answer of an op that is under way. It is polled on the isolate's thread, so it need not be `Send`.
pub type OpAsyncFuture = Pin<Box<dyn Future<Output = Buf>>>;

/// What an op of the 2020 shape answers.
pub enum Op {
  /// Done: the script gets the bytes, or `undefined` when there are none.
  Sync(Buf),
  /// Under way: the script gets a Promise, or its handler is called. Keeps the program alive.
  Async(OpAsyncFuture),
  /// Like [`Op::Async`], but the program may end before it is done.
  AsyncUnref(OpAsyncFuture),
  /// The op does not know what was asked: the script gets an error that says so.
  NotFound,
}
