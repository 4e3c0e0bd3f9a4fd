//! How an error that nobody caught is printed: the line of the script, where it was on its way, its own properties,
//! what caused it and what it is made of.

use std::fmt::Write as _;

use deno_core::error::JsError;
use deno_core::error::JsStackFrame;
use deno_core::error::NoAnsiColors;
use deno_core::error::format_frame;

/// Between the message and the properties, as `js/uncaught.js` gives them.
const SEPARATOR: char = '\0';

/// The text of an error that a script did not catch.
pub(crate) fn text_of(error: &JsError) -> String {
  let (message, properties) = parts(error);
  let mut text = if message.starts_with("Uncaught") { String::new() } else { "Uncaught ".to_string() };
  describe(&mut text, error, message, properties, "");
  text
}

fn parts(error: &JsError) -> (&str, &str) {
  error.exception_message.rsplit_once(SEPARATOR).unwrap_or((&error.exception_message, ""))
}

/// An error that stands behind another.
fn describe_inner(text: &mut String, error: &JsError, indent: &str) {
  let (message, properties) = parts(error);
  describe(text, error, message.strip_prefix("Uncaught ").unwrap_or(message), properties, indent);
}

fn describe(text: &mut String, error: &JsError, message: &str, properties: &str, indent: &str) {
  text.push_str(&message.replace('\n', &format!("\n{indent}")));
  if let Some(line) = &error.source_line
    && let Some(frame) = error.source_line_frame_index.and_then(|index| error.frames.get(index))
  {
    describe_line(text, line, frame, indent);
  }
  match &error.stack {
    // Somebody else wrote it.
    Some(stack) if error.stack_is_custom => {
      for line in stack.lines().skip_while(|line| !line.trim_start().starts_with("at ")) {
        let _ = write!(text, "\n{indent}{line}");
      }
    }
    _ => {
      for frame in error.frames.iter().filter(|frame| !is_of_runtime(frame)) {
        let _ = write!(text, "\n{indent}    at {}", format_frame::<NoAnsiColors>(frame, None));
      }
    }
  }
  for line in properties.lines() {
    let _ = write!(text, "\n{indent}  {line}");
  }
  for member in error.aggregated.iter().flatten() {
    let _ = write!(text, "\n{indent}  - ");
    describe_inner(text, member, &format!("{indent}    "));
  }
  if let Some(cause) = &error.cause {
    let _ = write!(text, "\n{indent}Caused by: ");
    describe_inner(text, cause, indent);
  }
}

/// The line of the script, with a mark below the place.
fn describe_line(text: &mut String, line: &str, frame: &JsStackFrame, indent: &str) {
  let shown = line.trim_start();
  if shown.is_empty() || shown.contains(char::is_control) {
    return;
  }
  let _ = write!(text, "\n{indent}  {}", shown.trim_end());
  let skipped = line.chars().count() - shown.chars().count();
  let column = frame.column_number.and_then(|column| usize::try_from(column).ok()?.checked_sub(1 + skipped));
  if let Some(column) = column.filter(|&column| column < shown.chars().count()) {
    let _ = write!(text, "\n{indent}  {:column$}^", "");
  }
}

fn is_of_runtime(frame: &JsStackFrame) -> bool {
  // Ops have functions that the runtime makes of text.
  let is_made = || frame.eval_origin.as_ref().is_some_and(|origin| origin.contains("(ext:plugbay/"));
  frame.file_name.as_ref().is_some_and(|name| name.trim_start_matches('[').starts_with("ext:")) || is_made()
}
