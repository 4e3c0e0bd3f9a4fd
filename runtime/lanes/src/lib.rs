//! Lanes: threads that each have a runtime of their own, made by a factory, and take the next call when they are done
//! with the last. Whatever runs there, arguments and results are bytes here. Threads of plugins (`options.threads`) use
//! them.

#![forbid(unsafe_code)]

mod spin;

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;

use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use tokio::sync::oneshot;

pub use spin::Spin;

/// What runs on a lane. It is made on the lane's thread and stays there.
pub trait Lane {
  /// Calls an op and waits until it is done.
  ///
  /// # Errors
  ///
  /// Why it did not answer, and whether the lane can go on.
  fn call(&mut self, op: &str, arguments: Vec<u8>) -> Result<Vec<u8>, LaneFailure>;
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

/// What a call gives.
pub type CallResult = Result<Vec<u8>, OpFailure>;

/// A call of an op on a lane.
struct Job {
  op: String,
  arguments: Vec<u8>,
  reply: oneshot::Sender<CallResult>,
}

/// Lanes that do the same, and a spare. They end when this is dropped, each after the call that it runs.
pub struct Pool {
  jobs: mpsc::Sender<Job>,
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
    let work = Arc::new(Work { queue: Mutex::new(queue), places: Mutex::new(places) });
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
    let start = move || run(&*factory, &work, &free, None);
    if let Err(error) = thread::Builder::new().name("plugbay-lane-spare".to_string()).spawn(start) {
      tracing::warn!("a plugin's threads have no spare: {error}");
    }
    Ok((Self { jobs }, description))
  }

  /// Has the next lane that is free call an op. Nothing comes when the lane ends before it is done.
  pub fn call(&self, op: String, arguments: Vec<u8>) -> oneshot::Receiver<CallResult> {
    let (reply, result) = oneshot::channel();
    // If all threads are gone, so is the sender of the reply.
    let _ = self.jobs.send(Job { op, arguments, reply });
    result
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
    let (made, ready) = (factory(), ready.take());
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
    if !serve(lane, &work.queue, place) {
      return;
    }
  }
}

/// In the place of a lane that could not be made.
struct NoLane(OpFailure);

impl Lane for NoLane {
  fn call(&mut self, _: &str, _: Vec<u8>) -> Result<Vec<u8>, LaneFailure> {
    Err(LaneFailure { failure: self.0.clone(), is_over: true })
  }
}

/// Takes calls until the lane is at its end, or the pool: whether there is to be another lane. The place is free before
/// the lane is dropped, which may take a while.
fn serve(mut lane: Box<dyn Lane>, queue: &Mutex<mpsc::Receiver<Job>>, _place: Place<'_>) -> bool {
  let spin = Spin::default();
  loop {
    let Ok(Job { op, arguments, reply }) = next(queue, &spin) else { return false };
    // What was queued when the pool was closed nobody waits for.
    if reply.is_closed() {
      continue;
    }
    let result = lane.call(&op, arguments);
    let is_over = result.as_ref().is_err_and(|failure| failure.is_over);
    // Whoever has asked may have closed the pool.
    let _ = reply.send(result.map_err(|failure| failure.failure));
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

#[cfg(test)]
mod tests {
  use std::sync::atomic::AtomicU32;
  use std::sync::atomic::Ordering;

  use super::*;

  /// Counts its calls; "end" ends it.
  struct Counter(u8);

  impl Lane for Counter {
    fn call(&mut self, op: &str, arguments: Vec<u8>) -> Result<Vec<u8>, LaneFailure> {
      self.0 += 1;
      match op {
        "end" => Err(LaneFailure { failure: OpFailure::new(ErrorCode::HeapLimit, "full"), is_over: true }),
        "panic" => panic!("as asked"),
        "fail" => Err(LaneFailure { failure: OpFailure::from_texts("Error", "", "no"), is_over: false }),
        _ => Ok([arguments, vec![self.0]].concat()),
      }
    }
  }

  fn counters(made: &'static AtomicU32) -> Arc<Factory> {
    Arc::new(move || {
      made.fetch_add(1, Ordering::Relaxed);
      Ok((Box::new(Counter(0)) as Box<dyn Lane>, b"counter".to_vec()))
    })
  }

  fn call(pool: &Pool, op: &str) -> CallResult {
    pool.call(op.to_string(), vec![9]).blocking_recv().expect("the lane answers")
  }

  #[test]
  fn a_lane_that_is_over_begins_anew() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let (pool, description) = Pool::open(&counters(&MADE), 1).expect("it starts");
    assert_eq!(description, b"counter");
    assert_eq!((call(&pool, "count"), call(&pool, "count")), (Ok(vec![9, 1]), Ok(vec![9, 2])));
    assert_eq!(*call(&pool, "fail").expect_err("it fails").message, *"no");
    assert_eq!(call(&pool, "count"), Ok(vec![9, 4]), "a failure is no end");
    assert_eq!(call(&pool, "end").expect_err("it ends").error, Some(ErrorCode::HeapLimit));
    assert_eq!(call(&pool, "count"), Ok(vec![9, 1]), "another has its place");
  }

  #[test]
  fn a_spare_takes_the_place_before_a_lane_begins_anew() {
    let (made, lanes) = mpsc::channel();
    let (gate, opened) = mpsc::channel::<()>();
    let opened = Mutex::new(opened);
    let count = AtomicU32::new(0);
    let factory: Arc<Factory> = Arc::new(move || {
      let number = count.fetch_add(1, Ordering::Relaxed) + 1;
      // Those after the first two wait to be let in.
      if number > 2 {
        let _ = opened.lock().expect("nobody panics").recv();
      }
      let _ = made.send(number);
      Ok((Box::new(Counter(0)) as Box<dyn Lane>, Vec::new()))
    });
    let (pool, _) = Pool::open(&factory, 1).expect("it starts");
    assert_eq!([1; 2].map(|_| lanes.recv().expect("a lane and a spare are made")), [1, 2]);
    assert_eq!(call(&pool, "count"), Ok(vec![9, 1]));
    assert_eq!(call(&pool, "end").expect_err("it ends").error, Some(ErrorCode::HeapLimit));
    assert_eq!(call(&pool, "count"), Ok(vec![9, 1]), "no third lane can be made yet");
    assert_eq!(call(&pool, "end").expect_err("it ends").error, Some(ErrorCode::HeapLimit));
    let waits = pool.call("count".to_string(), vec![9]);
    assert!(lanes.try_recv().is_err(), "there is one spare");
    for number in [3, 4] {
      gate.send(()).expect("the factory waits");
      assert_eq!(lanes.recv().expect("it is made"), number);
    }
    assert_eq!(waits.blocking_recv().expect("the third lane answers"), Ok(vec![9, 1]));
  }

  #[test]
  fn a_lane_that_cannot_be_made_is_told_of_and_tried_again() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let factory: Arc<Factory> = Arc::new(|| match MADE.fetch_add(1, Ordering::Relaxed) {
      2..5 => Err(threads_failure("not now")),
      _ => Ok((Box::new(Counter(0)) as Box<dyn Lane>, Vec::new())),
    });
    let (pool, _) = Pool::open(&factory, 1).expect("it starts");
    assert!(call(&pool, "end").is_err() && call(&pool, "end").is_err(), "the lane and the spare");
    let mut refused = 0;
    while let Err(failure) = call(&pool, "count") {
      assert_eq!(*failure.message, *"not now");
      refused += 1;
    }
    assert!((1..=3).contains(&refused), "each is told of once at most, {refused}");
  }

  #[test]
  fn a_lane_that_panics_leaves_its_place_to_the_spare() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let (pool, _) = Pool::open(&counters(&MADE), 1).expect("it starts");
    assert!(pool.call("panic".to_string(), Vec::new()).blocking_recv().is_err(), "nothing comes");
    assert_eq!(call(&pool, "count"), Ok(vec![9, 1]));
  }

  #[test]
  fn a_pool_that_is_dropped_ends_all_its_lanes() {
    struct Ending(mpsc::Sender<()>);
    impl Lane for Ending {
      fn call(&mut self, _: &str, arguments: Vec<u8>) -> Result<Vec<u8>, LaneFailure> {
        Ok(arguments)
      }
    }
    impl Drop for Ending {
      fn drop(&mut self) {
        let _ = self.0.send(());
      }
    }
    let (ending, ended) = mpsc::channel();
    let (made, lanes) = mpsc::channel();
    let factory: Arc<Factory> = Arc::new(move || {
      let lane = Box::new(Ending(ending.clone())) as Box<dyn Lane>;
      let _ = made.send(());
      Ok((lane, Vec::new()))
    });
    let (pool, _) = Pool::open(&factory, 2).expect("it starts");
    drop(factory);
    drop(pool);
    // No sender is left when all threads are gone.
    assert_eq!(lanes.iter().count(), 3);
    assert_eq!(ended.iter().count(), 3);
  }

  #[test]
  fn a_pool_starts_whole_or_not_at_all() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let factory: Arc<Factory> = Arc::new(|| match MADE.fetch_add(1, Ordering::Relaxed) {
      2 => Err(threads_failure("the third does not start")),
      _ => Ok((Box::new(Counter(0)) as Box<dyn Lane>, Vec::new())),
    });
    let why = |count| Pool::open(&factory, count).err().map(|failure| failure.message.clone());
    assert_eq!(why(3).as_deref(), Some("the third does not start"));
    assert_eq!(why(0).as_deref(), Some("no thread was asked for"));
  }

  #[test]
  fn a_pool_that_is_closed_is_not_called() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let (pools, (pool, _)) = (Pools::default(), Pool::open(&counters(&MADE), 2).expect("it starts"));
    let id = pools.add(pool);
    assert!(pools.call(id, "count".to_string(), Vec::new()).is_some());
    pools.close(id);
    assert!(pools.call(id, "count".to_string(), Vec::new()).is_none());
  }
}
