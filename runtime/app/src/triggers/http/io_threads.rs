//! I/O threads: each owns connections for as long as these last, and has a tokio of its own, so that what one of them
//! does wakes no other thread, and all that lanes answer while it is awake or about to be wakes it once.

use std::io;
use std::thread;

use hyper::rt::Executor;
use tokio::runtime::Builder;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::LocalSet;
use tokio::task::spawn_local;

/// Begins something on an I/O thread, by [`spawn_local`].
type Task = Box<dyn FnOnce() + Send>;

/// The I/O threads of a server. What they still do is dropped soon after this is.
pub(crate) struct IoThreads {
  threads: Vec<mpsc::UnboundedSender<Task>>,
  next: usize,
}

impl IoThreads {
  /// Half as many as processors: lanes need the others.
  ///
  /// # Errors
  ///
  /// When the system has no thread or no poll left.
  pub(crate) fn start() -> io::Result<Self> {
    let count = thread::available_parallelism().map_or(1, usize::from).div_ceil(2);
    let threads = (0..count).map(start_one).collect::<io::Result<_>>()?;
    Ok(Self { threads, next: 0 })
  }

  /// Has the next of them do something: what `task` gives stays there.
  pub(crate) fn run<F: Future<Output = ()> + 'static>(&mut self, task: impl FnOnce() -> F + Send + 'static) {
    self.next = (self.next + 1) % self.threads.len();
    // They end after this.
    let _ = self.threads[self.next].send(Box::new(|| drop(spawn_local(task()))));
  }
}

fn start_one(number: usize) -> io::Result<mpsc::UnboundedSender<Task>> {
  let tokio = Builder::new_current_thread().enable_all().build()?;
  let (sender, tasks) = mpsc::unbounded_channel();
  thread::Builder::new().name(format!("io-{number}")).spawn(move || run(&tokio, tasks))?;
  Ok(sender)
}

/// Until nobody has anything for it any more.
fn run(tokio: &Runtime, mut tasks: mpsc::UnboundedReceiver<Task>) {
  LocalSet::new().block_on(tokio, async {
    while let Some(task) = tasks.recv().await {
      task();
    }
  });
}

/// Runs what a connection begins on the thread of the connection.
#[derive(Clone, Copy)]
pub(crate) struct SameThread;

impl<F: Future<Output: 'static> + 'static> Executor<F> for SameThread {
  fn execute(&self, future: F) {
    spawn_local(future);
  }
}

#[cfg(test)]
mod tests {
  use std::sync::mpsc;

  use super::*;

  #[test]
  fn what_begins_on_a_thread_stays_there_and_ends_with_it() {
    let (says, said) = mpsc::channel();
    let mut threads = IoThreads::start().expect("the system has threads");
    for _ in 0..threads.threads.len() {
      let says = says.clone();
      threads.run(move || async move {
        let here = thread::current().id();
        let elsewhere = says.clone();
        SameThread.execute(async move {
          elsewhere.send((here, thread::current().id())).expect("somebody listens");
          std::future::pending::<()>().await;
        });
        std::future::pending::<()>().await;
        drop(says);
      });
    }
    drop(says);
    let mut seen = Vec::new();
    for _ in 0..threads.threads.len() {
      let (first, second) = said.recv().expect("each says it");
      assert_eq!(first, second);
      assert!(!seen.contains(&first), "they take turns");
      seen.push(first);
    }
    drop(threads);
    // The senders are dropped with what would never be done.
    assert!(said.recv().is_err());
  }
}
