//! Lanes: threads that each have a runtime of their own, made by a factory, and take the next call when they are done
//! with the last. Whatever runs there, arguments and results are bytes here. Threads of plugins (`options.threads`) use
//! them.

#![forbid(unsafe_code)]

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;

use plugbay_core::OpFailure;
use tokio::sync::oneshot;

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
/// error is why not, in words.
pub type Factory = dyn Fn() -> Result<(Box<dyn Lane>, Vec<u8>), String> + Send + Sync;

/// What a call gives.
pub type CallResult = Result<Vec<u8>, OpFailure>;

/// A call of an op on a lane.
struct Job {
  op: String,
  arguments: Vec<u8>,
  reply: oneshot::Sender<CallResult>,
}

/// Lanes that do the same. They end when this is dropped, each after the call that it runs.
pub struct Pool {
  jobs: mpsc::Sender<Job>,
}

impl Pool {
  /// Starts `count` lanes and waits until all are ready. Gives what the factory says of the last.
  ///
  /// # Errors
  ///
  /// Why one could not start, in words. Then none goes on.
  pub fn open(factory: &Arc<Factory>, count: usize) -> Result<(Self, Vec<u8>), String> {
    let (jobs, queue) = mpsc::channel();
    let queue = Arc::new(Mutex::new(queue));
    let (ready, all_ready) = mpsc::channel();
    for index in 0..count {
      let (factory, queue, ready) = (factory.clone(), queue.clone(), ready.clone());
      let work = move || run(&*factory, &queue, &ready);
      let started = thread::Builder::new().name(format!("plugbay-lane-{index}")).spawn(work);
      started.map_err(|error| format!("a thread cannot be made: {error}"))?;
    }
    drop(ready);
    let mut description = Err("no thread was asked for".to_string());
    for _ in 0..count {
      let answer = all_ready.recv().unwrap_or_else(|_| Err("a thread has ended before it was ready".to_string()));
      description = Ok(answer?);
    }
    Ok((Self { jobs }, description?))
  }

  /// Has the next lane that is free call an op. Nothing comes when the lane ends before it is done.
  pub fn call(&self, op: String, arguments: Vec<u8>) -> oneshot::Receiver<CallResult> {
    let (reply, result) = oneshot::channel();
    // If all threads are gone, so is the sender of the reply.
    let _ = self.jobs.send(Job { op, arguments, reply });
    result
  }
}

/// What a thread does.
fn run(factory: &Factory, queue: &Mutex<mpsc::Receiver<Job>>, ready: &mpsc::Sender<Result<Vec<u8>, String>>) {
  let mut lane = match factory() {
    // Nobody listens any more when another thread has failed.
    Ok((_, description)) if ready.send(Ok(description.clone())).is_err() => return,
    Ok((lane, _)) => lane,
    Err(why) => {
      let _ = ready.send(Err(why));
      return;
    }
  };
  loop {
    let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let Ok(Job { op, arguments, reply }) = job else { return };
    let result = lane.call(&op, arguments);
    let is_over = result.as_ref().is_err_and(|failure| failure.is_over);
    // Whoever has asked may have closed the pool.
    let _ = reply.send(result.map_err(|failure| failure.failure));
    if is_over {
      // A thread has one runtime at a time.
      drop(lane);
      match factory() {
        Ok((next, _)) => lane = next,
        Err(error) => {
          tracing::warn!("a thread of a plugin ends: {error}");
          return;
        }
      }
    }
  }
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
        "end" => Err(LaneFailure { failure: OpFailure::new("RangeError", "ERR_HEAP_LIMIT", "full"), is_over: true }),
        "fail" => Err(LaneFailure { failure: OpFailure::new("Error", "", "no"), is_over: false }),
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
    assert_eq!(*call(&pool, "end").expect_err("it ends").code, *"ERR_HEAP_LIMIT");
    assert_eq!(call(&pool, "count"), Ok(vec![9, 1]));
    assert_eq!(MADE.load(Ordering::Relaxed), 2);
  }

  #[test]
  fn a_pool_starts_whole_or_not_at_all() {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let factory: Arc<Factory> = Arc::new(|| match MADE.fetch_add(1, Ordering::Relaxed) {
      2 => Err("the third does not start".to_string()),
      _ => Ok((Box::new(Counter(0)) as Box<dyn Lane>, Vec::new())),
    });
    assert_eq!(Pool::open(&factory, 3).err().as_deref(), Some("the third does not start"));
    assert_eq!(Pool::open(&counters(&MADE), 0).err().as_deref(), Some("no thread was asked for"));
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
