//! Calls from other threads.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::thread;
use std::thread::ThreadId;

use plugbay_core::Caller;
use plugbay_core::OpFailure;
use plugbay_core::Value;
use plugbay_lanes::Spin;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

use super::OpRef;
use super::Plugin;
use super::Ticket;
use super::ticket::Answer;

/// What a handle has posted.
pub(crate) enum Posted {
  Bind { caller: Caller, plugin: Plugin, op: String, answer: oneshot::Sender<Result<OpRef, OpFailure>> },
  Invoke { caller: Caller, op: OpRef, args: Vec<Value>, ticket: Ticket },
}

/// Calls ops of a runtime from any thread: [`Runtime::handle`](crate::Runtime::handle). What it posts is done, in that
/// order, while the runtime runs a script or serves ([`Runtime::serve`](crate::Runtime::serve)).
pub struct Handle {
  queue: Arc<Queue>,
  thread: ThreadId,
}

impl Handle {
  /// As [`Runtime::bind`](crate::Runtime::bind).
  ///
  /// # Errors
  ///
  /// As there, and `ERR_RUNTIME_GONE`.
  pub async fn bind(&self, caller: &Caller, plugin: &Plugin, op: &str) -> Result<OpRef, OpFailure> {
    let (answer, bound) = oneshot::channel();
    self.queue.post(Posted::Bind { caller: caller.clone(), plugin: plugin.clone(), op: op.to_string(), answer })?;
    bound.await.unwrap_or_else(|_| Err(OpFailure::runtime_gone()))
  }

  /// Calls an op and waits until it is done. Any executor will do; who drops the future does not cancel the call, which
  /// the caller's token does. Deadline and token are looked at when the runtime comes to the call, and from then on:
  /// one that neither runs nor serves tells nobody that it is late.
  ///
  /// # Errors
  ///
  /// As [`Runtime::invoke`](crate::Runtime::invoke), and `ERR_RUNTIME_GONE`.
  pub async fn invoke(&self, caller: &Caller, op: &OpRef, args: Vec<Value>) -> Answer {
    self.begin(caller, op, args)?.await.unwrap_or_else(|_| Err(OpFailure::runtime_gone()))
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
    if thread::current().id() == self.thread && !self.queue.state().is_closed {
      return Err(OpFailure::call_on_own_thread());
    }
    let mut answered = self.begin(caller, op, args)?;
    let soon = self.queue.spin.wait(|| match answered.try_recv() {
      Ok(answer) => Some(Some(answer)),
      Err(TryRecvError::Empty) => None,
      Err(TryRecvError::Closed) => Some(None),
    });
    let answer = soon.unwrap_or_else(|| self.queue.spin.sleep(|| answered.blocking_recv().ok()));
    answer.unwrap_or_else(|| Err(OpFailure::runtime_gone()))
  }

  fn begin(&self, caller: &Caller, op: &OpRef, args: Vec<Value>) -> Result<oneshot::Receiver<Answer>, OpFailure> {
    let (answer, answered) = oneshot::channel();
    self.queue.post(Posted::Invoke { caller: caller.clone(), op: op.clone(), args, ticket: Ticket::new(answer) })?;
    Ok(answered)
  }

  fn new(queue: &Arc<Queue>, thread: ThreadId) -> Self {
    queue.state().handles += 1;
    Self { queue: queue.clone(), thread }
  }
}

impl Clone for Handle {
  fn clone(&self) -> Self {
    Self::new(&self.queue, self.thread)
  }
}

impl Drop for Handle {
  fn drop(&mut self) {
    let mut state = self.queue.state();
    state.handles -= 1;
    let waker = state.waker.take();
    drop(state);
    // A runtime that serves ends with its last handle.
    if let Some(waker) = waker {
      waker.wake();
    }
  }
}

impl fmt::Debug for Handle {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("Handle").field("thread", &self.thread).finish_non_exhaustive()
  }
}

/// What was posted and is not done. A closed queue takes nothing and has nothing, so that whoever waits is told that
/// the runtime is gone: a channel whose receiver is dropped may keep what is sent meanwhile.
#[derive(Default)]
struct Queue {
  state: Mutex<State>,
  /// How threads wait for answers.
  spin: Spin,
}

#[derive(Default)]
struct State {
  posted: VecDeque<Posted>,
  handles: usize,
  is_closed: bool,
  /// Of the event loop, which has seen that nothing was posted.
  waker: Option<Waker>,
}

impl Queue {
  fn state(&self) -> MutexGuard<'_, State> {
    self.state.lock().unwrap_or_else(PoisonError::into_inner)
  }

  fn post(&self, posted: Posted) -> Result<(), OpFailure> {
    let mut state = self.state();
    if state.is_closed {
      return Err(OpFailure::runtime_gone());
    }
    state.posted.push_back(posted);
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
      waker.wake();
    }
    Ok(())
  }
}

/// The number of the next runtime of this process.
static NEXT_RUNTIME: AtomicU64 = AtomicU64::new(1);

/// What the handles of a runtime post. The runtime has it, on its thread.
pub(crate) struct Mailbox {
  /// The number of the runtime.
  pub(crate) runtime: u64,
  queue: Arc<Queue>,
}

impl Mailbox {
  pub(crate) fn new() -> Self {
    Self { runtime: NEXT_RUNTIME.fetch_add(1, Ordering::Relaxed), queue: Arc::default() }
  }

  /// A handle to it, of the runtime on this thread.
  pub(crate) fn handle(&self) -> Handle {
    Handle::new(&self.queue, thread::current().id())
  }

  /// Whether something was posted that is not done, or may be.
  pub(crate) fn is_open(&self) -> bool {
    let state = self.queue.state();
    !state.is_closed && (state.handles > 0 || !state.posted.is_empty())
  }

  /// The next that was posted. The waker is woken when there is one, and when a handle is dropped.
  pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Posted> {
    let mut state = self.queue.state();
    if let Some(posted) = state.posted.pop_front() {
      return Poll::Ready(posted);
    }
    state.waker = Some(cx.waker().clone());
    Poll::Pending
  }

  /// Takes nothing more, and lets go of what was posted: whoever waits is told that the runtime is gone.
  pub(crate) fn close(&self) {
    let mut state = self.queue.state();
    state.is_closed = true;
    let posted = std::mem::take(&mut state.posted);
    drop(state);
    drop(posted);
  }
}

impl Drop for Mailbox {
  fn drop(&mut self) {
    self.close();
  }
}

#[cfg(test)]
mod tests {
  use super::*;
  use plugbay_core::ErrorCode;

  fn post(handle: &Handle) -> Result<oneshot::Receiver<Answer>, OpFailure> {
    handle.begin(&Caller::host(), &OpRef { id: 0, runtime: 0 }, Vec::new())
  }

  fn next(mailbox: &Mailbox) -> Poll<Posted> {
    mailbox.poll_next(&mut Context::from_waker(Waker::noop()))
  }

  #[test]
  fn what_was_posted_outlives_its_handle() {
    let mailbox = Mailbox::new();
    assert!(!mailbox.is_open());
    let handle = mailbox.handle();
    let _answer = post(&handle).expect("it is open");
    drop(handle);
    let _another = mailbox.handle();
    assert!(mailbox.is_open() && next(&mailbox).is_ready() && next(&mailbox).is_pending());
  }

  #[test]
  fn a_closed_mailbox_answers_everybody() {
    let mailbox = Mailbox::new();
    let (handle, posting) = (mailbox.handle(), mailbox.handle());
    let poster = thread::spawn(move || {
      let mut answers = Vec::new();
      while let Ok(answer) = post(&posting) {
        answers.push(answer);
      }
      answers
    });
    while next(&mailbox).is_pending() {}
    mailbox.close();
    for mut answer in poster.join().expect("the thread ends well") {
      assert_eq!(answer.try_recv().err(), Some(TryRecvError::Closed));
    }
    assert!(!mailbox.is_open());
    assert_eq!(post(&handle).expect_err("it is closed").error, Some(ErrorCode::RuntimeGone));
  }
}
