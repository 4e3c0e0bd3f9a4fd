//! Lending calls of ops of the 2020 shape: what becomes of a buffer that an op keeps, clones, exchanges, sends away or
//! drops. The host's memory is gone, and overwritten, as soon as nobody holds it.

use std::cell::RefCell;
use std::sync::mpsc;
use std::thread;

use plugin_api::Interface;
use plugin_api::Op;
use plugin_api::OpError;
use plugin_api::ZeroCopyBuf;
use plugin_api::futures::FutureExt;

use crate::host::Lending;
use crate::host::Outcome;
use crate::host::Plugin;
use crate::host::Store;

thread_local! {
  static KEPT: RefCell<Vec<ZeroCopyBuf>> = const { RefCell::new(Vec::new()) };
}

fn keep(buffer: ZeroCopyBuf) {
  KEPT.with_borrow_mut(|kept| kept.push(buffer));
}

fn nothing() -> Op {
  Op::Sync(Box::new([]))
}

type Action = fn(&mut dyn Interface, &mut [ZeroCopyBuf]) -> Op;

/// What an op can do with a buffer; whether it has the host hold the memory until [`KEPT`] is emptied.
const ACTIONS: &[(&str, bool, Action)] = &[
  ("look", false, |_, buffers| {
    assert!(buffers.iter().all(|buffer| buffer[0] != 0xDD));
    nothing()
  }),
  ("write", false, |_, buffers| {
    buffers[0][0] = 7;
    nothing()
  }),
  ("clone and drop", false, |_, buffers| {
    let clones = [buffers[0].clone(), buffers[0].clone()];
    assert_eq!(clones[0][..], clones[1][..]);
    nothing()
  }),
  ("clone", true, |_, buffers| {
    keep(buffers[0].clone());
    nothing()
  }),
  ("clones of clones", true, |_, buffers| {
    let clone = buffers[0].clone();
    keep(clone.clone());
    keep(clone);
    nothing()
  }),
  ("take", true, |_, buffers| {
    keep(std::mem::replace(&mut buffers[0], vec![1, 2].into()));
    nothing()
  }),
  ("take and drop", false, |_, buffers| {
    drop(std::mem::replace(&mut buffers[0], vec![1, 2].into()));
    nothing()
  }),
  ("exchange for a clone of itself", false, |_, buffers| {
    buffers[0] = buffers[0].clone();
    nothing()
  }),
  ("exchange for a kept one", true, |_, buffers| {
    KEPT.with_borrow_mut(|kept| kept.push(vec![3].into()));
    let mut other = KEPT.with_borrow_mut(|kept| kept.pop().unwrap());
    std::mem::swap(&mut buffers[0], &mut other);
    keep(other);
    nothing()
  }),
  ("keep it and panic", true, |_, buffers| {
    keep(buffers[0].clone());
    panic!("on purpose");
  }),
  ("panic with a clone", false, |_, buffers| {
    let _clone = buffers[0].clone();
    panic!("on purpose");
  }),
];

fn plugin() -> Plugin {
  Plugin::open(|interface| {
    for (name, _, action) in ACTIONS {
      interface.register_op(name, *action);
    }
  })
}

#[test]
fn memory_is_held_while_something_of_it_is_kept_and_no_longer() {
  let plugin = plugin();
  for (name, keeps, _) in ACTIONS {
    let mut lending = Lending::new(plugin.op(name));
    // Twice: a loan is used again.
    for known in [false, true, false] {
      let store = Store::new(b"script");
      let outcome = lending.call(Some(&store), known);
      assert_eq!(matches!(outcome, Some(Outcome::Failed(_))), name.contains("panic"), "{name}: {outcome:?}");
      assert_eq!(store.holders(), if *keeps { 2 } else { 1 }, "{name}");
      let bytes = store.bytes();
      drop(store);
      let kept = KEPT.take();
      assert_eq!(kept.is_empty(), !keeps, "{name}");
      for kept in &kept {
        assert_eq!(kept[..], bytes, "{name}");
      }
    }
    assert_eq!(lending.bytes_sent(), 18);
  }
}

#[test]
fn what_is_kept_is_held_once_and_let_go_of_with_the_last() {
  let plugin = plugin();
  let mut lending = Lending::new(plugin.op("clones of clones"));
  let store = Store::new(b"abc");
  lending.call(Some(&store), true);
  assert_eq!(store.holders(), 2);
  KEPT.with_borrow_mut(|kept| kept.pop());
  assert_eq!(store.holders(), 2);
  let late = KEPT.with_borrow(|kept| kept[0].clone());
  KEPT.take();
  assert_eq!(store.holders(), 2);
  drop(late);
  assert_eq!(store.holders(), 1);
}

#[test]
fn answers() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("bytes", |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
      Op::Sync(buffers.first().map_or_else(|| b"none".to_vec(), |buffer| buffer.to_vec()).into())
    });
    interface.register_op("not found", |_: &mut dyn Interface, _: &mut [ZeroCopyBuf]| Op::NotFound);
    interface.register_op("async", |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
      let buffer = buffers[0].clone();
      Op::Async(async move { buffer.iter().rev().copied().collect() }.boxed())
    });
    interface.register_op("fail", |interface: &mut dyn Interface, _: &mut [ZeroCopyBuf]| {
      interface.fail(OpError::new("TypeError", "no"));
      nothing()
    });
    interface.register_op("register", |interface: &mut dyn Interface, _: &mut [ZeroCopyBuf]| {
      interface.register_op("late", |_: &mut dyn Interface, _: &mut [ZeroCopyBuf]| nothing());
      nothing()
    });
    interface.register_op("control", |_: &mut dyn Interface, control: &[u8], buffers: &mut [ZeroCopyBuf]| {
      assert!(buffers.is_empty());
      Op::Sync(control.into())
    });
  });
  let store = Store::new(b"abc");
  let call = |name: &str, store| Lending::new(plugin.op(name)).call(store, false);
  assert_eq!(call("bytes", Some(&store)), Some(Outcome::Bytes(b"abc".to_vec())));
  assert_eq!(call("bytes", None), Some(Outcome::Bytes(b"none".to_vec())));
  assert_eq!(call("not found", None), Some(Outcome::NotFound));
  assert_eq!(call("async", Some(&store)), Some(Outcome::Bytes(b"cba".to_vec())));
  assert!(matches!(call("fail", None), Some(Outcome::Failed(failure)) if failure.class == "TypeError"));
  // The host has to look at what is new.
  assert_eq!(call("register", None), Some(Outcome::Bytes(Vec::new())));
  assert_eq!(call("control", Some(&store)), Some(Outcome::Bytes(b"abc".to_vec())));
  assert_eq!(call("control", Some(&Store::new(b""))), Some(Outcome::Retry));
  assert_eq!(store.holders(), 1);
}

#[test]
fn an_answer_that_nobody_took_is_dropped_by_the_next_call() {
  let plugin = Plugin::open(|interface| {
    interface
      .register_op("bytes", |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| Op::Sync(buffers[0].to_vec().into()));
    interface.register_op("async", |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
      let buffer = buffers[0].clone();
      Op::Async(async move { buffer.to_vec().into() }.boxed())
    });
    interface.register_op("panic", |_: &mut dyn Interface, _: &mut [ZeroCopyBuf]| -> Op { panic!("on purpose") });
  });
  for name in ["bytes", "async", "panic"] {
    let mut lending = Lending::new(plugin.op(name));
    let (first, second) = (Store::new(b"first"), Store::new(b"second"));
    lending.call_only(Some(&first), true);
    assert_eq!(first.holders(), if name == "async" { 2 } else { 1 });
    lending.call(Some(&second), true);
    assert_eq!((first.holders(), second.holders()), (1, 1), "{name}");
  }
}

/// `.ci/run` has it run under valgrind.
#[test]
fn a_storm_of_buffers_that_other_threads_clone_and_drop() {
  const CALLS: usize = 4000;
  thread_local! {
    static SENDERS: RefCell<Vec<mpsc::Sender<ZeroCopyBuf>>> = const { RefCell::new(Vec::new()) };
  }
  let plugin = Plugin::open(|interface| {
    interface.register_op("send", |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
      SENDERS.with_borrow(|senders| {
        let number = buffers[0].len();
        match number % 5 {
          0 => {}
          1 => senders[number % senders.len()].send(buffers[0].clone()).unwrap(),
          2 => senders.iter().for_each(|sender| sender.send(buffers[0].clone()).unwrap()),
          3 => senders[0].send(std::mem::replace(&mut buffers[0], vec![0].into())).unwrap(),
          _ => keep(buffers[0].clone()),
        }
        if number.is_multiple_of(7) {
          KEPT.take();
        }
      });
      nothing()
    });
  });
  let threads = (0..3).map(|_| {
    let (sender, receiver) = mpsc::channel::<ZeroCopyBuf>();
    SENDERS.with_borrow_mut(|senders| senders.push(sender));
    thread::spawn(move || {
      let mut sum = 0;
      for buffer in receiver {
        let clones = [buffer.clone(), buffer.clone()];
        drop(buffer);
        sum += clones.iter().map(|clone| clone.iter().filter(|byte| **byte != 42).count()).sum::<usize>();
      }
      sum
    })
  });
  let threads = threads.collect::<Vec<_>>();
  let mut lending = Lending::new(plugin.op("send"));
  for number in 0..CALLS {
    let store = Store::new(&vec![42; 1 + number % 97]);
    assert_eq!(lending.call(Some(&store), number % 3 != 0), None);
  }
  SENDERS.take();
  KEPT.take();
  for thread in threads {
    assert_eq!(thread.join().unwrap(), 0);
  }
}
