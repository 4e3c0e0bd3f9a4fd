//! What is under way: calls of ops, and jobs of the host's own. The runtime's event loop polls them, on the isolate's
//! thread.

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
use plugbay_core::OpFailure;
use plugbay_ops::AnswerForm;
use plugbay_ops::Given;
use plugbay_ops::OpEntry;
use plugbay_ops::Outcome;
use plugbay_ops::PendingAnswer;
use plugbay_ops::Target;
use plugbay_ops::metrics::Flow;
use plugbay_ops::metrics::Started;

/// Takes what a call gives that was made from Rust.
pub type Receive = Box<dyn FnOnce(Result<Given, OpFailure>)>;

/// Where the answer of a call goes.
pub enum Receiver {
  /// A promise that the script holds; of a call by `Deno.core.dispatch` a handler that was set meanwhile gets the
  /// answer too.
  Promise(v8::Global<v8::PromiseResolver>),
  /// The function that `Deno.core.setAsyncHandler` had set when the call was made; it is for one that was set later, if
  /// there is.
  Handler(Rc<v8::Global<v8::Function>>),
  /// Whoever called from Rust.
  Rust(Receive),
}

/// A call that is under way: what is known of it besides the future.
pub struct PendingCall {
  /// The op.
  pub entry: Rc<OpEntry>,
  /// When it began.
  pub started: Started,
  /// Whether the program waits for it.
  pub flow: Flow,
  /// Where the answer goes.
  pub receiver: Receiver,
  /// In which form.
  pub form: AnswerForm,
}

/// A call that is done.
pub(crate) struct Completion {
  pub(crate) ticket: PendingCall,
  pub(crate) outcome: Outcome,
}

/// A job of the host's own that the script waits for.
pub type Job = Pin<Box<dyn Future<Output = Finish>>>;

/// What follows a job, on the isolate's thread.
pub type Finish = Box<dyn for<'s> FnOnce(&mut v8::PinScope<'s, '_>) -> Result<Next<'s>, OpFailure>>;

/// What a job comes to. A job that goes on is no promise that the first one's would be resolved with: V8 asks
/// `Promise.prototype.then` of such a promise, which is the script's to change.
pub enum Next<'s> {
  /// The promise is resolved with it.
  Value(v8::Local<'s, v8::Value>),
  /// The promise waits for this job too.
  Job(Job),
}

/// What is done.
pub(crate) enum Done {
  Call(Completion),
  Job(v8::Global<v8::PromiseResolver>, Finish),
}

struct InFlightCall {
  answer: PendingAnswer,
  ticket: Option<PendingCall>,
  /// Keeps the op's code loaded; after `answer`, which is dropped first.
  _target: Target,
}

enum Task {
  Call(InFlightCall),
  Job(Job, Option<v8::Global<v8::PromiseResolver>>),
}

impl Future for Task {
  type Output = Done;

  fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Done> {
    const ONCE: &str = "a future is not polled after it is ready";
    match &mut *self {
      Self::Call(InFlightCall { answer, ticket, .. }) => {
        let Poll::Ready(outcome) = answer.as_mut().poll(cx) else { return Poll::Pending };
        Poll::Ready(Done::Call(Completion { ticket: ticket.take().expect(ONCE), outcome }))
      }
      Self::Job(job, resolver) => {
        let Poll::Ready(finish) = job.as_mut().poll(cx) else { return Poll::Pending };
        Poll::Ready(Done::Job(resolver.take().expect(ONCE), finish))
      }
    }
  }
}

/// All calls and jobs of a runtime that are under way.
pub struct InFlight {
  tasks: RefCell<FuturesUnordered<Task>>,
  /// What was added while `tasks` was being polled.
  added: RefCell<Vec<Task>>,
  has_added: Cell<bool>,
  /// Tells deno_core's event loop that there is something to wait for.
  tracker: ExternalOpsTracker,
}

impl InFlight {
  pub(crate) fn new(tracker: ExternalOpsTracker) -> Self {
    Self { tasks: RefCell::default(), added: RefCell::default(), has_added: Cell::new(false), tracker }
  }

  /// Adds a call; it is polled for the first time in the event loop.
  pub fn add(&self, answer: PendingAnswer, ticket: PendingCall, target: Target) {
    if ticket.flow == Flow::Async {
      self.tracker.ref_op();
    }
    self.push(Task::Call(InFlightCall { answer, ticket: Some(ticket), _target: target }));
  }

  /// Adds a job, whose end settles the promise.
  pub fn add_job(&self, job: Job, resolver: v8::Global<v8::PromiseResolver>) {
    self.tracker.ref_op();
    self.push(Task::Job(job, Some(resolver)));
  }

  fn push(&self, task: Task) {
    self.added.borrow_mut().push(task);
    self.has_added.set(true);
  }

  /// Whether there is something that the event loop has not polled yet.
  pub fn has_added(&self) -> bool {
    self.has_added.get()
  }

  /// Whether nothing is under way, what the program does not wait for included.
  pub fn is_empty(&self) -> bool {
    self.tasks.borrow().is_empty() && !self.has_added()
  }

  /// Drops all of it, for the end of the runtime.
  pub(crate) fn clear(&self) {
    let added = self.added.take();
    let tasks = self.tasks.take();
    // Nothing is borrowed: dropping a future runs code of its plugin.
    drop((added, tasks));
  }

  /// Has what was added polled with the rest from now on. Once a turn of the event loop: a call that makes
  /// another when it is done must not keep the rest of the loop waiting.
  pub(crate) fn take_in_added(&self) {
    if self.has_added.take() {
      self.tasks.borrow_mut().extend(self.added.take());
    }
  }

  /// What is done next; pending when there is nothing now.
  pub(crate) fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Done> {
    let mut tasks = self.tasks.borrow_mut();
    match tasks.poll_next_unpin(cx) {
      Poll::Ready(Some(done)) => {
        let was_waited_for = match &done {
          Done::Call(completion) => completion.ticket.flow == Flow::Async,
          Done::Job(..) => true,
        };
        if was_waited_for {
          self.tracker.unref_op();
        }
        Poll::Ready(done)
      }
      _ => Poll::Pending,
    }
  }
}
