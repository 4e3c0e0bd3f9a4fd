//! Comments.

/// A doc comment of TypeScript with that text, whose lines begin with `indent`; nothing for no text.
pub fn comment(text: &str, indent: &str) -> String {
  // What would end the comment does not.
  let text = text.replace("*/", "*\u{2044}");
  let lines = text.trim().lines().collect::<Vec<_>>();
  match lines[..] {
    [] => String::new(),
    [line] => format!("{indent}/** {} */\n", line.trim()),
    _ => {
      let lines = lines.iter().map(|line| format!("{indent} * {}", line.trim()).trim_end().to_string() + "\n");
      format!("{indent}/**\n{}{indent} */\n", lines.collect::<String>())
    }
  }
}
