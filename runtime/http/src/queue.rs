//! The queue of the requests that isolates answer: bounded, and the next goes to whoever is free.
//!
//! To wake a thread takes longer than most answers. So an isolate that is awake, and looks for the next request soon,
//! is left to take all that come meanwhile. Another is woken where that will not do: when requests take long, and when
//! one has waited for longer than it should ([`RequestSender::watch`]).

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::task::Waker;
use std::time::Duration;
use std::time::Instant;

use crate::Exchange;

/// Where it takes longer from one request to the next, to wake another isolate is worth it.
const LONG: Duration = Duration::from_micros(50);

/// A queue of so many requests at most: who puts them in, and who takes them.
pub fn request_queue(capacity: usize) -> (RequestSender, Requests) {
  let waiting = VecDeque::with_capacity(capacity);
  let state = State { waiting, capacity, takers: Vec::new(), is_closed: false, senders: 1, receivers: 1 };
  let queue = Arc::new(Queue { state: Mutex::new(state), is_watched: AtomicBool::new(false) });
  (RequestSender(queue.clone()), Requests(queue))
}

struct Queue {
  state: Mutex<State>,
  is_watched: AtomicBool,
}

struct State {
  waiting: VecDeque<Exchange>,
  capacity: usize,
  /// By the numbers of takers.
  takers: Vec<Status>,
  is_closed: bool,
  senders: usize,
  receivers: usize,
}

/// What is known of a taker.
enum Status {
  /// It looks for the next request soon.
  Awake,
  /// It has found nothing, and wants to be woken.
  Idle(Waker),
  /// It takes no more for now, or has not looked for too long.
  Away,
  /// It is dropped: another may have its number.
  Gone,
}

impl Queue {
  fn lock(&self) -> MutexGuard<'_, State> {
    self.state.lock().unwrap_or_else(PoisonError::into_inner)
  }

  fn close(&self) {
    let woken = {
      let mut state = self.lock();
      state.is_closed = true;
      std::iter::from_fn(|| state.next_idle()).collect::<Vec<_>>()
    };
    woken.into_iter().for_each(Waker::wake);
  }
}

impl State {
  /// Whom to wake, if that has to be for what waits to be taken. It is always the first that sleeps: few are awake.
  fn whom_to_wake(&mut self) -> Option<Waker> {
    let is_seen_to = self.waiting.is_empty() || self.takers.iter().any(|taker| matches!(taker, Status::Awake));
    if is_seen_to { None } else { self.next_idle() }
  }

  /// The first that sleeps, which is awake from then on.
  fn next_idle(&mut self) -> Option<Waker> {
    let idle = self.takers.iter_mut().find(|taker| matches!(taker, Status::Idle(_)))?;
    match std::mem::replace(idle, Status::Awake) {
      Status::Idle(waker) => Some(waker),
      _ => None,
    }
  }
}

fn wake(waker: Option<Waker>) {
  drop(Wake(waker));
}

/// Wakes who takes a request, if somebody has to be woken: when it is dropped.
pub struct Wake(Option<Waker>);

impl Wake {
  /// Whether anybody has to be woken.
  pub fn is_due(&self) -> bool {
    self.0.is_some()
  }
}

impl Drop for Wake {
  fn drop(&mut self) {
    if let Some(waker) = self.0.take() {
      waker.wake();
    }
  }
}

/// Why a queue does not take a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
  /// Too many wait.
  Full,
  /// Nobody answers any more.
  Closed,
}

/// Puts requests in. When the last is dropped, there are no more when all that wait are taken.
pub struct RequestSender(Arc<Queue>);

impl RequestSender {
  /// Puts a request in; gives what wakes who takes it. Who puts in several drops that after the last of them: to wake
  /// a thread for each takes longer than most answers.
  ///
  /// # Errors
  ///
  /// When that cannot be; the request is dropped.
  pub fn send(&self, exchange: Exchange) -> Result<Wake, NotTaken> {
    let mut state = self.0.lock();
    if state.is_closed {
      return Err(NotTaken::Closed);
    }
    if state.waiting.len() >= state.capacity {
      return Err(NotTaken::Full);
    }
    state.waiting.push_back(exchange);
    Ok(Wake(state.whom_to_wake()))
  }

  /// Sees to it that those that wait are taken: has others be woken where that takes too long. Nothing where somebody
  /// sees to it already.
  #[must_use]
  pub fn watch(&self) -> Option<Watch> {
    if self.0.is_watched.load(Ordering::SeqCst) {
      return None;
    }
    let mut watch = Watch { sender: self.clone(), is_on: false };
    watch.begin().then_some(watch)
  }

  /// Wakes another if requests wait, and gives whether some do: those that have had the time to take them are busy.
  pub fn nudge(&self) -> bool {
    let (woken, has_waiting) = {
      let mut state = self.0.lock();
      if !state.waiting.is_empty() {
        for taker in state.takers.iter_mut().filter(|taker| matches!(taker, Status::Awake)) {
          *taker = Status::Away;
        }
      }
      (state.whom_to_wake(), !state.waiting.is_empty())
    };
    wake(woken);
    has_waiting
  }

  /// How many wait.
  #[must_use]
  pub fn waiting(&self) -> usize {
    self.0.lock().waiting.len()
  }
}

/// Sees to it that the requests of a queue are taken.
pub struct Watch {
  sender: RequestSender,
  is_on: bool,
}

impl Watch {
  /// Until none waits: each time that `pause` is over, those that have not taken what waits are known to be busy.
  pub async fn run<P: Future<Output = ()>>(mut self, pause: impl Fn() -> P) {
    loop {
      pause().await;
      // Who puts a request in from now on has another watch.
      self.end();
      if !self.sender.nudge() || !self.begin() {
        return;
      }
    }
  }

  fn begin(&mut self) -> bool {
    self.is_on = !self.sender.0.is_watched.swap(true, Ordering::SeqCst);
    self.is_on
  }

  fn end(&mut self) {
    if std::mem::take(&mut self.is_on) {
      self.sender.0.is_watched.store(false, Ordering::SeqCst);
    }
  }
}

impl Drop for Watch {
  fn drop(&mut self) {
    self.end();
  }
}

impl Clone for RequestSender {
  fn clone(&self) -> Self {
    self.0.lock().senders += 1;
    Self(self.0.clone())
  }
}

impl Drop for RequestSender {
  fn drop(&mut self) {
    let left = {
      let mut state = self.0.lock();
      state.senders -= 1;
      state.senders
    };
    if left == 0 {
      self.0.close();
    }
  }
}

/// The requests that wait. Whoever is free takes the next; all that answer the same have one queue. When the last is
/// dropped no more are put in.
pub struct Requests(Arc<Queue>);

impl Clone for Requests {
  fn clone(&self) -> Self {
    self.0.lock().receivers += 1;
    Self(self.0.clone())
  }
}

impl Drop for Requests {
  fn drop(&mut self) {
    let left = {
      let mut state = self.0.lock();
      state.receivers -= 1;
      state.receivers
    };
    if left == 0 {
      self.close();
    }
  }
}

impl Requests {
  /// Takes no more, and drops those that wait.
  pub fn close(&self) {
    self.0.close();
    let waiting = std::mem::take(&mut self.0.lock().waiting);
    drop(waiting);
  }

  /// Whether no more will come, and none waits.
  #[must_use]
  pub fn are_over(&self) -> bool {
    let state = self.0.lock();
    state.is_closed && state.waiting.is_empty()
  }

  /// Whether both are of one queue.
  #[must_use]
  pub fn same_queue(&self, other: &Self) -> bool {
    Arc::ptr_eq(&self.0, &other.0)
  }

  /// One more who takes requests.
  #[must_use]
  pub fn taker(&self) -> Taker {
    let mut state = self.0.lock();
    let free = state.takers.iter().position(|taker| matches!(taker, Status::Gone));
    let number = free.unwrap_or(state.takers.len());
    match free {
      Some(number) => state.takers[number] = Status::Away,
      None => state.takers.push(Status::Away),
    }
    drop(state);
    Taker { requests: self.clone(), number, last: None, is_slow: true }
  }
}

/// Takes requests of a queue, for an isolate.
pub struct Taker {
  requests: Requests,
  number: usize,
  /// When it has taken one, unless it has found none since.
  last: Option<Instant>,
  /// Whether the next is looked for long after one.
  is_slow: bool,
}

impl Taker {
  /// The next request; none when no more will come.
  pub fn poll_next(&mut self, cx: &Context<'_>) -> Poll<Option<Exchange>> {
    let mut state = self.requests.0.lock();
    let Some(exchange) = state.waiting.pop_front() else {
      self.last = None;
      if state.is_closed {
        return Poll::Ready(None);
      }
      match &mut state.takers[self.number] {
        Status::Idle(waker) => waker.clone_from(cx.waker()),
        status => *status = Status::Idle(cx.waker().clone()),
      }
      return Poll::Pending;
    };
    state.takers[self.number] = Status::Awake;
    let now = Instant::now();
    if let Some(last) = self.last.replace(now) {
      self.is_slow = now - last > LONG;
    }
    let woken = if self.is_slow && !state.waiting.is_empty() { state.next_idle() } else { None };
    drop(state);
    wake(woken);
    Poll::Ready(Some(exchange))
  }

  /// Takes none until it looks for the next.
  pub fn pause(&mut self) {
    self.leave(Status::Away);
  }

  fn leave(&mut self, status: Status) {
    self.last = None;
    let woken = {
      let mut state = self.requests.0.lock();
      state.takers[self.number] = status;
      state.whom_to_wake()
    };
    wake(woken);
  }
}

impl Drop for Taker {
  fn drop(&mut self) {
    self.leave(Status::Gone);
  }
}

#[cfg(test)]
mod tests {
  use std::sync::atomic::AtomicUsize;
  use std::sync::atomic::Ordering;
  use std::task::Wake;

  use http::Request;
  use http_body_util::Empty;
  use tokio::sync::oneshot;

  use super::*;
  use crate::message_body;

  /// An isolate that takes requests, and how often it was woken.
  struct Isolate {
    taker: Taker,
    woken: Arc<Woken>,
  }

  #[derive(Default)]
  struct Woken(AtomicUsize);

  impl Wake for Woken {
    fn wake(self: Arc<Self>) {
      self.0.fetch_add(1, Ordering::Relaxed);
    }
  }

  impl Isolate {
    fn of(requests: &Requests) -> Self {
      Self { taker: requests.taker(), woken: Arc::default() }
    }

    /// The number of the next request; none when no more will come.
    fn next(&mut self) -> Poll<Option<u32>> {
      let waker = Waker::from(self.woken.clone());
      self.taker.poll_next(&Context::from_waker(&waker)).map(|next| next.map(|exchange| exchange.handler))
    }

    fn was_woken(&self) -> bool {
      self.woken.0.swap(0, Ordering::Relaxed) > 0
    }
  }

  fn request(number: u32) -> Exchange {
    let request = Request::new(message_body(Empty::new()));
    Exchange { handler: number, command: None, request, answer: oneshot::channel().0 }
  }

  #[test]
  fn one_that_is_awake_takes_what_comes() {
    let (sender, requests) = request_queue(8);
    let (mut first, mut second) = (Isolate::of(&requests), Isolate::of(&requests));
    assert!(first.next().is_pending() && second.next().is_pending());
    (0..3).for_each(|number| drop(sender.send(request(number)).expect("there is room")));
    assert!(first.was_woken() && !second.was_woken());
    assert_eq!(sender.waiting(), 3);
    // Nobody knows how long its requests take.
    first.taker.is_slow = false;
    assert_eq!(first.next(), Poll::Ready(Some(0)));
    sender.send(request(3)).expect("there is room");
    assert!(!first.was_woken() && !second.was_woken());
  }

  #[test]
  fn who_puts_in_several_wakes_one_after_the_last() {
    let (sender, requests) = request_queue(8);
    let (mut first, mut second) = (Isolate::of(&requests), Isolate::of(&requests));
    assert!(first.next().is_pending() && second.next().is_pending());
    let wakes = [0, 1].map(|number| sender.send(request(number)).expect("there is room"));
    assert!(wakes[0].is_due() && !wakes[1].is_due());
    assert!(!first.was_woken());
    drop(wakes);
    assert!(first.was_woken() && !second.was_woken());
  }

  #[test]
  fn more_are_woken_where_requests_take_long() {
    let (sender, requests) = request_queue(8);
    let (mut first, mut second) = (Isolate::of(&requests), Isolate::of(&requests));
    assert!(first.next().is_pending() && second.next().is_pending());
    (0..3).for_each(|number| drop(sender.send(request(number)).expect("there is room")));
    assert_eq!(first.next(), Poll::Ready(Some(0)));
    assert!(second.was_woken(), "it may");
    assert_eq!(second.next(), Poll::Ready(Some(1)));
  }

  #[test]
  fn who_does_not_look_keeps_no_request_from_others() {
    let (sender, requests) = request_queue(8);
    let (mut first, mut second) = (Isolate::of(&requests), Isolate::of(&requests));
    assert!(first.next().is_pending() && second.next().is_pending());
    sender.send(request(0)).expect("there is room");
    assert!(sender.nudge() && first.was_woken() && second.was_woken());
    assert_eq!((second.next(), second.next()), (Poll::Ready(Some(0)), Poll::Pending));
    assert!(!sender.nudge() && !second.was_woken(), "none waits");
    // The first is known to be busy from then on.
    sender.send(request(1)).expect("there is room");
    assert!(second.was_woken());
    assert_eq!(first.next(), Poll::Ready(Some(1)), "it is not any more");
  }

  #[test]
  fn a_watch_lasts_until_none_waits() {
    let (sender, requests) = request_queue(8);
    let (mut first, mut second) = (Isolate::of(&requests), Isolate::of(&requests));
    assert!(first.next().is_pending() && second.next().is_pending());
    sender.send(request(0)).expect("there is room");
    let mut turns = VecDeque::from([false, true]);
    let turns = std::cell::RefCell::new(&mut turns);
    let second = std::cell::RefCell::new(&mut second);
    let watch = sender.watch().expect("nobody has one");
    assert!(sender.watch().is_none());
    futures::executor::block_on(watch.run(async || {
      if turns.borrow_mut().pop_front().expect("it ends in time") {
        assert!(second.borrow().was_woken());
        assert_eq!(second.borrow_mut().next(), Poll::Ready(Some(0)));
      }
    }));
    assert!(sender.watch().is_some());
  }

  #[test]
  fn who_takes_no_more_leaves_them_to_others() {
    let (sender, requests) = request_queue(8);
    let (mut first, mut second) = (Isolate::of(&requests), Isolate::of(&requests));
    assert!(first.next().is_pending() && second.next().is_pending());
    sender.send(request(0)).expect("there is room");
    first.taker.pause();
    assert!(second.was_woken());
    assert_eq!((second.next(), second.next()), (Poll::Ready(Some(0)), Poll::Pending));
    sender.send(request(1)).expect("there is room");
    assert!(second.was_woken());
    drop(second);
    let mut third = Isolate::of(&requests);
    assert_eq!(third.next(), Poll::Ready(Some(1)));
  }

  #[test]
  fn a_queue_is_bounded_and_closes_at_both_ends() {
    let (sender, requests) = request_queue(1);
    let mut isolate = Isolate::of(&requests);
    sender.send(request(0)).expect("there is room");
    assert_eq!(sender.send(request(1)).err(), Some(NotTaken::Full));
    let other = sender.clone();
    drop(sender);
    assert!(!requests.are_over());
    drop(other);
    assert_eq!((isolate.next(), isolate.next()), (Poll::Ready(Some(0)), Poll::Ready(None)));
    assert!(requests.are_over());

    let (sender, requests) = request_queue(1);
    let (answer, mut answered) = oneshot::channel();
    sender.send(Exchange { answer, ..request(0) }).expect("there is room");
    let mut isolate = Isolate::of(&requests);
    requests.close();
    assert!(answered.try_recv().is_err(), "whoever waits is told");
    assert_eq!((sender.send(request(1)).err(), isolate.next()), (Some(NotTaken::Closed), Poll::Ready(None)));

    let (sender, requests) = request_queue(1);
    drop(requests);
    assert_eq!(sender.send(request(0)).err(), Some(NotTaken::Closed));
  }

  #[test]
  fn an_end_is_told_to_those_that_sleep() {
    let (sender, requests) = request_queue(1);
    let (mut first, mut second) = (Isolate::of(&requests), Isolate::of(&requests));
    assert!(first.next().is_pending() && second.next().is_pending());
    drop(sender);
    assert!(first.was_woken() && second.was_woken());
    assert_eq!((first.next(), second.next()), (Poll::Ready(None), Poll::Ready(None)));
  }
}
