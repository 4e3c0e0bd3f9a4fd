//! What a kind of plugin has to implement so that its functions can be ops.

use std::ffi::c_void;
use std::rc::Rc;

use plugin_abi::Argument;
use plugin_abi::OwnedBuffer;

use super::Outcome;
use super::Signature;

/// How arguments and answers of an op are written as bytes, and so what `plugin.ops.name(…)` takes and gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
  /// Buffers in, a buffer out.
  Bytes,
  /// The first buffer and the answer are JSON text.
  Json,
  /// Whatever the JavaScript function of a guest's op takes and gives.
  Guest,
  /// Those of a [`Signature`].
  Typed,
}

/// A function that V8 calls directly from optimised code: see [`plugin_abi::FastContext`].
#[derive(Clone, Copy)]
pub struct FastFunction {
  /// Where its code is.
  pub address: *const c_void,
  /// The op's data.
  pub data: *mut c_void,
  /// The number of the plugin's instance.
  pub instance: u64,
}

/// The code of an op. It is kept alive while a call of it runs or is under way.
pub trait OpTarget {
  /// How its arguments and answers are written.
  fn encoding(&self) -> Encoding;

  /// What it takes and gives, if it says so.
  fn signature(&self) -> Option<&Rc<Signature>> {
    None
  }

  /// The function for fast calls, if it has one. It may be called as long as the op is open.
  fn fast(&self) -> Option<FastFunction> {
    None
  }

  /// The function for lending calls, if it has one: see [`plugin_abi::LentContext`]. It may be called as long as the op
  /// is open.
  fn lent(&self) -> Option<FastFunction> {
    None
  }

  /// Calls it with the arguments that its signature says. Only asked of an op that has one.
  ///
  /// # Safety
  ///
  /// Each argument is one of its parameter's kind, as [`Argument`] says.
  unsafe fn call_typed(&self, arguments: &mut [Argument]) -> Outcome {
    let _ = arguments;
    Outcome::NotFound
  }

  /// What it takes and gives in TypeScript, where it has no signature: `(a: number): bigint`.
  fn declaration(&self) -> Option<String> {
    None
  }

  /// Calls it with bytes. It may exchange the buffers for others.
  fn call(&self, buffers: &mut [OwnedBuffer]) -> Outcome;
}
