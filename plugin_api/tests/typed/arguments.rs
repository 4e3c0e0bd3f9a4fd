//! Every kind of parameter, on both paths.

use std::ffi::c_void;

use plugin_abi as abi;
use plugin_api::Interface;
use plugin_api::ZeroCopyBuf;
use plugin_api::op;

use crate::RECEIVER;
use crate::bytes;
use crate::fast_function;
use crate::host::Fast;
use crate::host::Outcome;
use crate::host::Plugin;
use crate::number;
use crate::slice;

/// Adds two numbers.
#[op]
fn add(a: i32, b: i32) -> i32 {
  a.wrapping_add(b)
}

#[test]
fn the_function_stays_callable() {
  assert_eq!(add::call(1, 2), 3);
}

#[test]
fn numbers() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("add", add);
  });
  let op = plugin.op("add");
  assert_eq!(op.call(&[number(2), number(-3)]), Outcome::Number(-1.0));
  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(i32, i32) -> i32);
  // SAFETY: the context of the op.
  assert_eq!(unsafe { function(RECEIVER, fast.address(), 40, 2) }, 42);
  assert_eq!(fast.take_failure(), None);
}

#[op]
#[allow(clippy::too_many_arguments)]
fn scalars(
  a: bool,
  b: i8,
  c: u8,
  d: i16,
  e: u16,
  f: u32,
  g: f32,
  h: f64,
  i: i64,
  j: u64,
  k: isize,
  l: usize,
) -> String {
  format!("{a} {b} {c} {d} {e} {f} {g} {h} {i} {j} {k} {l}")
}

#[test]
fn every_scalar() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("scalars", scalars);
  });
  let op = plugin.op("scalars");
  let mut arguments = vec![number(1)];
  arguments.extend([-8.0, 8.0, -16.0, 16.0, 4294967295.0, 1.5, -2.5].map(number));
  arguments.extend([-64i64 as u64, u64::MAX, -1i64 as u64, 7].map(|integer| abi::Argument { integer }));
  let text = "true -8 8 -16 16 4294967295 1.5 -2.5 -64 18446744073709551615 -1 7";
  assert_eq!(op.call(&arguments), Outcome::Bytes(text.into()));

  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(bool, i32, u32, i32, u32, u32, f64, f64, f64, f64, f64, f64) -> u32);
  // SAFETY: the context of the op; the arguments lie in their ranges.
  let result = unsafe {
    function(RECEIVER, fast.address(), true, -8, 8, -16, 16, u32::MAX, 1.5, -2.5, -64.0, 9007199254740991.0, -1.0, 7.0)
  };
  let text = "true -8 8 -16 16 4294967295 1.5 -2.5 -64 9007199254740991 -1 7";
  assert_eq!(fast.take(result, false), Outcome::Bytes(text.into()));
}

#[op]
fn lengths(a: &str, b: String) -> f64 {
  (a.len() * 1000 + b.len()) as f64
}

#[test]
fn strings() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("lengths", lengths);
  });
  let op = plugin.op("lengths");
  assert_eq!(op.call(&[bytes("é€".as_bytes()), bytes(b"")]), Outcome::Number(5000.0));

  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(*const abi::OneByteString, *const abi::OneByteString) -> f64);
  let text = |bytes: &'static [u8]| abi::OneByteString { data: bytes.as_ptr().cast(), length: bytes.len() as u32 };
  let (ascii, latin1) = (text(b"hello"), text(b"\xe9t\xe9"));
  let empty = abi::OneByteString { data: std::ptr::null(), length: 0 };
  // SAFETY: the context of the op.
  unsafe {
    assert_eq!(function(RECEIVER, fast.address(), &ascii, &latin1), 5005.0);
    assert_eq!(function(RECEIVER, fast.address(), &latin1, &ascii), 5005.0);
    assert_eq!(function(RECEIVER, fast.address(), &empty, &empty), 0.0);
  }
}

#[op]
fn sum(bytes: &[u8], more: Vec<u8>) -> u32 {
  bytes.iter().chain(&more).map(|byte| u32::from(*byte)).sum()
}

#[test]
fn lent_bytes() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("sum", sum);
  });
  let op = plugin.op("sum");
  assert_eq!(op.call(&[bytes(&[1, 2]), bytes(&[3])]), Outcome::Number(6.0));
  let nothing = abi::Argument { bytes: abi::Slice { ptr: std::ptr::null(), len: 0 } };
  assert_eq!(op.call(&[nothing, nothing]), Outcome::Number(0.0));

  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(*const c_void, f64, u32, *const c_void, f64, u32) -> u32);
  let (a, b) = ([1u8, 2, 3], [10u8, 20]);
  let a_at = a.as_ptr().expose_provenance() as f64;
  let view = slice(&b);
  let view: *const c_void = (&raw const view).cast();
  // SAFETY: the context of the op; the addresses are those of the bytes.
  unsafe {
    assert_eq!(function(RECEIVER, fast.address(), RECEIVER, a_at, 3, view, 0.0, 0), 36);
    assert_eq!(fast.context.bytes_sent, 5);
    function(RECEIVER, fast.address(), RECEIVER, a_at, 3, RECEIVER, 0.0, 0);
  }
  assert_eq!(fast.take_failure(), Some(Outcome::Retry));
  assert_eq!(fast.context.bytes_sent, 5);
}

#[op]
fn fill(target: &mut [u8], pattern: &[u8]) {
  for (byte, with) in target.iter_mut().zip(pattern.iter().cycle()) {
    *byte = *with;
  }
}

const OVERLAP: &str =
  "arguments `target` and `pattern` overlap in memory, and the op writes one; pass separate buffers";

#[test]
fn bytes_that_are_written_are_separate() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("fill", fill);
  });
  let op = plugin.op("fill");
  let mut memory = [1, 2, 3, 4, 5, 6];
  let start = memory.as_mut_ptr();
  let part = |from: usize, to: usize| abi::Slice { ptr: start.wrapping_add(from), len: to - from };
  let argument = |bytes| abi::Argument { bytes };
  assert_eq!(op.call(&[argument(part(0, 4)), argument(part(4, 6))]), Outcome::Bytes(vec![]));
  let Outcome::Failed(failure) = op.call(&[argument(part(0, 5)), argument(part(4, 6))]) else {
    panic!("it is refused")
  };
  assert_eq!((failure.class.as_str(), failure.code.as_str()), ("TypeError", "ERR_OP_ARGUMENT"));
  assert_eq!(failure.message, OVERLAP);

  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(*const c_void, f64, u32, *const c_void, f64, u32));
  let at = |from: usize| start.wrapping_add(from).expose_provenance() as f64;
  // SAFETY: the context of the op; the addresses are those of the bytes.
  unsafe { function(RECEIVER, fast.address(), RECEIVER, at(4), 2, RECEIVER, at(0), 2) };
  assert_eq!(fast.take_failure(), None);
  // SAFETY: as above.
  unsafe { function(RECEIVER, fast.address(), RECEIVER, at(0), 2, RECEIVER, at(1), 2) };
  assert_eq!(fast.take_failure().map(Outcome::message), Some(OVERLAP.to_string()));
  assert_eq!(memory, [5, 6, 5, 6, 5, 6]);
}

#[op]
fn keep(first: ZeroCopyBuf, rest: &mut [ZeroCopyBuf]) -> u32 {
  rest.iter_mut().for_each(|buffer| buffer[0] += 1);
  first.len() as u32 * 100 + rest.len() as u32
}

#[test]
fn buffers() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("keep", keep);
  });
  let op = plugin.op("keep");
  assert!(op.fast.is_null());
  let buffer = |bytes: &[u8]| abi::OwnedBuffer::from(bytes.to_vec());
  let mut first = [buffer(b"abc")];
  let mut rest = [buffer(b"a"), buffer(b"b")];
  let argument = |buffers: &mut [abi::OwnedBuffer]| abi::Argument {
    buffers: abi::BufferSlice { ptr: buffers.as_mut_ptr().cast(), len: buffers.len() },
  };
  assert_eq!(op.call(&[argument(&mut first), argument(&mut rest)]), Outcome::Number(302.0));
  assert_eq!((&*rest[0], &*rest[1], first[0].len()), (&b"b"[..], &b"c"[..], 0));
}

#[op]
fn patterns(interface: &mut dyn Interface, (a, b): (i32, i32), mut c: i32, _unused: u8) -> i32 {
  c += a + b;
  interface.log(plugin_api::LogLevel::Debug, "called");
  c
}

#[test]
fn names_of_parameters() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("patterns", patterns);
  });
  let names = plugin.op("patterns").parameters.iter().map(|parameter| &*parameter.0).collect::<Vec<_>>();
  assert_eq!(names, ["arg1", "c", "unused"]);
}
