//! Lanes: threads that each have a runtime of their own, made by a factory, and take the next call when they are done
//! with the last. Whatever runs there, arguments and results are bytes here. Threads of plugins (`options.threads`) use
//! them.
//!
//! When a pool is dropped, calls under way are ended and nobody waits for them.

#![forbid(unsafe_code)]

mod seat;
mod spin;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;

use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use seat::Seats;
use tokio::sync::oneshot;

pub use seat::CallResult;
pub use seat::Ender;
pub use spin::Spin;

/// What runs on a lane. It is made on the lane's thread and stays there.
pub trait Lane {
  /// Calls an op and waits until it is done.
  ///
  /// # Errors
  ///
  /// Why it did not answer, and whether the lane can go on.
  fn call(&mut self, op: &str, arguments: Vec<u8>) -> Result<Vec<u8>, LaneFailure>;

  /// What ends the call that runs, from any thread. The lane is not called after that.
  fn ender(&self) -> Ender;
}

/// Why a call of a lane did not answer.
#[derive(Debug)]
pub struct LaneFailure {
  /// What its caller is told.
  pub failure: OpFailure,
  /// The lane is at its end: another takes its place.
  pub is_over: bool,
}

/// Makes what runs on a lane, and says what that is. Called on the lane's thread, again when a lane is at its end. An
/// error is why not.
pub type Factory = dyn Fn() -> Result<(Box<dyn Lane>, Vec<u8>), OpFailure> + Send + Sync;

/// A call of an op on a lane.
struct Job {
  op: String,
  arguments: Vec<u8>,
  reply: oneshot::Sender<CallResult>,
}

/// Lanes that do the same, and a spare. When this is dropped, calls that run are ended, those that wait are let go of,
/// and so are the lanes.
pub struct Pool {
  /// Always there until the drop.
  jobs: Option<mpsc::Sender<Job>>,
  work: Arc<Work>,
}

impl Pool {
  /// Starts `count` lanes and waits until all are ready; then, without waiting, one more, which takes the place of the
  /// first that is at its end. That one begins anew and is the spare then. Gives what the factory says of the last.
  ///
  /// # Errors
  ///
  /// Why one could not start. Then none goes on.
  pub fn open(factory: &Arc<Factory>, count: usize) -> Result<(Self, Vec<u8>), OpFailure> {
    let (jobs, queue) = mpsc::channel();
    let (free, places) = mpsc::channel();
    for _ in 0..count {
      // Its other end is here.
      let _ = free.send(());
    }
    let work = Arc::new(Work { queue: Mutex::new(queue), places: Mutex::new(places), seats: Seats::default() });
    let (ready, all_ready) = mpsc::channel();
    for index in 0..count {
      let (factory, work, free, ready) = (factory.clone(), work.clone(), free.clone(), ready.clone());
      let start = move || run(&*factory, &work, &free, Some(ready));
      let started = thread::Builder::new().name(format!("plugbay-lane-{index}")).spawn(start);
      started.map_err(|error| threads_failure(&format!("a thread cannot be made: {error}")))?;
    }
    drop(ready);
    let mut description = Err(threads_failure("no thread was asked for"));
    for _ in 0..count {
      let answer = all_ready.recv();
      description = Ok(answer.unwrap_or_else(|_| Err(threads_failure("a thread has ended before it was ready")))?);
    }
    let description = description?;
    let factory = factory.clone();
    let pool = Self { jobs: Some(jobs), work: work.clone() };
    let start = move || run(&*factory, &work, &free, None);
    if let Err(error) = thread::Builder::new().name("plugbay-lane-spare".to_string()).spawn(start) {
      tracing::warn!("a plugin's threads have no spare: {error}");
    }
    Ok((pool, description))
  }

  /// Has the next lane that is free call an op. Nothing comes when the lane or the pool ends before it is done.
  pub fn call(&self, op: String, arguments: Vec<u8>) -> oneshot::Receiver<CallResult> {
    let (reply, result) = oneshot::channel();
    // If all threads are gone, so is the sender of the reply.
    let _ = self.jobs.as_ref().map(|jobs| jobs.send(Job { op, arguments, reply }));
    result
  }
}

impl Drop for Pool {
  fn drop(&mut self) {
    drop(self.jobs.take());
    self.work.seats.close();
    // Lanes that are busy look at it later, those that wait let go of it now.
    let queue = self.work.queue.lock().unwrap_or_else(PoisonError::into_inner);
    while queue.try_recv().is_ok() {}
  }
}

fn threads_failure(message: &str) -> OpFailure {
  OpFailure::new(ErrorCode::PluginThreads, message.to_string())
}

/// What the threads of a pool wait for.
struct Work {
  queue: Mutex<mpsc::Receiver<Job>>,
  /// One thing for each lane that is to serve and does not.
  places: Mutex<mpsc::Receiver<()>>,
  /// The calls that run.
  seats: Seats,
}

/// The place of a lane that serves. However it ends, another may take it.
struct Place<'a>(&'a mpsc::Sender<()>);

impl Drop for Place<'_> {
  fn drop(&mut self) {
    // Nobody is left who could.
    let _ = self.0.send(());
  }
}

/// Whom a thread tells that its first lane is there, or why not.
type Ready = mpsc::Sender<Result<Vec<u8>, OpFailure>>;

/// What a thread does: it makes a lane, serves with it as soon as there is a place, and makes the next one when that is
/// at its end, while another has the place.
fn run(factory: &Factory, work: &Work, free: &mpsc::Sender<()>, mut ready: Option<Ready>) {
  loop {
    let made = panic::catch_unwind(AssertUnwindSafe(factory)).unwrap_or_else(|_| Err(thread_panicked()));
    let ready = ready.take();
    let lane = match (made, ready) {
      // Nobody listens any more when another thread has failed.
      (Ok((lane, description)), Some(ready)) => match ready.send(Ok(description)) {
        Ok(()) => lane,
        Err(_) => return,
      },
      (Ok((lane, _)), None) => lane,
      (Err(failure), Some(ready)) => {
        let _ = ready.send(Err(failure));
        return;
      }
      // The next call is told, and there is another try after it.
      (Err(failure), None) => Box::new(NoLane(failure)),
    };
    let place = work.places.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let Ok(()) = place else { return };
    let place = Place(free);
    // One that panics is at its end, as others are.
    match panic::catch_unwind(AssertUnwindSafe(|| serve(lane, work, place))) {
      Ok(true) | Err(_) => {}
      Ok(false) => return,
    }
  }
}

fn thread_panicked() -> OpFailure {
  threads_failure("its thread has panicked")
}

/// In the place of a lane that could not be made.
struct NoLane(OpFailure);

impl Lane for NoLane {
  fn call(&mut self, _: &str, _: Vec<u8>) -> Result<Vec<u8>, LaneFailure> {
    Err(LaneFailure { failure: self.0.clone(), is_over: true })
  }

  fn ender(&self) -> Ender {
    Box::new(|| {})
  }
}

/// Takes calls until the lane is at its end, or the pool: whether there is to be another lane. The place is free before
/// the lane is dropped, which may take a while.
fn serve(mut lane: Box<dyn Lane>, work: &Work, _place: Place<'_>) -> bool {
  let (spin, seat) = (Spin::default(), work.seats.take(lane.ender()));
  loop {
    let Ok(Job { op, arguments, reply }) = next(&work.queue, &spin) else { return false };
    if !seat.begin(reply) {
      return false;
    }
    let result = lane.call(&op, arguments);
    let is_over = result.as_ref().is_err_and(|failure| failure.is_over);
    if let Some(reply) = seat.end() {
      // Whoever has asked may be gone.
      let _ = reply.send(result.map_err(|failure| failure.failure));
    }
    if is_over {
      return true;
    }
  }
}

/// The next call: of the lanes that wait one takes what comes.
fn next(queue: &Mutex<mpsc::Receiver<Job>>, spin: &Spin) -> Result<Job, mpsc::RecvError> {
  let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
  if let Some(job) = spin.wait(|| queue.try_recv().ok()) {
    return Ok(job);
  }
  spin.sleep(|| queue.recv())
}

/// The pools of a runtime, by number.
#[derive(Default)]
pub struct Pools {
  open: RefCell<HashMap<u32, Pool>>,
  next: Cell<u32>,
}

impl Pools {
  /// Keeps a pool; gives its number.
  pub fn add(&self, pool: Pool) -> u32 {
    let id = self.next.replace(self.next.get() + 1);
    self.open.borrow_mut().insert(id, pool);
    id
  }

  /// As [`Pool::call`]; `None` when the pool is closed.
  pub fn call(&self, id: u32, op: String, arguments: Vec<u8>) -> Option<oneshot::Receiver<CallResult>> {
    Some(self.open.borrow().get(&id)?.call(op, arguments))
  }

  /// Drops a pool, if there is one of that number.
  pub fn close(&self, id: u32) {
    let pool = self.open.borrow_mut().remove(&id);
    drop(pool);
  }
}
