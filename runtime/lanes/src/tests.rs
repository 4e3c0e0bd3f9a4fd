//! Tests of pools.

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

  fn ender(&self) -> Ender {
    Box::new(|| {})
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
  assert_is_tried_again(&factory, "not now");
}

/// Of a factory that fails for the third to the fifth lane.
fn assert_is_tried_again(factory: &Arc<Factory>, why: &str) {
  let (pool, _) = Pool::open(factory, 1).expect("it starts");
  let mut refused = 0;
  let mut end = || match call(&pool, "end").expect_err("it ends") {
    failure if failure.error == Some(ErrorCode::HeapLimit) => {}
    failure => {
      assert_eq!(*failure.message, *why, "the lane that could not be made came before the spare");
      refused += 1;
    }
  };
  end();
  end();
  while let Err(failure) = call(&pool, "count") {
    assert_eq!(*failure.message, *why);
    refused += 1;
  }
  assert!((1..=3).contains(&refused), "each is told of once at most, {refused}");
}

#[test]
fn a_lane_that_panics_leaves_its_place_to_the_next_however_often() {
  static MADE: AtomicU32 = AtomicU32::new(0);
  let (pool, _) = Pool::open(&counters(&MADE), 1).expect("it starts");
  for _ in 0..5 {
    assert!(pool.call("panic".to_string(), Vec::new()).blocking_recv().is_err(), "nothing comes");
    assert_eq!(call(&pool, "count"), Ok(vec![9, 1]));
  }
}

#[test]
fn a_factory_that_panics_is_told_of_and_tried_again() {
  static MADE: AtomicU32 = AtomicU32::new(0);
  let factory: Arc<Factory> = Arc::new(|| match MADE.fetch_add(1, Ordering::Relaxed) {
    2..5 => panic!("as asked"),
    _ => Ok((Box::new(Counter(0)) as Box<dyn Lane>, Vec::new())),
  });
  assert_is_tried_again(&factory, "its thread has panicked");
}

#[test]
fn a_pool_that_is_dropped_ends_the_calls_that_run_and_lets_go_of_those_that_wait() {
  /// Runs until it is ended.
  struct Endless(mpsc::Receiver<()>, mpsc::Sender<()>, mpsc::Sender<()>);
  impl Lane for Endless {
    fn call(&mut self, _: &str, _: Vec<u8>) -> Result<Vec<u8>, LaneFailure> {
      let _ = self.2.send(());
      let _ = self.0.recv();
      Ok(Vec::new())
    }

    fn ender(&self) -> Ender {
      let end = self.1.clone();
      Box::new(move || {
        let _ = end.send(());
      })
    }
  }
  let (began, begun) = mpsc::channel();
  let began = Mutex::new(began);
  let factory: Arc<Factory> = Arc::new(move || {
    let (end, ended) = mpsc::channel();
    let began = began.lock().expect("nobody panics").clone();
    Ok((Box::new(Endless(ended, end, began)) as Box<dyn Lane>, Vec::new()))
  });
  let (pool, _) = Pool::open(&factory, 1).expect("it starts");
  let (runs, waits) = (pool.call("run".to_string(), Vec::new()), pool.call("wait".to_string(), Vec::new()));
  begun.recv().expect("the first call begins");
  drop(factory);
  drop(pool);
  assert!(runs.blocking_recv().is_err() && waits.blocking_recv().is_err(), "nobody answers");
  // All senders are gone when all lanes are: the second call has not begun.
  assert_eq!(begun.iter().count(), 0);
}

#[test]
fn a_pool_that_is_dropped_ends_all_its_lanes() {
  struct Ending(mpsc::Sender<()>);
  impl Lane for Ending {
    fn call(&mut self, _: &str, arguments: Vec<u8>) -> Result<Vec<u8>, LaneFailure> {
      Ok(arguments)
    }

    fn ender(&self) -> Ender {
      Box::new(|| {})
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
