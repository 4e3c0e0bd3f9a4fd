//! Ops under `#[op]` and `#[json_op]`, called as the host calls them: on the slow path and on the fast one.

mod arguments;
mod errors;
mod futures;
mod host;
mod lending;
mod results;
mod services;
mod signature;
mod slices;
mod state;
mod values;

use std::ffi::c_void;

use plugin_abi as abi;

/// A number as an argument.
fn number(number: impl Into<f64>) -> abi::Argument {
  abi::Argument { number: number.into() }
}

/// Text or bytes as an argument.
fn bytes(bytes: &[u8]) -> abi::Argument {
  abi::Argument { bytes: slice(bytes) }
}

fn slice(bytes: &[u8]) -> abi::Slice {
  abi::Slice { ptr: bytes.as_ptr(), len: bytes.len() }
}

/// Words in the wire format as an argument.
fn words(words: &[u64]) -> abi::Argument {
  abi::Argument { bytes: abi::Slice { ptr: words.as_ptr().cast(), len: words.len() * 8 } }
}

/// The fast function of an op as a Rust function of that type.
macro_rules! fast_function {
  ($op:expr, fn($($ty:ty),*) $(-> $result:ty)?) => {{
    let address = $op.fast;
    assert!(!address.is_null());
    // SAFETY: the signature says so, and the test writes it.
    unsafe {
      std::mem::transmute::<*const c_void, unsafe extern "C" fn(*const c_void, f64, $($ty),*) $(-> $result)?>(address)
    }
  }};
}
pub(crate) use fast_function;

/// What V8 passes as the receiver, which means nothing.
const RECEIVER: *const c_void = std::ptr::null();
