//! The words that end guests' code: the rewriter has put checks of them into it.

use std::cell::Cell;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering;

use deno_core::v8;

/// Why code is to end: a bit of its word each, so that one who takes his back leaves the other's.
#[derive(Clone, Copy)]
pub(crate) enum Reason {
  Overrun = 1,
  FullHeap = 2,
}

/// The first word of the memory that an instance exports as `plugbay:interrupt`.
#[derive(Clone)]
pub(crate) struct Interrupt(v8::SharedRef<v8::BackingStore>);

// SAFETY: the store is of a shared memory, which may be written on any thread; the reference counts atomically.
unsafe impl Send for Interrupt {}

impl Interrupt {
  /// `None` when the store is not one of a shared memory with room for a word.
  pub(crate) fn new(store: v8::SharedRef<v8::BackingStore>) -> Option<Self> {
    (store.is_shared() && store.byte_length() >= size_of::<AtomicI32>() && store.data().is_some())
      .then_some(Self(store))
  }

  pub(crate) fn raise(&self, reason: Reason) {
    self.with_word(|word| word.fetch_or(reason as i32, Ordering::Relaxed));
  }

  pub(crate) fn take_back(&self, reason: Reason) {
    self.with_word(|word| word.fetch_and(!(reason as i32), Ordering::Relaxed));
  }

  fn with_word(&self, work: impl FnOnce(&AtomicI32) -> i32) {
    let Some(data) = self.0.data() else { return };
    // SAFETY: `new` has seen that there is room; a memory lies at a multiple of a page. Guests read it without a lock.
    work(unsafe { AtomicI32::from_ptr(data.as_ptr().cast()) });
  }
}

/// A word, and V8's object for its memory, which an instance has for as long as its code may run.
type Watched = (v8::Weak<v8::SharedArrayBuffer>, Interrupt);

/// The words of all instances of a runtime whose code may still run, of those too that were followed by others: until
/// V8 has collected their memories.
#[derive(Clone, Default)]
pub struct Interrupts(Rc<Shared>);

#[derive(Default)]
struct Shared {
  words: RefCell<HashMap<u64, Watched>>,
  next: Cell<u64>,
  is_full: Cell<bool>,
}

impl Interrupts {
  /// V8's heap is full: no code of a guest goes on past its next check. V8 itself has code look only at the heads of
  /// loops and functions, and not always there.
  pub fn end_all(&self) {
    self.0.is_full.set(true);
    for (_, interrupt) in self.0.words.borrow().values() {
      interrupt.raise(Reason::FullHeap);
    }
  }

  /// There is a new instance, whose code the word in `memory` ends.
  pub(crate) fn add(
    &self,
    scope: &mut v8::PinScope<'_, '_>,
    memory: v8::Local<'_, v8::SharedArrayBuffer>,
    interrupt: Interrupt,
  ) {
    if self.0.is_full.get() {
      interrupt.raise(Reason::FullHeap);
    }
    let number = self.0.next.replace(self.0.next.get() + 1);
    let shared = Rc::downgrade(&self.0);
    let collected = move |_: &mut v8::Isolate| {
      if let Some(shared) = shared.upgrade() {
        // Nothing is borrowed when it is dropped.
        let word = shared.words.borrow_mut().remove(&number);
        drop(word);
      }
    };
    let memory = v8::Weak::with_finalizer(scope, memory, Box::new(collected));
    self.0.words.borrow_mut().insert(number, (memory, interrupt));
  }
}
