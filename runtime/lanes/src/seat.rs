//! What runs on the lanes of a pool, for whoever drops the pool.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use plugbay_core::OpFailure;
use tokio::sync::oneshot;

/// What a call gives.
pub type CallResult = Result<Vec<u8>, OpFailure>;

/// Ends what a lane does.
pub type Ender = Box<dyn Fn() + Send + Sync>;

type Reply = oneshot::Sender<CallResult>;

/// The seats of a pool's lanes.
#[derive(Default)]
pub(crate) struct Seats(Mutex<Taken>);

#[derive(Default)]
struct Taken {
  is_closed: bool,
  next: u64,
  by_number: HashMap<u64, (Ender, Option<Reply>)>,
}

impl Seats {
  fn lock(&self) -> MutexGuard<'_, Taken> {
    self.0.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// Takes a seat for a lane, which `ender` ends.
  pub(crate) fn take(&self, ender: Ender) -> Seat<'_> {
    let mut taken = self.lock();
    let number = taken.next;
    taken.next += 1;
    taken.by_number.insert(number, (ender, None));
    Seat { seats: self, number }
  }

  /// No call begins any more, those that run are ended, and nobody waits for them.
  pub(crate) fn close(&self) {
    let mut taken = self.lock();
    taken.is_closed = true;
    for (ender, reply) in taken.by_number.values_mut() {
      if reply.take().is_some() {
        ender();
      }
    }
  }
}

/// The seat of a lane, until it is dropped.
pub(crate) struct Seat<'a> {
  seats: &'a Seats,
  number: u64,
}

impl Seat<'_> {
  /// Notes whom the call answers that begins now; `false` when none may begin any more.
  pub(crate) fn begin(&self, reply: Reply) -> bool {
    let mut taken = self.seats.lock();
    if taken.is_closed {
      return false;
    }
    if let Some((_, place)) = taken.by_number.get_mut(&self.number) {
      *place = Some(reply);
    }
    true
  }

  /// Whom the call answers that is done, if anybody waits for it.
  pub(crate) fn end(&self) -> Option<Reply> {
    self.seats.lock().by_number.get_mut(&self.number)?.1.take()
  }
}

impl Drop for Seat<'_> {
  fn drop(&mut self) {
    let taken = self.seats.lock().by_number.remove(&self.number);
    drop(taken);
  }
}
