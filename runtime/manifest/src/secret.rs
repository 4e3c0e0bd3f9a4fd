//! Texts that nobody is shown.

use std::fmt;

/// A text that is not to be shown: `Debug` does not.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
  /// Makes a secret of a text.
  #[must_use]
  pub fn new(text: String) -> Self {
    Self(text)
  }

  /// The text, for whoever it is meant for.
  #[must_use]
  pub fn expose(&self) -> &str {
    &self.0
  }
}

impl fmt::Debug for Secret {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("…")
  }
}
