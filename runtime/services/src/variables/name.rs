//! Names of variables.

use crate::VariableFailure;

/// As Spin has them: lower-case letters, digits, and single underscores between them, after a letter. Each then has
/// one name in the environment.
pub(crate) fn check(name: &str) -> Result<(), VariableFailure> {
  let wrong = if name.is_empty() {
    "it is empty"
  } else if name.bytes().any(|byte| !matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_')) {
    "only lower-case letters, digits and underscores make a name"
  } else if !name.as_bytes()[0].is_ascii_lowercase() {
    "it must begin with a letter"
  } else if name.ends_with('_') || name.contains("__") {
    "an underscore must stand between two letters or digits"
  } else {
    return Ok(());
  };
  Err(VariableFailure::InvalidName(format!("{name:?} is no name of a variable: {wrong}")))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn names_are_those_of_spin() {
    for name in ["a", "a1", "api_key", "a_1_b"] {
      assert_eq!(check(name), Ok(()), "{name}");
    }
    for name in ["", "A", "1a", "_a", "a_", "a__b", "a-b", "a.b", "ä", "a b", "../a"] {
      assert!(check(name).is_err(), "{name}");
    }
  }
}
