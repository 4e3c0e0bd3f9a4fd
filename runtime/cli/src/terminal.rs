//! Whoever sits at standard input.

use std::io;
use std::io::BufRead;
use std::io::Write;

/// A line of answer; nothing at the end of the input.
pub(crate) fn ask(question: &str) -> Option<String> {
  let mut errors = io::stderr();
  // Nobody may read it.
  let _ = errors.write_all(question.as_bytes()).and_then(|()| errors.flush());
  let mut line = String::new();
  match io::stdin().lock().read_line(&mut line) {
    Ok(length) if length > 0 => Some(line.trim().to_string()),
    _ => None,
  }
}
