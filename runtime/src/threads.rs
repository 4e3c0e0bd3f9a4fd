//! WebAssembly plugins on threads of their own: each thread has a runtime and an instance, and takes the next call when it is
//! done with the last. Arguments and results cross as V8 serialises them.

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

use crate::Builder;
use crate::Error;
use crate::Runtime;

/// A call of an op on a thread.
struct Job {
  op: String,
  arguments: Vec<u8>,
  reply: oneshot::Sender<CallResult>,
}

/// The result's bytes, or why JavaScript itself failed.
type CallResult = Result<Vec<u8>, OpFailure>;

/// The threads of one plugin. They end when this is dropped, each after the call that it runs.
pub(crate) struct Pool {
  jobs: mpsc::Sender<Job>,
}

impl Pool {
  /// Starts `count` threads that open a plugin as `setup` says (see `js/threads.js`), and waits until all have. Gives what the
  /// plugin is.
  ///
  /// # Errors
  ///
  /// Why a thread could not open it, in words.
  pub(crate) fn open(settings: &Builder, setup: Vec<u8>, count: usize) -> Result<(Self, Vec<u8>), String> {
    let (jobs, queue) = mpsc::channel();
    let queue = Arc::new(Mutex::new(queue));
    let setup = Arc::new(setup);
    let (opened, all_opened) = mpsc::channel();
    for index in 0..count {
      let (settings, setup, queue, opened) = (settings.clone(), setup.clone(), queue.clone(), opened.clone());
      let work = move || run(settings, &setup, &queue, &opened);
      let started = thread::Builder::new().name(format!("plugbay-guest-{index}")).spawn(work);
      started.map_err(|error| format!("a thread cannot be made: {error}"))?;
    }
    drop(opened);
    let mut description = Err("no thread was asked for".to_string());
    for _ in 0..count {
      let answer = all_opened.recv().unwrap_or_else(|_| Err("a thread has ended before it was ready".to_string()));
      description = Ok(answer?);
    }
    Ok((Self { jobs }, description?))
  }

  /// Has the next thread that is free call an op. Nothing comes when the thread ends before it is done.
  pub(crate) fn call(&self, op: String, arguments: Vec<u8>) -> oneshot::Receiver<CallResult> {
    let (reply, result) = oneshot::channel();
    // If all threads are gone, so is the sender of the reply.
    let _ = self.jobs.send(Job { op, arguments, reply });
    result
  }
}

/// What a thread does.
fn run(
  settings: Builder,
  setup: &[u8],
  queue: &Mutex<mpsc::Receiver<Job>>,
  opened: &mpsc::Sender<Result<Vec<u8>, String>>,
) {
  let (mut runtime, description) = match begin(&settings, setup) {
    Ok(begun) => begun,
    Err(error) => {
      let _ = opened.send(Err(error.to_string()));
      return;
    }
  };
  // Nobody listens any more when another thread has failed.
  if opened.send(Ok(description)).is_err() {
    return;
  }
  loop {
    let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
    let Ok(Job { op, arguments, reply }) = job else { return };
    let result = runtime.call_as_worker(&op, arguments);
    let is_at_its_end = matches!(result, Err(Error::HeapLimit { .. }));
    // Whoever has asked may have closed the plugin.
    let _ = reply.send(result.map_err(|error| failure(&op, &error)));
    if is_at_its_end {
      // A thread has one runtime at a time.
      drop(runtime);
      match begin(&settings, setup) {
        Ok((next, _)) => runtime = next,
        Err(error) => {
          tracing::warn!("a thread of a plugin ends: {error}");
          return;
        }
      }
    }
  }
}

/// A runtime in which the plugin is open, and what the plugin is.
fn begin(settings: &Builder, setup: &[u8]) -> Result<(Runtime, Vec<u8>), Error> {
  let mut runtime = settings.clone().build()?;
  let description = runtime.open_as_worker(setup)?;
  Ok((runtime, description))
}

fn failure(op: &str, error: &Error) -> OpFailure {
  match error {
    Error::HeapLimit { limit } => OpFailure::new(
      "RangeError",
      "ERR_HEAP_LIMIT",
      format!("op {op} has filled V8's heap of {} MiB on its thread, which begins anew", limit >> 20),
    ),
    error => OpFailure::new("Error", "ERR_PLUGIN_THREADS", format!("op {op} failed on its thread: {error}")),
  }
}

/// The pools of a runtime, by number.
#[derive(Default)]
pub(crate) struct Pools {
  open: RefCell<HashMap<u32, Pool>>,
  next: Cell<u32>,
}

impl Pools {
  pub(crate) fn add(&self, pool: Pool) -> u32 {
    let id = self.next.replace(self.next.get() + 1);
    self.open.borrow_mut().insert(id, pool);
    id
  }

  /// As [`Pool::call`]; `None` when the pool is closed.
  pub(crate) fn call(&self, id: u32, op: String, arguments: Vec<u8>) -> Option<oneshot::Receiver<CallResult>> {
    Some(self.open.borrow().get(&id)?.call(op, arguments))
  }

  pub(crate) fn close(&self, id: u32) {
    let pool = self.open.borrow_mut().remove(&id);
    drop(pool);
  }
}
