//! Why a call failed.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use crate::ErrorCode;

/// Why a call failed. Boxed, so that calls that do not fail do not carry its size around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpFailure(Box<Failure>);

/// What an [`OpFailure`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
  /// Which of the runtime's own errors it is; `None` for one of a plugin's or a script's.
  pub error: Option<ErrorCode>,
  /// Name of the class of the JavaScript error that it is.
  pub class: Cow<'static, str>,
  /// Stable code for programs to compare; may be empty.
  pub code: Cow<'static, str>,
  /// Text for people.
  pub message: String,
  /// Whether the message begins with the op that failed.
  pub names_op: bool,
}

impl OpFailure {
  /// One of the runtime's own errors.
  pub fn new(error: ErrorCode, message: impl Into<String>) -> Self {
    Self(Box::new(Failure {
      error: Some(error),
      class: Cow::Borrowed(error.class()),
      code: Cow::Borrowed(error.code()),
      message: message.into(),
      names_op: false,
    }))
  }

  /// A failure that comes as texts: from a plugin, from JavaScript or from another thread. It may be one of the
  /// runtime's own errors.
  pub fn from_texts(
    class: impl Into<Cow<'static, str>>,
    code: impl Into<Cow<'static, str>>,
    message: impl Into<String>,
  ) -> Self {
    let (class, code) = (class.into(), code.into());
    let error = ErrorCode::find(&class, &code);
    Self(Box::new(Failure { error, class, code, message: message.into(), names_op: false }))
  }

  /// The same, where `names_op` says whether its message begins with the op.
  pub fn with_op_named(mut self, names_op: bool) -> Self {
    self.0.names_op = names_op;
    self
  }

  /// The same, which says what op failed if it is of those that do not know: a plugin's own words stay as they are.
  pub fn in_op(mut self, op: &str, plugin: &str) -> Self {
    let Failure { error, message, names_op, .. } = &mut *self.0;
    if !*names_op && error.is_some_and(ErrorCode::is_in_op) {
      *message = format!("op {op:?} of plugin {plugin}: {message}");
      *names_op = true;
    }
    self
  }
}

impl Deref for OpFailure {
  type Target = Failure;

  fn deref(&self) -> &Failure {
    &self.0
  }
}

impl fmt::Display for OpFailure {
  /// As JavaScript writes an error, and its code.
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Failure { class, code, message, .. } = &**self;
    write!(f, "{class}: {message}")?;
    if code.is_empty() { Ok(()) } else { write!(f, " ({code})") }
  }
}

impl std::error::Error for OpFailure {}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn an_op_is_named_once_and_not_in_front_of_the_words_of_others() {
    let named = OpFailure::new(ErrorCode::OpArgument, "it does not fit").in_op("a\"b", "p").in_op("c", "d");
    assert_eq!(named.message, "op \"a\\\"b\" of plugin p: it does not fit");
    let closed = OpFailure::new(ErrorCode::PluginClosed, "it is closed").in_op("a", "p");
    assert_eq!(closed.message, "it is closed");
    // A code that begins as the runtime's own do is none of them.
    let own = OpFailure::from_texts("RangeError", "ERR_OP_LEVEL", "too high").in_op("a", "p");
    assert_eq!((own.error, &*own.message), (None, "too high"));
    let io = OpFailure::from_texts("NotFound", "ERR_OP_IO", "no file").in_op("a", "p");
    assert_eq!((io.error, &*io.message), (Some(ErrorCode::OpIo), "op \"a\" of plugin p: no file"));
  }
}
