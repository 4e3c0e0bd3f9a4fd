//! Every kind of result, on both paths.

use std::ffi::c_void;

use plugin_api::ZeroCopyBuf;
use plugin_api::op;

use crate::RECEIVER;
use crate::bytes;
use crate::fast_function;
use crate::host::Fast;
use crate::host::Outcome;
use crate::host::Plugin;
use crate::number;

#[op]
fn nothing() {}

#[op]
fn is_odd(n: u32) -> bool {
  n % 2 == 1
}

#[op]
fn power(n: u32) -> i64 {
  -(1i64 << n)
}

#[op]
fn large(n: u32) -> u64 {
  u64::MAX >> n
}

#[op]
fn half(n: f32) -> f32 {
  n / 2.0
}

#[test]
fn scalars() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("nothing", nothing);
    interface.register_op("is_odd", is_odd);
    interface.register_op("power", power);
    interface.register_op("large", large);
    interface.register_op("half", half);
  });
  assert_eq!(plugin.op("nothing").call(&[]), Outcome::Bytes(vec![]));
  assert_eq!(plugin.op("is_odd").call(&[number(3)]), Outcome::Number(1.0));
  assert_eq!(plugin.op("power").call(&[number(60)]), Outcome::Integer(-(1i64 << 60) as u64));
  assert_eq!(plugin.op("large").call(&[number(0)]), Outcome::Integer(u64::MAX));
  assert_eq!(plugin.op("half").call(&[number(3)]), Outcome::Number(1.5));

  let op = plugin.op("power");
  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(u32) -> f64);
  // SAFETY: the context of the op.
  unsafe {
    assert_eq!(function(RECEIVER, fast.address(), 52), -4503599627370496.0);
    assert!(function(RECEIVER, fast.address(), 53).is_nan());
  }
  assert_eq!(fast.exchange.integer, -(1i64 << 53) as u64);

  let op = plugin.op("large");
  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(u32) -> f64);
  // SAFETY: the context of the op.
  unsafe {
    assert_eq!(function(RECEIVER, fast.address(), 11), 9007199254740991.0);
    assert!(function(RECEIVER, fast.address(), 0).is_nan());
  }
  assert_eq!(fast.exchange.integer, u64::MAX);

  let op = plugin.op("is_odd");
  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(u32) -> bool);
  // SAFETY: the context of the op.
  assert!(unsafe { function(RECEIVER, fast.address(), 3) });

  let op = plugin.op("nothing");
  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn());
  // SAFETY: the context of the op.
  unsafe { function(RECEIVER, fast.address()) };
  assert_eq!(fast.take_failure(), None);
}

#[op]
fn text(n: u32) -> String {
  "é".repeat(n as usize)
}

#[op]
fn fixed() -> &'static str {
  "fixed"
}

#[op]
fn perhaps_text(n: u32) -> Option<String> {
  (n > 0).then(|| text::call(n))
}

#[op]
fn vec(n: u32) -> Vec<u8> {
  vec![7; n as usize]
}

#[op]
fn boxed(n: u32) -> Box<[u8]> {
  vec::call(n).into()
}

#[op]
fn buffer(n: u32) -> ZeroCopyBuf {
  vec::call(n).into()
}

#[op]
fn perhaps_bytes(n: u32) -> Option<Vec<u8>> {
  (n > 0).then(|| vec::call(n))
}

#[test]
fn text_and_bytes() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("text", text);
    interface.register_op("perhaps_text", perhaps_text);
    interface.register_op("vec", vec);
    interface.register_op("boxed", boxed);
    interface.register_op("buffer", buffer);
    interface.register_op("perhaps_bytes", perhaps_bytes);
  });
  for (name, is_bytes) in [
    ("text", false),
    ("perhaps_text", false),
    ("vec", true),
    ("boxed", true),
    ("buffer", true),
    ("perhaps_bytes", true),
  ] {
    let op = plugin.op(name);
    let mut fast = Fast::new(op, vec![]);
    let function = fast_function!(op, fn(u32) -> u32);
    // 40 are more than the exchange has room for.
    for n in [3, 0, 1, 40, 2] {
      let expected = match is_bytes {
        true => vec![7; n as usize],
        false => "é".repeat(n as usize).into_bytes(),
      };
      let expected = if n == 0 && name.starts_with("perhaps") { Outcome::Null } else { Outcome::Bytes(expected) };
      assert_eq!(op.call(&[number(n)]), expected);
      // SAFETY: the context of the op.
      let result = unsafe { function(RECEIVER, fast.address(), n) };
      assert_eq!(fast.take(result, is_bytes), expected, "{name} {n}");
    }
    if is_bytes {
      assert_eq!(fast.context.bytes_received, 46);
      assert_eq!(fast.exchange.slab_used, 24);
    }
  }
}

#[op]
fn trimmed(text: &str) -> &str {
  text.trim()
}

#[op]
async fn trimmed_later(text: &str) -> &str {
  text.trim()
}

#[test]
fn text_that_is_borrowed() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("trimmed", trimmed);
    interface.register_op("trimmed_later", trimmed_later);
  });
  for name in ["trimmed", "trimmed_later"] {
    assert_eq!(plugin.op(name).call(&[bytes(b" a ")]), Outcome::Bytes(b"a".to_vec()));
  }
}

#[test]
fn text_that_does_not_change() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("fixed", fixed);
  });
  let op = plugin.op("fixed");
  assert_eq!(op.call(&[]), Outcome::Bytes(b"fixed".to_vec()));
  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn() -> u32);
  // SAFETY: the context of the op.
  let result = unsafe { function(RECEIVER, fast.address()) };
  assert_eq!(fast.take(result, false), Outcome::Bytes(b"fixed".to_vec()));
}
