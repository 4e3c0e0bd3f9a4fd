//! Why a script did not run to its end.

use std::path::PathBuf;

use deno_core::error::CoreError;
use deno_core::error::CoreErrorKind;
use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;

use crate::uncaught;

/// Why a [`Runtime`](crate::Runtime) could not be made or a script did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
  /// The path of a script cannot be made into a URL.
  #[error("cannot run {path:?}: {reason}")]
  ScriptPath {
    /// The path that was given.
    path: PathBuf,
    /// What is wrong with it.
    reason: String,
  },
  /// A grant names a path that cannot be resolved.
  #[error("cannot grant this permission: {0}")]
  Permission(String),
  /// The runtime's own JavaScript does not run with the flags of V8 that were set, without WebAssembly for instance.
  #[error("the runtime cannot start with these flags of V8: {0}; leave them out")]
  Bootstrap(String),
  /// V8 does not know these flags.
  #[error("V8 does not know {0}; `plugbay run --v8-flags=--help x.js` lists its flags")]
  V8Flags(String),
  /// V8 wants the isolates of a thread to end in the order opposite to that in which they began.
  #[error("cannot make a second runtime on one thread: drop the first before, or use another thread")]
  SecondRuntime,
  /// The thread's stack is too small for scripts.
  #[error("cannot make a runtime with {} KiB of stack: make it on a thread with at least {} KiB", found / 1024, wanted / 1024)]
  SmallStack {
    /// How much there is, in bytes.
    found: usize,
    /// How much there has to be, in bytes.
    wanted: usize,
  },
  /// The heap that was asked for holds no script.
  #[error("cannot make a runtime with a heap of {} MiB: give it at least {} MiB", limit >> 20, least >> 20)]
  SmallHeap {
    /// What was asked for, in bytes.
    limit: usize,
    /// How much there has to be, in bytes.
    least: usize,
  },
  /// The script has filled V8's heap and was ended. Its runtime runs nothing more; others are not touched.
  #[error(
    "the script has filled V8's heap of {} MiB and was ended ({}); `--max-heap=MIB` of plugbay run, or Builder::heap_limit, \
     gives it more",
    limit >> 20,
    ErrorCode::HeapLimit.code()
  )]
  HeapLimit {
    /// How much it may have, in bytes.
    limit: usize,
  },
  /// Another thread has ended what the runtime did. It runs nothing more.
  #[error("{}", OpFailure::script_ended())]
  Ended,
  /// A file has no WIT.
  #[error("cannot tell the WIT of {path:?}: {reason}")]
  Wit {
    /// The file.
    path: PathBuf,
    /// Why not.
    reason: String,
  },
  /// A plugin cannot be made a component.
  #[error("cannot make a component of {path:?}: {reason}")]
  Component {
    /// The plugin.
    path: PathBuf,
    /// Why not.
    reason: String,
  },
  /// The system gives less than a runtime needs.
  #[error("cannot make a runtime: {0}")]
  System(String),
  /// The threads or the event loop could not be made.
  #[error("cannot start the event loop: {0}")]
  EventLoop(#[from] std::io::Error),
  /// Nothing is left that an op, or a handler, could wait for.
  #[error("the op never answers: nothing is left that it could wait for")]
  NeverAnswers,
  /// The script threw, or a module of it was not found or does not parse. The message has the stack with the script's
  /// file, line and column, and what else is known of the error.
  #[error("{0}")]
  Script(String),
}

impl From<CoreError> for Error {
  fn from(error: CoreError) -> Self {
    Self::Script(match error.as_kind() {
      CoreErrorKind::Js(error) => uncaught::text_of(error),
      _ => error.to_string(),
    })
  }
}
