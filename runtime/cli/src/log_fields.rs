//! Fields of events in the log as text.

use plugbay::one_line;
use tracing_subscriber::field::MakeExt;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::debug_fn;

/// What begins the further lines of a message: nobody takes them for events.
const CONTINUED: &str = "\n  | ";

/// The message, and behind it other fields, as `name=value`.
pub(crate) fn log_fields() -> impl for<'w> FormatFields<'w> + Send + Sync + 'static {
  let fields = debug_fn(|writer, field, value| {
    let value = marked(&format!("{value:?}"));
    match field.name() {
      "message" => write!(writer, "{value}"),
      name => write!(writer, "{name}={value}"),
    }
  });
  fields.delimited(" ")
}

/// With line breaks that show whose lines follow, and what steers a terminal written as escapes.
fn marked(text: &str) -> String {
  text.split('\n').map(one_line).collect::<Vec<_>>().join(CONTINUED)
}

#[cfg(test)]
mod tests {
  use super::marked;

  #[test]
  fn no_line_of_a_message_begins_as_an_event_does() {
    assert_eq!(marked("a\n2026-01-01 INFO b"), "a\n  | 2026-01-01 INFO b");
    assert_eq!(marked("a\r\u{2028}\u{1b}[2J\tgr\u{fc}\u{df}"), "a\\r\\u{2028}\\u{1b}[2J\tgr\u{fc}\u{df}");
  }
}
