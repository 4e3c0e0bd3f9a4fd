//! Calls from other threads.

use std::cell::RefCell;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::thread;
use std::thread::ThreadId;

use plugbay_core::Caller;
use plugbay_core::OpFailure;
use plugbay_core::Value;
use tokio::sync::mpsc;
use tokio::sync::oneshot;

use super::OpRef;
use super::Plugin;
use super::Ticket;
use super::ticket::Answer;
use super::ticket::runtime_is_gone;

/// What a handle has posted.
pub(crate) enum Posted {
  Bind { caller: Caller, plugin: Plugin, op: String, answer: oneshot::Sender<Result<OpRef, OpFailure>> },
  Invoke { caller: Caller, op: OpRef, args: Vec<Value>, ticket: Ticket },
}

/// Calls ops of a runtime from any thread: [`Runtime::handle`](crate::Runtime::handle). What it posts is done while the runtime runs a
/// script or serves ([`Runtime::serve`](crate::Runtime::serve)).
#[derive(Clone, Debug)]
pub struct Handle {
  posted: mpsc::UnboundedSender<Posted>,
  thread: ThreadId,
}

impl std::fmt::Debug for Posted {
  fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    f.write_str("Posted")
  }
}

impl Handle {
  /// As [`Runtime::bind`](crate::Runtime::bind).
  ///
  /// # Errors
  ///
  /// As there, and `ERR_RUNTIME_GONE`.
  pub async fn bind(&self, caller: &Caller, plugin: &Plugin, op: &str) -> Result<OpRef, OpFailure> {
    let (answer, bound) = oneshot::channel();
    self.post(Posted::Bind { caller: caller.clone(), plugin: plugin.clone(), op: op.to_string(), answer })?;
    bound.await.unwrap_or_else(|_| Err(runtime_is_gone()))
  }

  /// Calls an op and waits until it is done. Any executor will do; who drops the future does not cancel the call, which the caller's
  /// token does.
  ///
  /// # Errors
  ///
  /// As [`Runtime::invoke`](crate::Runtime::invoke), and `ERR_RUNTIME_GONE`.
  pub async fn invoke(&self, caller: &Caller, op: &OpRef, args: Vec<Value>) -> Answer {
    self.begin(caller, op, args)?.await.unwrap_or_else(|_| Err(runtime_is_gone()))
  }

  /// The same, and blocks the thread.
  ///
  /// # Errors
  ///
  /// As there, and `ERR_CALL_OWN_THREAD` on the runtime's own thread, which would wait for itself.
  ///
  /// # Panics
  ///
  /// In an async task of tokio's: await [`Handle::invoke`] there.
  pub fn invoke_blocking(&self, caller: &Caller, op: &OpRef, args: Vec<Value>) -> Answer {
    if thread::current().id() == self.thread && !self.posted.is_closed() {
      let message = "the runtime's own thread cannot wait for it; use Runtime::invoke, or await Handle::invoke";
      return Err(OpFailure::new("TypeError", "ERR_CALL_OWN_THREAD", message));
    }
    self.begin(caller, op, args)?.blocking_recv().unwrap_or_else(|_| Err(runtime_is_gone()))
  }

  fn begin(&self, caller: &Caller, op: &OpRef, args: Vec<Value>) -> Result<oneshot::Receiver<Answer>, OpFailure> {
    let (answer, answered) = oneshot::channel();
    self.post(Posted::Invoke { caller: caller.clone(), op: op.clone(), args, ticket: Ticket::new(answer) })?;
    Ok(answered)
  }

  fn post(&self, posted: Posted) -> Result<(), OpFailure> {
    self.posted.send(posted).map_err(|_| runtime_is_gone())
  }
}

/// The number of the next runtime of this process.
static NEXT_RUNTIME: AtomicU64 = AtomicU64::new(1);

/// What the handles of a runtime post.
pub(crate) struct Mailbox {
  /// The number of the runtime.
  pub(crate) runtime: u64,
  /// Both ends, once there was a handle. The sender is held by the handles alone, so that it is known when the last is gone.
  ends: RefCell<Option<(mpsc::WeakUnboundedSender<Posted>, mpsc::UnboundedReceiver<Posted>)>>,
}

impl Mailbox {
  pub(crate) fn new() -> Self {
    Self { runtime: NEXT_RUNTIME.fetch_add(1, Ordering::Relaxed), ends: RefCell::default() }
  }

  /// A handle to it, of the runtime on this thread.
  pub(crate) fn handle(&self) -> Handle {
    let mut ends = self.ends.borrow_mut();
    let posted = ends.as_ref().and_then(|(sender, _)| sender.upgrade()).unwrap_or_else(|| {
      let (sender, receiver) = mpsc::unbounded_channel();
      *ends = Some((sender.downgrade(), receiver));
      sender
    });
    Handle { posted, thread: thread::current().id() }
  }

  /// Whether something was posted that is not done, or may be.
  pub(crate) fn is_open(&self) -> bool {
    let ends = self.ends.borrow();
    ends.as_ref().is_some_and(|(sender, receiver)| sender.strong_count() > 0 || !receiver.is_empty())
  }

  /// The next that was posted; `None` when there is no handle any more.
  pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Option<Posted>> {
    match &mut *self.ends.borrow_mut() {
      Some((_, receiver)) => receiver.poll_recv(cx),
      None => Poll::Ready(None),
    }
  }
}
