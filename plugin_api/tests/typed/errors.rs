//! What becomes of errors and panics.

use std::ffi::c_void;
use std::io;

use plugin_api::OpError;
use plugin_api::error::AnyError;
use plugin_api::error::Context;
use plugin_api::op;

use crate::RECEIVER;
use crate::fast_function;
use crate::host::Failure;
use crate::host::Fast;
use crate::host::Outcome;
use crate::host::Plugin;
use crate::number;

#[op]
fn of_its_own(n: u32) -> Result<u32, OpError> {
  match n {
    0 => Err(OpError::new("RangeError", "no zeros").with_code("ERR_ZERO")),
    n => Ok(n),
  }
}

#[op]
fn of_io(n: u32) -> io::Result<u32> {
  match n {
    0 => Err(io::Error::new(io::ErrorKind::NotFound, "no such file")),
    n => Ok(n),
  }
}

#[op]
fn of_any(n: u32) -> Result<u32, AnyError> {
  of_io::call(n).context("reading")
}

#[op]
fn panics(n: u32) -> u32 {
  match n {
    0 => panic!("zero"),
    n => n,
  }
}

fn failure(class: &str, code: &str, message: &str) -> Outcome {
  Outcome::Failed(Failure { class: class.to_string(), code: code.to_string(), message: message.to_string() })
}

#[test]
fn errors_keep_their_class() {
  let plugin = Plugin::open(|interface| {
    interface.register_op("of_its_own", of_its_own);
    interface.register_op("of_io", of_io);
    interface.register_op("of_any", of_any);
    interface.register_op("panics", panics);
  });
  for (name, expected) in [
    ("of_its_own", failure("RangeError", "ERR_ZERO", "no zeros")),
    ("of_io", failure("NotFound", "ERR_OP_IO", "no such file")),
    ("of_any", failure("NotFound", "ERR_OP_IO", "reading: no such file")),
    ("panics", failure("Error", "ERR_PLUGIN_PANIC", "panicked: zero")),
  ] {
    let op = plugin.op(name);
    assert_eq!(op.call(&[number(5)]), Outcome::Number(5.0));
    assert_eq!(op.call(&[number(0)]), expected);
    let mut fast = Fast::new(op, vec![]);
    let function = fast_function!(op, fn(u32) -> u32);
    // SAFETY: the context of the op.
    assert_eq!(unsafe { function(RECEIVER, fast.address(), 5) }, 5);
    assert_eq!(fast.take_failure(), None);
    // SAFETY: as above.
    unsafe { function(RECEIVER, fast.address(), 0) };
    assert_eq!(fast.take_failure(), Some(expected));
  }
}
