//! How an event loop waits for other threads: awake for a moment, then asleep.
//!
//! Tokio puts its thread to sleep as soon as nothing is left to do, and another thread writes into a pipe to wake it:
//! together that takes longer than most calls. So an event loop looks for a moment whether somebody wakes it, and
//! whoever does meanwhile says so in a word and makes no system call.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::task::Wake;
use std::task::Waker;
use std::thread;
use std::thread::ThreadId;
use std::time::Duration;
use std::time::Instant;

use deno_core::futures::task::AtomicWaker;
use plugbay_lanes::Spin;

/// How long a loop runs at most before tokio's timers, files and tasks have their turn.
const MAX_TURNS: Duration = Duration::from_millis(1);

/// Of an event loop, which is on the thread where this was made.
pub(crate) struct Wakeups {
  shared: Arc<Shared>,
  /// Of `shared`.
  waker: Waker,
  spin: Spin,
  sleeps_at_once: Cell<bool>,
  asleep_since: Cell<Option<Instant>>,
}

struct Shared {
  thread: ThreadId,
  /// Whether another thread has woken the loop since its turn began.
  is_woken: AtomicBool,
  /// Whether the loop is asleep, or is about to be: then it has to be woken by tokio.
  is_asleep: AtomicBool,
  /// Whether the loop has woken itself in its turn. Only its own thread writes and reads it.
  wakes_itself: AtomicBool,
  tokio: AtomicWaker,
}

impl Wakeups {
  pub(crate) fn new() -> Self {
    let shared = Arc::new(Shared {
      thread: thread::current().id(),
      is_woken: AtomicBool::new(false),
      is_asleep: AtomicBool::new(true),
      wakes_itself: AtomicBool::new(false),
      tokio: AtomicWaker::new(),
    });
    Self {
      waker: Waker::from(shared.clone()),
      shared,
      spin: Spin::default(),
      sleeps_at_once: Cell::default(),
      asleep_since: Cell::default(),
    }
  }

  /// Has the loop take another turn, from any thread.
  pub(crate) fn waker(&self) -> Waker {
    self.waker.clone()
  }

  /// From now on it waits for nobody awake: what serves requests leaves the processor to those who bring them.
  pub(crate) fn sleep_at_once(&self) {
    self.sleeps_at_once.set(true);
  }

  /// Polls an event loop: `turn` does what there is to do, again whenever another thread wakes it soon.
  pub(crate) fn poll<T>(&self, cx: &Context<'_>, mut turn: impl FnMut(&mut Context<'_>) -> Poll<T>) -> Poll<T> {
    let Shared { is_woken, is_asleep, wakes_itself, tokio, .. } = &*self.shared;
    tokio.register(cx.waker());
    let began = Instant::now();
    if let Some(since) = self.asleep_since.take() {
      self.spin.slept(began - since);
    }
    is_asleep.store(false, Ordering::SeqCst);
    let polled = loop {
      is_woken.swap(false, Ordering::SeqCst);
      wakes_itself.store(false, Ordering::Relaxed);
      let polled = turn(&mut Context::from_waker(&self.waker));
      // Who wakes itself leaves the turn to tokio's tasks.
      if polled.is_ready() || wakes_itself.load(Ordering::Relaxed) {
        break polled;
      }
      let woken = || is_woken.load(Ordering::Acquire).then_some(());
      let has_work = if self.sleeps_at_once.get() { woken() } else { self.spin.wait(woken) }.is_some();
      if !has_work || began.elapsed() > MAX_TURNS {
        break polled;
      }
    };
    is_asleep.store(true, Ordering::SeqCst);
    if polled.is_pending() {
      // Whoever came before this knew that the loop was awake.
      if is_woken.load(Ordering::SeqCst) {
        tokio.wake();
      }
      self.asleep_since.set(Some(Instant::now()));
    }
    polled
  }
}

impl Wake for Shared {
  fn wake(self: Arc<Self>) {
    self.wake_by_ref();
  }

  fn wake_by_ref(self: &Arc<Self>) {
    if thread::current().id() == self.thread {
      self.wakes_itself.store(true, Ordering::Relaxed);
      self.tokio.wake();
      return;
    }
    self.is_woken.store(true, Ordering::SeqCst);
    if self.is_asleep.load(Ordering::SeqCst) {
      self.tokio.wake();
    }
  }
}

#[cfg(test)]
mod tests {
  use std::sync::atomic::AtomicUsize;
  use std::sync::mpsc;

  use super::*;

  /// Counts how often it is woken.
  #[derive(Default)]
  struct Tokio(AtomicUsize);

  impl Wake for Tokio {
    fn wake(self: Arc<Self>) {
      self.0.fetch_add(1, Ordering::SeqCst);
    }
  }

  fn waking(waker: &Waker) {
    let waker = waker.clone();
    thread::spawn(move || waker.wake()).join().expect("the thread ends well");
  }

  #[test]
  fn who_wakes_a_loop_that_is_awake_wakes_no_thread() {
    // Where another thread's wake takes longer than turns may, the loop goes to sleep in between.
    let mut woken = (0..1000).map(|_| {
      let (wakeups, tokio) = (Wakeups::new(), Arc::new(Tokio::default()));
      let waker = Waker::from(tokio.clone());
      let mut turns = 0;
      let polled = wakeups.poll(&Context::from_waker(&waker), |cx| {
        turns += 1;
        match turns {
          1 => {
            waking(cx.waker());
            Poll::Pending
          }
          _ => Poll::Ready(turns),
        }
      });
      (polled, tokio.0.load(Ordering::SeqCst))
    });
    assert!(woken.any(|found| found == (Poll::Ready(2), 0)));
  }

  #[test]
  fn a_loop_that_is_asleep_or_wakes_itself_is_woken_by_tokio() {
    let (wakeups, tokio) = (Wakeups::new(), Arc::new(Tokio::default()));
    let waker = Waker::from(tokio.clone());
    let cx = Context::from_waker(&waker);
    let mut own = None;
    let polled = wakeups.poll(&cx, |cx| {
      own = Some(cx.waker().clone());
      Poll::<()>::Pending
    });
    assert!(polled.is_pending());
    waking(&own.expect("it had a turn"));
    assert_eq!(tokio.0.load(Ordering::SeqCst), 1);
    let polled = wakeups.poll(&cx, |cx| {
      cx.waker().wake_by_ref();
      Poll::<()>::Pending
    });
    assert_eq!((polled, tokio.0.load(Ordering::SeqCst)), (Poll::Pending, 2));
  }

  #[test]
  fn no_wake_is_lost() {
    const WAKES: usize = 20_000;
    let wakeups = Wakeups::new();
    let (waking, wakers) = mpsc::channel::<Waker>();
    let waker_thread = thread::spawn(move || wakers.iter().for_each(Waker::wake));
    let tokio = tokio::runtime::Builder::new_current_thread().build().expect("it can be made");
    let mut turns = 0;
    tokio.block_on(std::future::poll_fn(|cx| {
      wakeups.poll(cx, |cx| {
        turns += 1;
        match turns > WAKES {
          true => Poll::Ready(()),
          false => {
            waking.send(cx.waker().clone()).expect("the thread waits");
            Poll::Pending
          }
        }
      })
    }));
    drop(waking);
    waker_thread.join().expect("the thread ends well");
    assert!(turns > WAKES);
  }
}
