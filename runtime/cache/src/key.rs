//! The names of files.

use blake3::Hasher;

const EXTENSION: &str = ".plugbay";
const DRAFT_EXTENSION: &str = ".draft";
/// Of a hash, and of what tells two drafts of one file apart.
const KEY_DIGITS: usize = 2 * blake3::OUT_LEN;
const DRAFT_DIGITS: usize = 16;

/// The key of a module, by which its file has its name.
pub struct Key(String);

impl Key {
  /// The key of `module` as `compiler` compiles it: whatever the machine code depends on is in that text.
  pub fn new(compiler: &str, module: &[u8]) -> Self {
    let mut hash = Hasher::new();
    hash.update(&compiler.len().to_le_bytes());
    hash.update(compiler.as_bytes());
    hash.update(module);
    Self(hash.finalize().to_hex().to_string())
  }

  pub(crate) fn as_bytes(&self) -> &[u8] {
    self.0.as_bytes()
  }

  /// The name of its file.
  pub fn file_name(&self) -> String {
    format!("{}{EXTENSION}", self.0)
  }

  /// The name of a file that is being written.
  pub(crate) fn draft_name(&self, number: u64) -> String {
    format!("{}.{number:0DRAFT_DIGITS$x}{DRAFT_EXTENSION}", self.0)
  }
}

/// What a file of that name is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
  /// A module.
  Whole,
  /// One that is being written, or whose process was ended before it was.
  Draft,
  /// Somebody else's.
  Foreign,
}

impl Kind {
  pub(crate) fn of(name: &str) -> Self {
    let is_hex = |digits: &str, length: usize| {
      digits.len() == length && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    };
    if name.strip_suffix(EXTENSION).is_some_and(|key| is_hex(key, KEY_DIGITS)) {
      return Self::Whole;
    }
    match name.strip_suffix(DRAFT_EXTENSION).and_then(|name| name.split_once('.')) {
      Some((key, number)) if is_hex(key, KEY_DIGITS) && is_hex(number, DRAFT_DIGITS) => Self::Draft,
      _ => Self::Foreign,
    }
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn files_are_known_by_their_names() {
    let key = Key::new("compiler", b"module");
    assert_eq!(Kind::of(&key.file_name()), Kind::Whole);
    assert_eq!(Kind::of(&key.draft_name(u64::MAX)), Kind::Draft);
    assert_eq!(Kind::of(&key.draft_name(1)), Kind::Draft);
    for foreign in ["", "photo.jpg", ".plugbay", ".draft", &key.0, &key.0.to_uppercase(), "0123.plugbay"] {
      assert_eq!(Kind::of(foreign), Kind::Foreign, "{foreign}");
    }
    for foreign in [format!("{}x.plugbay", key.0), format!("{}.1.draft", key.0), format!("{}.draft", key.0)] {
      assert_eq!(Kind::of(&foreign), Kind::Foreign, "{foreign}");
    }
  }

  #[test]
  fn another_compiler_or_module_has_another_key() {
    let keys = [("a", "bc"), ("ab", "c"), ("abc", ""), ("", "abc")].map(|(who, what)| Key::new(who, what.as_bytes()).0);
    assert!((1..keys.len()).all(|index| !keys[..index].contains(&keys[index])), "{keys:?}");
  }
}
