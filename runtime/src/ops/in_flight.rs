//! Calls that are under way. The runtime's event loop polls them, on the isolate's thread.

use std::cell::Cell;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Context;
use std::task::Poll;

use deno_core::ExternalOpsTracker;
use deno_core::futures::StreamExt;
use deno_core::futures::stream::FuturesUnordered;
use deno_core::v8;

use super::Kind;
use super::OpEntry;
use super::OpTarget;
use super::Outcome;
use super::PendingAnswer;
use super::metrics::Flow;
use super::metrics::Started;

/// Where the answer of a call goes.
pub(crate) enum Receiver {
  /// A promise that the script holds.
  Promise(v8::Global<v8::PromiseResolver>),
  /// The function that `Deno.core.setAsyncHandler` set when the call was made.
  Handler(Rc<v8::Global<v8::Function>>),
}

/// In which form the receiver wants the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Road {
  /// `Deno.core.dispatch`: bytes.
  Dispatch,
  /// `plugin.ops.name(…)`: the value that the op's encoding stands for.
  Ops,
  /// `plugin.ops.name(…)` of an op with a signature: the value of its result's kind.
  Typed,
}

impl Road {
  /// The bytes that count as given by a call: those of a typed op's text and values do not.
  #[inline]
  pub(crate) fn bytes_given(self, entry: &OpEntry, outcome: &Outcome) -> usize {
    let gives_bytes = self != Self::Typed || entry.signature.as_ref().is_some_and(|it| it.result == Kind::Bytes);
    match outcome {
      Outcome::Answer(answer) if gives_bytes => answer.bytes.len(),
      _ => 0,
    }
  }
}

/// A call that is under way: what is known of it besides the future.
pub(crate) struct Ticket {
  pub(crate) entry: Rc<OpEntry>,
  pub(crate) started: Started,
  pub(crate) flow: Flow,
  pub(crate) receiver: Receiver,
  pub(crate) road: Road,
}

/// A call that is done.
pub(crate) struct Completion {
  pub(crate) ticket: Ticket,
  pub(crate) outcome: Outcome,
}

struct InFlightCall {
  answer: PendingAnswer,
  ticket: Option<Ticket>,
  /// Keeps the op's code loaded; after `answer`, which is dropped first.
  _target: Rc<dyn OpTarget>,
}

impl Future for InFlightCall {
  type Output = Completion;

  fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Completion> {
    let Poll::Ready(outcome) = self.answer.as_mut().poll(cx) else { return Poll::Pending };
    let ticket = self.ticket.take().expect("a future is not polled after it is ready");
    Poll::Ready(Completion { ticket, outcome })
  }
}

/// All calls of a runtime that are under way.
pub(crate) struct InFlight {
  calls: RefCell<FuturesUnordered<InFlightCall>>,
  /// Calls that were added while `calls` was being polled.
  added: RefCell<Vec<InFlightCall>>,
  has_added: Cell<bool>,
  /// Tells deno_core's event loop that there is something to wait for.
  tracker: ExternalOpsTracker,
}

impl InFlight {
  pub(crate) fn new(tracker: ExternalOpsTracker) -> Self {
    Self { calls: RefCell::default(), added: RefCell::default(), has_added: Cell::new(false), tracker }
  }

  /// Adds a call; it is polled for the first time in the event loop.
  pub(crate) fn add(&self, answer: PendingAnswer, ticket: Ticket, target: Rc<dyn OpTarget>) {
    if ticket.flow == Flow::Async {
      self.tracker.ref_op();
    }
    self.added.borrow_mut().push(InFlightCall { answer, ticket: Some(ticket), _target: target });
    self.has_added.set(true);
  }

  /// Whether there are calls that the event loop has not polled yet.
  pub(crate) fn has_added(&self) -> bool {
    self.has_added.get()
  }

  /// Drops all calls, for the end of the runtime.
  pub(crate) fn clear(&self) {
    let added = self.added.take();
    let calls = self.calls.take();
    // Nothing is borrowed: dropping a future runs code of its plugin.
    drop((added, calls));
  }

  /// Has the calls that were added polled with the others from now on. Once a turn of the event loop: a call that makes
  /// another when it is done must not keep the rest of the loop waiting.
  pub(crate) fn take_in_added(&self) {
    if self.has_added.take() {
      self.calls.borrow_mut().extend(self.added.take());
    }
  }

  /// The next call that is done; pending when there is none now.
  pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Completion> {
    let mut calls = self.calls.borrow_mut();
    match calls.poll_next_unpin(cx) {
      Poll::Ready(Some(completion)) => {
        if completion.ticket.flow == Flow::Async {
          self.tracker.unref_op();
        }
        Poll::Ready(completion)
      }
      _ => Poll::Pending,
    }
  }
}
