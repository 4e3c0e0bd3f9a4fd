//! Why a call failed.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// Why a call failed. Boxed, so that calls that do not fail do not carry its size around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpFailure(Box<Failure>);

/// What an [`OpFailure`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
  /// Name of the class of the JavaScript error that it is.
  pub class: Cow<'static, str>,
  /// Stable code for programs to compare; may be empty.
  pub code: Cow<'static, str>,
  /// Text for people.
  pub message: String,
}

impl OpFailure {
  /// A failure.
  pub fn new(
    class: impl Into<Cow<'static, str>>,
    code: impl Into<Cow<'static, str>>,
    message: impl Into<String>,
  ) -> Self {
    Self(Box::new(Failure { class: class.into(), code: code.into(), message: message.into() }))
  }

  /// The same with another message.
  pub fn with_message(mut self, message: String) -> Self {
    self.0.message = message;
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
    let Failure { class, code, message } = &**self;
    write!(f, "{class}: {message}")?;
    if code.is_empty() { Ok(()) } else { write!(f, " ({code})") }
  }
}

impl std::error::Error for OpFailure {}
