//! What a kind of plugin has to implement so that its functions can be ops.

use std::ffi::c_void;
use std::rc::Rc;

use http::request::Parts;
use plugin_abi::Argument;
use plugin_abi::OwnedBuffer;

use super::Outcome;
use super::RequestBody;
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
  /// None: it answers HTTP requests, and nothing else calls it.
  Http,
  /// None: it takes messages of Redis, each as the body of a request, and nothing else calls it.
  Redis,
}

impl Encoding {
  /// Whether such an op is for what a server hands over, by [`OpTarget::answer`], and for nobody else.
  pub fn is_of_servers(self) -> bool {
    matches!(self, Self::Http | Self::Redis)
  }
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

/// What stands behind an op. It is kept alive while a call of it runs or is under way.
#[derive(Clone)]
pub enum Target {
  /// Code that is called with what is no value of V8's.
  Code(Rc<dyn OpTarget>),
  /// A function of JavaScript's: of a guest or of a script. Nothing calls it but JavaScript.
  Function(Rc<dyn FunctionTarget>),
}

impl Target {
  /// The code, if it is code.
  pub fn code(self) -> Option<Rc<dyn OpTarget>> {
    match self {
      Self::Code(code) => Some(code),
      Self::Function(_) => None,
    }
  }

  pub(super) fn encoding(&self) -> Encoding {
    match self {
      Self::Code(code) => code.encoding(),
      Self::Function(_) => Encoding::Guest,
    }
  }

  pub(super) fn signature(&self) -> Option<&Rc<Signature>> {
    match self {
      Self::Code(code) => code.signature(),
      Self::Function(function) => function.signature(),
    }
  }

  pub(super) fn declaration(&self) -> Option<String> {
    match self {
      Self::Code(_) => None,
      Self::Function(function) => function.declaration(),
    }
  }

  pub(super) fn lends(&self) -> bool {
    matches!(self, Self::Code(code) if code.lent().is_some())
  }
}

impl<T: OpTarget + 'static> From<Rc<T>> for Target {
  fn from(code: Rc<T>) -> Self {
    Self::Code(code)
  }
}

/// What is known of a function of JavaScript's that is an op.
pub trait FunctionTarget {
  /// What it takes and gives, if it says so.
  fn signature(&self) -> Option<&Rc<Signature>> {
    None
  }

  /// What it takes and gives in TypeScript, where it has no signature: `(a: number): bigint`.
  fn declaration(&self) -> Option<String> {
    None
  }
}

/// The code of an op.
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

  /// Has it answer a request: with [`Outcome::Response`], now or later. Only asked of an op whose encoding
  /// [is for that](Encoding::is_of_servers).
  fn answer(&self, head: &Parts, body: RequestBody) -> Outcome {
    let _ = (head, body);
    Outcome::NotFound
  }

  /// Calls it with bytes. It may exchange the buffers for others.
  fn call(&self, buffers: &mut [OwnedBuffer]) -> Outcome;
}
