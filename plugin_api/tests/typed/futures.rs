//! Async and blocking ops.

use plugin_abi as abi;
use plugin_abi::OwnedBuffer;
use plugin_api::OpError;
use plugin_api::ResourceId;
use plugin_api::op;
use plugin_api::resources;

use crate::bytes;
use crate::host::Outcome;
use crate::host::Plugin;
use crate::number;

struct Prefix(&'static str);

#[op]
fn prefix() -> Result<ResourceId, OpError> {
  resources().add("prefix", Prefix("say "))
}

#[op]
async fn join(prefix: &Prefix, a: &str, b: &[u8], c: String) -> String {
  let b = plugin_api::spawn_blocking({
    let b = String::from_utf8_lossy(b).into_owned();
    move || b.to_uppercase()
  });
  let b = b.await.unwrap();
  // Still the current plugin.
  let _ = resources();
  format!("{}{a} {b} {c}", prefix.0)
}

#[op]
async fn twice(a: &mut [u8], b: &mut [u8]) {
  a.fill(b[0]);
}

#[op]
async fn fails() -> Result<(), OpError> {
  Err(OpError::new("RangeError", "later").with_code("ERR_LATER"))
}

#[op]
async fn panics() {
  panic!("later");
}

#[op(blocking)]
fn lines(text: &str, from: u64) -> Option<Vec<u8>> {
  text.lines().nth(from as usize).map(|line| line.as_bytes().to_vec())
}

#[op(blocking)]
fn write(target: &mut [u8]) -> Result<i64, OpError> {
  target.fill(9);
  i64::try_from(target.len()).map_err(|_| OpError::new("Error", "too long"))
}

#[test]
fn arguments_are_held_until_the_future_is_done() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("prefix", prefix);
    interface.register_op("join", join);
  });
  let Outcome::Number(id) = plugin.op("prefix").call(&[]) else { panic!("a number") };
  let op = plugin.op("join");
  assert!(op.is_async && op.fast.is_null());
  let outcome = op.call(&[number(id), bytes(b"a"), bytes(b"b"), bytes(b"c")]);
  assert_eq!(outcome, Outcome::Bytes(b"say a B c".to_vec()));
}

fn buffers(buffers: &mut [OwnedBuffer]) -> abi::Argument {
  abi::Argument { buffers: abi::BufferSlice { ptr: buffers.as_mut_ptr().cast(), len: buffers.len() } }
}

#[test]
fn bytes_that_are_written_are_held() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("write", write);
    interface.register_op("twice", twice);
  });
  let bytes = OwnedBuffer::from(vec![1, 2, 3]);
  assert_eq!(plugin.op("write").parameters[0].1, abi::kind::BUFFER);
  assert_eq!(plugin.op("write").call(&[buffers(&mut [bytes.try_clone().unwrap()])]), Outcome::Integer(3));
  assert_eq!(*bytes, [9, 9, 9]);
  let mut same = [bytes.try_clone().unwrap(), bytes.try_clone().unwrap()];
  let (a, b) = same.split_at_mut(1);
  let message = plugin.op("twice").call(&[buffers(a), buffers(b)]).message();
  assert_eq!(message, "arguments `a` and `b` overlap in memory, and the op writes one; pass separate buffers");
}

#[test]
fn errors_and_panics_of_futures() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("fails", fails);
    interface.register_op("panics", panics);
  });
  assert_eq!(plugin.op("fails").call(&[]).message(), "later");
  assert_eq!(plugin.op("panics").call(&[]).message(), "panicked: later");
}

#[test]
fn blocking_ops() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("lines", lines);
  });
  let op = plugin.op("lines");
  assert!(op.is_async);
  let from = |integer| abi::Argument { integer };
  assert_eq!(op.call(&[bytes(b"a\nb"), from(1)]), Outcome::Bytes(b"b".to_vec()));
  assert_eq!(op.call(&[bytes(b"a\nb"), from(2)]), Outcome::Null);
}
