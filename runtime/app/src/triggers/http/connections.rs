//! Which connections are open: no more than a number of them. When one more comes the oldest are closed that are idle,
//! and it is refused where none is.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Instant;

use rustix::process::Resource;
use rustix::process::Rlimit;
use rustix::process::getrlimit;
use rustix::process::setrlimit;
use tokio::sync::Notify;

use super::body::Given;
use super::body::PATIENCE;
use crate::meters::Meters;

/// Of so many connections one is closed when all are taken, so that it is not looked for each time.
const PART: usize = 64;
/// How many files a process has open that are no connections.
const FILES_BESIDES: u64 = 256;

/// How many connections the system lets be open of those that are asked for; a process may not have as many files as
/// it could, until it asks.
pub(crate) fn allowed(asked: usize) -> usize {
  let limit = getrlimit(Resource::Nofile);
  let most = limit.maximum.unwrap_or(u64::MAX);
  let wanted = (asked as u64).saturating_add(FILES_BESIDES).min(most);
  let mut current = limit.current.unwrap_or(u64::MAX);
  if current < wanted && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok() {
    current = wanted;
  }
  let possible = usize::try_from(current.saturating_sub(FILES_BESIDES)).unwrap_or(usize::MAX).max(1);
  if possible < asked {
    tracing::warn!(target: "app", "the system lets {possible} connections be open, not {asked}: see ulimit -n");
  }
  possible.min(asked)
}

/// The connections of a server.
pub(crate) struct Connections {
  most: usize,
  began: Instant,
  meters: Arc<Meters>,
  open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
  next: u64,
  by_number: HashMap<u64, Arc<State>>,
}

/// What is known of a connection.
#[derive(Default)]
struct State {
  /// Requests that are not answered to the end.
  requests: AtomicUsize,
  /// Milliseconds from the server's start until it was last idle.
  idle_since: AtomicU64,
  close: Notify,
  /// Answers that are being sent, and some that have been.
  answers: Mutex<Vec<Weak<Given>>>,
}

/// A connection that is counted until this is dropped.
pub(crate) struct Connection {
  connections: Arc<Connections>,
  number: u64,
  state: Arc<State>,
}

/// A request of a connection, which is not idle until this is dropped.
pub(crate) struct Busy {
  connections: Arc<Connections>,
  state: Arc<State>,
}

impl Connections {
  pub(crate) fn new(most: usize, meters: Arc<Meters>) -> Arc<Self> {
    Arc::new(Self { most: most.max(1), began: Instant::now(), meters, open: Mutex::default() })
  }

  fn open(&self) -> MutexGuard<'_, Open> {
    self.open.lock().unwrap_or_else(PoisonError::into_inner)
  }

  fn now(&self) -> u64 {
    self.began.elapsed().as_millis() as u64
  }

  /// Counts one more; nothing where there are too many.
  pub(crate) fn admit(self: &Arc<Self>) -> Option<Connection> {
    let mut open = self.open();
    if open.by_number.len() >= self.most && self.close_idle(&mut open) == 0 {
      self.meters.refused_connections.inc();
      return None;
    }
    let (number, state) = (open.next, Arc::new(State::default()));
    state.idle_since.store(self.now(), Ordering::Relaxed);
    open.next += 1;
    open.by_number.insert(number, state.clone());
    self.meters.connections.set(open.by_number.len() as i64);
    Some(Connection { connections: self.clone(), number, state })
  }

  /// Has the oldest close that are idle; gives how many.
  fn close_idle(&self, open: &mut Open) -> usize {
    let is_idle = |state: &State| state.requests.load(Ordering::Relaxed) == 0;
    let idle = open.by_number.iter().filter(|(_, state)| is_idle(state));
    let mut idle = idle.map(|(&number, state)| (state.idle_since.load(Ordering::Relaxed), number)).collect::<Vec<_>>();
    let count = (self.most / PART + 1).min(idle.len());
    if count > 0 && count < idle.len() {
      idle.select_nth_unstable(count - 1);
    }
    for (_, number) in &idle[..count] {
      if let Some(state) = open.by_number.remove(number) {
        state.close.notify_one();
        self.meters.closed_idle.inc();
      }
    }
    count
  }
}

impl Connection {
  /// A request begins.
  pub(crate) fn begin(&self) -> Busy {
    self.state.requests.fetch_add(1, Ordering::Relaxed);
    Busy { connections: self.connections.clone(), state: self.state.clone() }
  }

  /// An answer is being sent, of which somebody has to see that it is read.
  pub(crate) fn sends(&self, answer: Weak<Given>) {
    let mut answers = self.answers();
    if answers.len() == answers.capacity() {
      answers.retain(|answer| answer.strong_count() > 0);
      let length = answers.len();
      answers.reserve(length + 1);
    }
    answers.push(answer);
  }

  fn answers(&self) -> MutexGuard<'_, Vec<Weak<Given>>> {
    self.state.answers.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// Waits until an answer is not read for too long. Who writes to the connection may not see it: others may be read.
  pub(crate) async fn until_unread(&self) {
    while !self.has_unread() {
      tokio::time::sleep(PATIENCE / 4).await;
    }
  }

  fn has_unread(&self) -> bool {
    let mut answers = self.answers();
    answers.retain(|answer| answer.strong_count() > 0);
    answers.iter().filter_map(Weak::upgrade).any(|answer| answer.is_unread())
  }

  /// Runs what serves it, unless it is closed first.
  pub(crate) async fn run(&self, serve: impl Future<Output = ()>) {
    let closed = async {
      self.state.close.notified().await;
      // A request may have come meanwhile.
      if self.state.requests.load(Ordering::Relaxed) > 0 {
        std::future::pending::<()>().await;
      }
    };
    tokio::select! {
      biased;
      () = serve => {}
      () = closed => {}
    }
  }
}

impl Drop for Connection {
  fn drop(&mut self) {
    let mut open = self.connections.open();
    open.by_number.remove(&self.number);
    self.connections.meters.connections.set(open.by_number.len() as i64);
  }
}

impl Drop for Busy {
  fn drop(&mut self) {
    self.state.idle_since.store(self.connections.now(), Ordering::Relaxed);
    self.state.requests.fetch_sub(1, Ordering::Relaxed);
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  fn connections(most: usize) -> Arc<Connections> {
    Connections::new(most, Arc::new(Meters::new()))
  }

  #[test]
  fn who_is_idle_makes_room_and_who_is_busy_does_not() {
    let connections = connections(2);
    let (first, second) = (connections.admit().expect("there is room"), connections.admit().expect("there is room"));
    let (busy, also_busy) = (first.begin(), second.begin());
    assert!(connections.admit().is_none());
    drop(also_busy);
    let third = connections.admit().expect("the second is idle");
    futures::executor::block_on(second.run(std::future::pending()));
    drop(second);
    assert!(connections.admit().is_some(), "the third is idle");
    drop((busy, third));
    assert!(connections.admit().is_some());
  }

  #[test]
  fn answers_that_were_sent_are_forgotten() {
    let connections = connections(1);
    let connection = connections.admit().expect("there is room");
    let unread = || Arc::new(Given::since(PATIENCE));
    for _ in 0..1000 {
      connection.sends(Arc::downgrade(&unread()));
    }
    assert!(connection.answers().len() < 10);
    let read = Arc::new(Given::since(PATIENCE / 2));
    connection.sends(Arc::downgrade(&read));
    assert!(!connection.has_unread());
    let unread = unread();
    connection.sends(Arc::downgrade(&unread));
    assert!(connection.has_unread());
  }
}
