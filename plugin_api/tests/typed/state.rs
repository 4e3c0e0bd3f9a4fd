//! The plugin's state and its resources.

use std::cell::Cell;
use std::cell::RefCell;
use std::ffi::c_void;

use plugin_api::Interface;
use plugin_api::ResourceId;
use plugin_api::ZeroCopyBuf;
use plugin_api::op;
use plugin_api::resources;

use crate::RECEIVER;
use crate::bytes;
use crate::fast_function;
use crate::host::Fast;
use crate::host::Outcome;
use crate::host::Plugin;
use crate::number;

thread_local! {
  static DROPPED: Cell<u32> = const { Cell::new(0) };
}

struct Counter {
  value: u32,
}

impl Drop for Counter {
  fn drop(&mut self) {
    DROPPED.set(DROPPED.get() + 1);
  }
}

#[op]
fn count(counter: &mut Counter, by: u32) -> u32 {
  counter.value += by;
  counter.value
}

#[op]
fn replace(interface: &mut dyn Interface, counter: &mut Counter) -> u32 {
  interface.put_state(Counter { value: 100 });
  counter.value
}

#[test]
fn state_is_the_plugins() {
  let init = |interface: &mut dyn Interface| {
    interface.put_state(String::new());
    interface.put_state(Counter { value: 10 });
    interface.register_op("count", count);
    interface.register_op("replace", replace);
  };
  let one = Plugin::open(init);
  let other = Plugin::open(init);
  assert_eq!(one.op("count").call(&[number(1)]), Outcome::Number(11.0));
  let mut fast = Fast::new(one.op("count"), vec![]);
  let function = fast_function!(one.op("count"), fn(u32) -> u32);
  // SAFETY: the context of the op.
  assert_eq!(unsafe { function(RECEIVER, fast.address(), 5) }, 16);
  assert_eq!(other.op("count").call(&[number(2)]), Outcome::Number(12.0));
  drop(other);
  assert_eq!(DROPPED.get(), 1);

  assert_eq!(one.op("replace").call(&[]), Outcome::Number(16.0));
  assert_eq!(DROPPED.get(), 2);
  // SAFETY: the context of the op.
  assert_eq!(unsafe { function(RECEIVER, fast.address(), 1) }, 101);
  drop(one);
  assert_eq!(DROPPED.get(), 3);
}

#[test]
fn state_of_a_plugin_without_ops_is_dropped_with_its_init() {
  DROPPED.set(0);
  let _plugin = Plugin::open(|interface| interface.put_state(Counter { value: 0 }));
  assert_eq!(DROPPED.get(), 1);
}

#[test]
fn state_outlives_the_ops() {
  struct Noted(&'static str);
  thread_local! {
    static ORDER: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
  }
  impl Drop for Noted {
    fn drop(&mut self) {
      ORDER.with_borrow_mut(|order| order.push(self.0));
    }
  }
  let plugin = Plugin::open(|interface| {
    interface.put_state(Noted("state"));
    let noted = Noted("op");
    interface.register_op("op", move |_: &mut dyn Interface, _: &mut [ZeroCopyBuf]| {
      // All of it, not only its text.
      let noted = &noted;
      plugin_api::Op::Sync(noted.0.as_bytes().into())
    });
    assert_eq!(ORDER.take(), [""; 0]);
  });
  drop(plugin);
  assert_eq!(ORDER.take(), ["op", "state"]);
}

#[test]
fn missing_state_is_explained() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("count", count);
  });
  let Outcome::Failed(failure) = plugin.op("count").call(&[number(1)]) else { panic!("there is none") };
  assert_eq!((failure.class.as_str(), failure.code.as_str()), ("Error", "ERR_OP_STATE"));
  let message = "the plugin has no state of type typed::state::Counter; call interface.put_state(Counter { … }) in \
                 deno_plugin_init";
  assert_eq!(failure.message, message);
}

fn of_2020(interface: &mut dyn Interface, _: &mut [ZeroCopyBuf]) -> plugin_api::Op {
  let counter = interface.state::<Counter>().unwrap();
  counter.borrow_mut().value += 1;
  plugin_api::Op::Sync(Box::new([counter.borrow().value as u8]))
}

#[test]
fn older_ops_get_at_the_state() {
  let plugin = Plugin::open(|interface| {
    interface.put_state(Counter { value: 4 });
    interface.register_op("of_2020", of_2020);
  });
  assert_eq!(plugin.op("of_2020").dispatch(vec![]), Outcome::Bytes(vec![5]));
}

struct File(String);

#[op]
fn open(name: String) -> Result<ResourceId, plugin_api::OpError> {
  resources().add("file", File(name))
}

#[op]
fn name_of(file: &File, upper: bool) -> String {
  if upper { file.0.to_uppercase() } else { file.0.clone() }
}

#[test]
fn resources_are_passed_by_number() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("open", open);
    interface.register_op("name_of", name_of);
  });
  let Outcome::Number(id) = plugin.op("open").call(&[bytes(b"a.txt")]) else { panic!("a number") };
  let op = plugin.op("name_of");
  assert_eq!(op.call(&[number(id), number(1)]), Outcome::Bytes(b"A.TXT".to_vec()));
  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(u32, bool) -> u32);
  // SAFETY: the context of the op.
  let result = unsafe { function(RECEIVER, fast.address(), id as u32, false) };
  assert_eq!(fast.take(result, false), Outcome::Bytes(b"a.txt".to_vec()));
  // SAFETY: as above.
  unsafe { function(RECEIVER, fast.address(), 99, false) };
  let Some(Outcome::Failed(failure)) = fast.take_failure() else { panic!("there is none of that number") };
  assert_eq!(failure.code, "ERR_BAD_RESOURCE");
}

thread_local! {
  /// What `within` calls, as an op does whose host calls another op meanwhile.
  static OTHER: Cell<fn()> = const { Cell::new(|| {}) };
}

#[op]
fn within(name: String) -> Result<ResourceId, plugin_api::OpError> {
  OTHER.get()();
  resources().add("file", File(name))
}

#[test]
fn a_call_within_a_call_leaves_the_current_plugin_as_it_was() {
  thread_local! {
    static INNER: Cell<Option<(unsafe extern "C" fn(*const c_void, f64) -> u32, f64)>> = const { Cell::new(None) };
  }
  #[op]
  fn inner() -> u32 {
    7
  }
  let outer = Plugin::open(|interface| {
    interface.register_op("within", within);
    interface.register_op("name_of", name_of);
  });
  let other = Plugin::open(|interface| {
    interface.register_op("inner", inner);
  });
  let mut inner_fast = Fast::new(other.op("inner"), vec![]);
  INNER.set(Some((fast_function!(other.op("inner"), fn() -> u32), inner_fast.address())));
  OTHER.set(|| {
    let (function, address) = INNER.get().expect("it is set");
    // SAFETY: the context of the op, which outlives the test's calls.
    assert_eq!(unsafe { function(RECEIVER, address) }, 7);
  });
  // On the slow path and on the fast one.
  assert_eq!(outer.op("within").call(&[bytes(b"slow")]), Outcome::Number(0.0));
  let mut fast = Fast::new(outer.op("within"), vec![]);
  let function = fast_function!(outer.op("within"), fn(*const plugin_abi::OneByteString) -> u32);
  let text = plugin_abi::OneByteString { data: b"fast".as_ptr().cast(), length: 4 };
  // SAFETY: the context of the op, and text that is there.
  let id = unsafe { function(RECEIVER, fast.address(), &text) };
  assert_eq!(fast.take_failure(), None);
  assert_eq!(outer.op("name_of").call(&[number(id), number(0)]), Outcome::Bytes(b"fast".to_vec()));
}
