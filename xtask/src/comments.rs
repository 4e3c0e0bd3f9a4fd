//! The width of comments, which rustfmt leaves as they are.

use std::path::Path;

use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

/// As rustfmt.toml has it for code.
const MAX_WIDTH: usize = 120;
const DIRECTORIES: &[&str] = &["fuzz", "js", "plugin_api", "plugins", "runtime", "tests", "xtask"];

/// # Errors
///
/// When comments are too wide: all that are, one a line.
pub(crate) fn check() -> Result<()> {
  let mut found = Vec::new();
  for directory in DIRECTORIES {
    for path in workspace::files(&workspace::root().join(directory), &["js", "rs", "ts"], &["node_modules", "target"])?
    {
      found.extend(too_wide(&workspace::read(&path)?).map(|line| place(&path, line)));
    }
  }
  ensure!(found.is_empty(), "these comments are wider than {MAX_WIDTH} columns:\n{}", found.join("\n"));
  Ok(())
}

/// The numbers of the lines that could be shorter: rows of tables and single words could not.
fn too_wide(text: &str) -> impl Iterator<Item = usize> {
  let is_too_wide = |line: &str| {
    let comment = line
      .trim_start()
      .strip_prefix("//")
      .or_else(|| line.trim_start().strip_prefix("* "))
      .map(|rest| rest.trim_start_matches(['/', '!']).trim());
    line.chars().count() > MAX_WIDTH && comment.is_some_and(|text| text.contains(' ') && !text.starts_with('|'))
  };
  text.lines().zip(1..).filter(move |(line, _)| is_too_wide(line)).map(|(_, number)| number)
}

fn place(path: &Path, line: usize) -> String {
  format!("{}:{line}", path.strip_prefix(workspace::root()).unwrap_or(path).display())
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn wide_comments_are_found() {
    let wide = "wide ".repeat(25);
    for (line, is_found) in [
      (format!("// {wide}"), true),
      (format!("    /// {wide}"), true),
      (format!("//! {}", "schön ".repeat(20)), true),
      (format!("/// | {wide} |"), false),
      (format!("// https://example.com/{}", "x".repeat(120)), false),
      (format!("let wide = \"{wide}\";"), false),
      ("// narrow".to_string(), false),
    ] {
      assert_eq!(
        too_wide(&format!("\n{line}\n")).collect::<Vec<_>>(),
        if is_found { vec![2] } else { vec![] },
        "{line}"
      );
    }
  }
}
