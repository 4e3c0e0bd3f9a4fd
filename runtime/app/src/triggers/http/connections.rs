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
use std::time::Duration;
use std::time::Instant;

use tokio::sync::Notify;

use super::body::Given;
use crate::meters::Meters;

/// Of so many connections one is closed when all are taken, so that it is not looked for each time.
const PART: usize = 64;

/// The connections of a server.
pub(crate) struct Connections {
  most: usize,
  began: Instant,
  meters: Arc<Meters>,
  open: Mutex<Open>,
  /// The last has ended.
  emptied: Notify,
}

#[derive(Default)]
struct Open {
  next: u64,
  by_number: HashMap<u64, Arc<State>>,
  is_stopping: bool,
}

/// What is known of a connection.
struct State {
  /// When its server began.
  began: Instant,
  /// Requests that are not read or not answered to the end.
  requests: AtomicUsize,
  /// Milliseconds from the server's start until it was last idle.
  idle_since: AtomicU64,
  /// It is to end.
  close: Notify,
  /// Answers of HTTP/2 that are being sent, and some that have been.
  answers: Mutex<Vec<Weak<Given>>>,
}

impl State {
  fn now(&self) -> u64 {
    self.began.elapsed().as_millis() as u64
  }

  fn is_idle(&self) -> bool {
    self.requests.load(Ordering::Acquire) == 0
  }
}

/// A connection that is counted until this is dropped.
pub(crate) struct Connection {
  connections: Arc<Connections>,
  number: u64,
  state: Arc<State>,
}

/// A connection that nothing serves, until this is dropped.
pub(crate) struct Resting<'c>(&'c Connections);

/// A request of a connection, which is not idle until this is dropped.
pub(crate) struct Busy(Arc<State>);

impl Connections {
  pub(crate) fn new(most: usize, meters: Arc<Meters>) -> Arc<Self> {
    let (began, open, emptied) = (Instant::now(), Mutex::default(), Notify::new());
    Arc::new(Self { most: most.max(1), began, meters, open, emptied })
  }

  fn open(&self) -> MutexGuard<'_, Open> {
    self.open.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// Counts one more; nothing where there are too many.
  pub(crate) fn admit(self: &Arc<Self>) -> Option<Connection> {
    let mut open = self.open();
    if open.by_number.len() >= self.most && self.close_idle(&mut open) == 0 {
      self.meters.refused_connections.inc();
      return None;
    }
    let idle_since = AtomicU64::new(self.began.elapsed().as_millis() as u64);
    let (requests, close, answers) = (AtomicUsize::new(0), Notify::new(), Mutex::default());
    let state = Arc::new(State { began: self.began, requests, idle_since, close, answers });
    let number = open.next;
    open.next += 1;
    open.by_number.insert(number, state.clone());
    self.meters.connections.set(open.by_number.len() as i64);
    Some(Connection { connections: self.clone(), number, state })
  }

  /// Has all of them end with the answers that they owe, and waits until they have. No more may be admitted.
  pub(crate) async fn stop(&self) {
    {
      let mut open = self.open();
      open.is_stopping = true;
      open.by_number.values().for_each(|state| state.close.notify_one());
    }
    loop {
      let emptied = self.emptied.notified();
      if self.open().by_number.is_empty() {
        return;
      }
      emptied.await;
    }
  }

  /// Has the oldest close that are idle; gives how many.
  fn close_idle(&self, open: &mut Open) -> usize {
    let idle = open.by_number.iter().filter(|(_, state)| state.is_idle());
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
    Busy(self.state.clone())
  }

  /// How long it has had no request; nothing while it has one.
  pub(crate) fn idle(&self) -> Option<Duration> {
    let since = || self.state.idle_since.load(Ordering::Relaxed);
    self.state.is_idle().then(|| Duration::from_millis(self.state.now().saturating_sub(since())))
  }

  /// Nothing serves it from now on.
  pub(crate) fn rest(&self) -> Resting<'_> {
    self.connections.meters.resting_connections.inc();
    Resting(&self.connections)
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

  /// Whether an answer is not read for too long. Who writes to the connection may not see it: others may be read.
  pub(crate) fn has_unread(&self) -> bool {
    let mut answers = self.answers();
    answers.retain(|answer| answer.strong_count() > 0);
    answers.iter().filter_map(Weak::upgrade).any(|answer| answer.is_unread())
  }

  /// Waits until it is to end; gives whether it is to answer first what is being asked.
  pub(crate) async fn closing(&self) -> bool {
    loop {
      self.state.close.notified().await;
      let mut open = self.connections.open();
      if open.is_stopping || self.state.is_idle() {
        return open.is_stopping;
      }
      // A request has come since it was chosen to make room.
      open.by_number.insert(self.number, self.state.clone());
    }
  }
}

impl Drop for Connection {
  fn drop(&mut self) {
    let mut open = self.connections.open();
    open.by_number.remove(&self.number);
    self.connections.meters.connections.set(open.by_number.len() as i64);
    if open.by_number.is_empty() {
      self.connections.emptied.notify_waiters();
    }
  }
}

impl Drop for Resting<'_> {
  fn drop(&mut self) {
    self.0.meters.resting_connections.dec();
  }
}

impl Busy {
  /// Another that has to be dropped too.
  pub(crate) fn share(&self) -> Self {
    self.0.requests.fetch_add(1, Ordering::Relaxed);
    Self(self.0.clone())
  }
}

impl Drop for Busy {
  fn drop(&mut self) {
    self.0.idle_since.store(self.0.now(), Ordering::Relaxed);
    self.0.requests.fetch_sub(1, Ordering::Release);
  }
}

#[cfg(test)]
mod tests {
  use futures::FutureExt;

  use super::*;
  use crate::triggers::http::body::PATIENCE;

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
    assert!(!futures::executor::block_on(second.closing()));
    drop(second);
    assert!(connections.admit().is_some(), "the third is idle");
    drop((busy, third));
    assert!(connections.admit().is_some());
  }

  #[test]
  fn who_was_to_make_room_and_has_a_request_is_counted_again() {
    let connections = connections(1);
    let first = connections.admit().expect("there is room");
    let second = connections.admit().expect("the first is idle");
    let busy = first.begin();
    assert!(first.closing().now_or_never().is_none());
    drop(second);
    assert!(connections.admit().is_none(), "the first is busy");
    let stopping = async {
      tokio::join!(connections.stop(), async {
        assert!(first.closing().await);
        drop((busy, first));
      })
    };
    futures::executor::block_on(stopping);
  }

  #[test]
  fn how_long_a_connection_is_idle_counts_from_its_last_request() {
    let connections = connections(1);
    let connection = connections.admit().expect("there is room");
    assert!(connection.idle().is_some());
    let busy = connection.begin();
    let other = busy.share();
    drop(busy);
    assert!(connection.idle().is_none());
    drop(other);
    assert!(connection.idle().is_some());
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
