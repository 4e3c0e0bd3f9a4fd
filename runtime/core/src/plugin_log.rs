//! What plugins write to the log.

use std::borrow::Cow;

/// One line of a plugin's. The levels are those of [`plugin_abi::HostTable::log`].
pub fn write(plugin: &str, level: u32, message: &str) {
  let message = one_line(message);
  match level {
    1 => tracing::error!(target: "plugin", plugin, "{message}"),
    2 => tracing::warn!(target: "plugin", plugin, "{message}"),
    3 => tracing::info!(target: "plugin", plugin, "{message}"),
    _ => tracing::debug!(target: "plugin", plugin, "{message}"),
  }
}

/// One line that a plugin prints, for whoever runs it.
pub fn print(plugin: &str, message: &str) {
  let message = one_line(message);
  tracing::info!(target: "print", plugin, "{message}");
}

/// With what would begin another line or steer a terminal written as escapes: nobody takes it for a line of somebody
/// else's.
pub fn one_line(message: &str) -> Cow<'_, str> {
  let steers = |letter: char| {
    letter.is_control() && letter != '\t' || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
  };
  if !message.contains(steers) {
    return Cow::Borrowed(message);
  }
  let mut escaped = String::with_capacity(message.len() + 16);
  for letter in message.chars() {
    match steers(letter) {
      true => escaped.extend(letter.escape_default()),
      false => escaped.push(letter),
    }
  }
  Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
  use super::one_line;

  #[test]
  fn a_message_is_one_line() {
    assert_eq!(one_line("gr\u{fc}\u{df} \"x\"\ty"), "gr\u{fc}\u{df} \"x\"\ty");
    assert_eq!(one_line("a\nERROR b\r\0"), "a\\nERROR b\\r\\u{0}");
    assert_eq!(one_line("\u{1b}[2J\u{85}\u{2028}\u{202e}"), "\\u{1b}[2J\\u{85}\\u{2028}\\u{202e}");
  }
}
