//! The plugin of the documentation: one typed op, and two zero-copy ops, one of them async, as Deno had them in 2020.

use plugin_api::Interface;
use plugin_api::Op;
use plugin_api::ZeroCopyBuf;
use plugin_api::futures::FutureExt;
use plugin_api::op;

plugin_api::plugin!();

/// Registers the ops.
// SAFETY: plugbay's name for the init function of a plugin.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  interface.register_op("greet", greet);
  interface.register_op("testSync", op_test_sync);
  interface.register_op("testAsync", op_test_async);
}

/// `greet("world")` is `"Hello, world!"`.
#[op]
fn greet(name: &str) -> String {
  format!("Hello, {name}!")
}

/// Answers the bytes of all buffers, in upper case, and does the same to the first buffer in place.
fn op_test_sync(_interface: &mut dyn Interface, zero_copy: &mut [ZeroCopyBuf]) -> Op {
  for buffer in zero_copy.iter_mut().take(1) {
    buffer.make_ascii_uppercase();
  }
  let bytes = zero_copy.iter().flat_map(|buffer| buffer.to_ascii_uppercase());
  Op::Sync(bytes.collect())
}

/// Answers the number of bytes in all buffers as text, from a future.
fn op_test_async(_interface: &mut dyn Interface, zero_copy: &mut [ZeroCopyBuf]) -> Op {
  let buffers = zero_copy.to_vec();
  let answer = async move {
    let bytes: usize = buffers.iter().map(|buffer| buffer.len()).sum();
    bytes.to_string().into_bytes().into()
  };
  Op::Async(answer.boxed())
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_name_is_greeted() {
    assert_eq!(greet::call("Zoë"), "Hello, Zoë!");
  }
}
