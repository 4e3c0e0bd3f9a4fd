//! Paths as they are typed.

use std::path::Path;

/// A path as a word of a command.
pub(crate) fn quoted(path: &Path) -> String {
  let text = path.display().to_string();
  if text.contains(char::is_whitespace) { format!("\"{text}\"") } else { text }
}
