//! Calls that are not answered yet.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

use plugbay_core::Caller;
use plugbay_core::CancellationToken;
use plugbay_core::OpFailure;
use plugbay_core::Value;
use tokio::runtime::Handle;
use tokio::sync::oneshot;

/// What a call is answered with.
pub(crate) type Answer = Result<Value, OpFailure>;

/// Where the answer of a call goes. The first that comes does; the rest goes nowhere.
#[derive(Clone)]
pub(crate) struct Ticket(Arc<Inner>);

struct Inner {
  answer: Mutex<Option<oneshot::Sender<Answer>>>,
  is_settled: CancellationToken,
}

impl Ticket {
  pub(crate) fn new(answer: oneshot::Sender<Answer>) -> Self {
    Self(Arc::new(Inner { answer: Mutex::new(Some(answer)), is_settled: CancellationToken::new() }))
  }

  /// Gives the answer, if there is none yet.
  pub(crate) fn settle(&self, answer: Answer) {
    if let Some(sender) = self.close() {
      // Nobody may be waiting any more.
      let _ = sender.send(answer);
    }
  }

  /// Takes no answer any more; gives where one would have gone.
  pub(crate) fn close(&self) -> Option<oneshot::Sender<Answer>> {
    self.0.is_settled.cancel();
    self.0.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
  }

  fn is_settled(&self) -> bool {
    self.0.is_settled.is_cancelled()
  }

  /// Has a call that is under way fail when its caller gives it up. The op is not told, and runs on.
  pub(crate) fn watch(&self, caller: Caller, tokio: &Handle) {
    if self.is_settled() {
      return;
    }
    let ticket = self.clone();
    tokio.spawn(async move {
      tokio::select! {
        () = ticket.0.is_settled.cancelled() => {}
        failure = given_up(&caller) => ticket.settle(Err(failure)),
      }
    });
  }
}

/// Waits until a caller gives its calls up: by its deadline or its token.
pub(crate) async fn given_up(caller: &Caller) -> OpFailure {
  let late = async {
    match caller.ends_at() {
      Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
      None => std::future::pending().await,
    }
  };
  tokio::select! {
    () = caller.token().cancelled() => caller.cancelled(),
    () = late => caller.late(),
  }
}

/// The tickets of a runtime, by the numbers that JavaScript knows them by.
#[derive(Default)]
pub(crate) struct Tickets {
  open: RefCell<HashMap<u32, Ticket>>,
  next: Cell<u32>,
  /// With so many, those are let go of that somebody else has settled: a deadline, or the end of a wait.
  sweep_at: Cell<usize>,
}

impl Tickets {
  pub(crate) fn add(&self, ticket: Ticket) -> u32 {
    const MIN_SWEEP: usize = 64;
    let mut open = self.open.borrow_mut();
    if open.len() >= self.sweep_at.get().max(MIN_SWEEP) {
      open.retain(|_, ticket| !ticket.is_settled());
      self.sweep_at.set(2 * open.len());
    }
    loop {
      let number = self.next.replace(self.next.get().wrapping_add(1));
      if let std::collections::hash_map::Entry::Vacant(place) = open.entry(number) {
        place.insert(ticket);
        return number;
      }
    }
  }

  /// The ticket of a number, which is not known by it any more.
  pub(crate) fn take(&self, number: u32) -> Option<Ticket> {
    self.open.borrow_mut().remove(&number)
  }

  /// Nobody answers these any more.
  pub(crate) fn clear(&self) {
    let open = self.open.take();
    for ticket in open.into_values() {
      ticket.settle(Err(OpFailure::runtime_gone()));
    }
  }
}
