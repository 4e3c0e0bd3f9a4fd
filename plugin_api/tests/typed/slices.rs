//! Elements of typed arrays, on both paths.

use std::ffi::c_void;

use plugin_abi as abi;
use plugin_api::op;

use crate::RECEIVER;
use crate::fast_function;
use crate::host::Fast;
use crate::host::Outcome;
use crate::host::Plugin;

#[op]
fn add_to(from: &[f32], to: &mut [f64]) -> f64 {
  to.iter_mut().zip(from).for_each(|(to, from)| *to += f64::from(*from));
  to.iter().sum()
}

#[op]
async fn longest(integers: &[i64], bytes: &mut [u8]) -> usize {
  integers.len().max(bytes.len())
}

fn plugin() -> Plugin {
  Plugin::open(|interface| {
    interface.register_op("add_to", add_to);
    interface.register_op("longest", longest);
  })
}

fn argument<T>(elements: &[T]) -> abi::Argument {
  abi::Argument { bytes: abi::Slice { ptr: elements.as_ptr().cast(), len: size_of_val(elements) } }
}

#[test]
fn their_kinds_are_those_of_the_elements() {
  let plugin = plugin();
  let kinds = |name: &str| plugin.op(name).parameters.iter().map(|parameter| parameter.1).collect::<Vec<_>>();
  assert_eq!(kinds("add_to"), [abi::kind::F32_SLICE, abi::kind::F64_SLICE_MUT]);
  assert_eq!(kinds("longest"), [abi::kind::I64_SLICE, abi::kind::BUFFER]);
}

#[test]
fn they_are_lent() {
  let plugin = plugin();
  let op = plugin.op("add_to");
  let (from, mut to) = ([1.5_f32, 2.0], [10.0_f64, 20.0, 30.0]);
  let lent = abi::Argument { bytes: abi::Slice { ptr: to.as_mut_ptr().cast(), len: 24 } };
  assert_eq!(op.call(&[argument(&from), lent]), Outcome::Number(63.5));
  let nothing = abi::Argument { bytes: abi::Slice { ptr: std::ptr::null(), len: 0 } };
  assert_eq!(op.call(&[nothing, lent]), Outcome::Number(63.5));
  let Outcome::Failed(failure) = op.call(&[lent, lent]) else { panic!("it is refused") };
  assert_eq!(
    failure.message,
    "arguments `from` and `to` overlap in memory, and the op writes one; pass separate buffers"
  );

  let mut fast = Fast::new(op, vec![]);
  let function = fast_function!(op, fn(*const c_void, f64, u32, *const c_void, f64, u32) -> f64);
  let at = |address: *const u8| address.expose_provenance() as f64;
  let (from_at, to_at) = (from.as_ptr().cast::<u8>(), to.as_mut_ptr().cast::<u8>().cast_const());
  // SAFETY: the context of the op; the addresses are those of the elements.
  unsafe {
    assert_eq!(function(RECEIVER, fast.address(), RECEIVER, at(from_at), 8, RECEIVER, at(to_at), 24), 67.0);
    assert_eq!(fast.context.bytes_sent, 32);
    // Where no elements can lie the host says so.
    function(RECEIVER, fast.address(), RECEIVER, at(from_at), 8, RECEIVER, at(to_at.wrapping_add(4)), 16);
  }
  assert_eq!(fast.take_failure(), Some(Outcome::Retry));
  assert_eq!(fast.context.bytes_sent, 32);
  assert_eq!(to, [13.0, 24.0, 30.0]);
}
