//! Why a value could not be read or written.

use std::fmt;

pub(crate) type Result<T> = std::result::Result<T, WireError>;

/// Why a value could not be read or written, and where in it.
#[derive(Debug)]
pub struct WireError(Box<Parts>);

#[derive(Debug)]
struct Parts {
  /// Such as `options.list[1]`; made from its end.
  path: String,
  message: String,
}

impl WireError {
  pub(crate) fn new(message: impl Into<String>) -> Self {
    Self(Box::new(Parts { path: String::new(), message: message.into() }))
  }

  #[cold]
  pub(crate) fn at_index(self, index: usize) -> Self {
    self.before(&format!("[{index}]"))
  }

  #[cold]
  pub(crate) fn at_key(self, key: &str) -> Self {
    self.before(key)
  }

  fn before(mut self, step: &str) -> Self {
    let dot = if self.0.path.is_empty() || self.0.path.starts_with('[') { "" } else { "." };
    self.0.path.insert_str(0, &format!("{step}{dot}"));
    self
  }
}

impl fmt::Display for WireError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self.0.path.is_empty() {
      true => f.write_str(&self.0.message),
      false => write!(f, "at {}: {}", self.0.path, self.0.message),
    }
  }
}

impl std::error::Error for WireError {}

impl serde::de::Error for WireError {
  #[cold]
  fn custom<T: fmt::Display>(message: T) -> Self {
    Self::new(message.to_string())
  }
}

impl serde::ser::Error for WireError {
  #[cold]
  fn custom<T: fmt::Display>(message: T) -> Self {
    Self::new(message.to_string())
  }
}

#[cold]
pub(crate) fn cut_short() -> WireError {
  WireError::new("the value is cut short")
}
