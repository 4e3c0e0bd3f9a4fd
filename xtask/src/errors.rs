//! The codes of errors: those in the sources and those in README.md's table are the same.

use std::collections::BTreeSet;

use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

/// Where errors are made.
const SOURCES: &[&str] = &["js", "plugin_api/src", "runtime"];
/// What is not the product.
const OTHERS: &[&str] = &["benches", "examples", "templates", "tests"];

/// # Errors
///
/// When a code is missing from the table, or stands there and nowhere else.
pub(crate) fn check() -> Result<()> {
  let mut made = BTreeSet::new();
  for folder in SOURCES {
    for path in workspace::files(&workspace::root().join(folder), &["js", "rs"], OTHERS)? {
      let text = workspace::read(&path)?;
      // What stands in tests goes on to the end of a file.
      let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
      made.extend(codes(product, '"'));
    }
  }
  let readme = workspace::read(&workspace::root().join("README.md"))?;
  let told = codes(&readme, '`');
  let missing = made.difference(&told).collect::<Vec<_>>();
  ensure!(missing.is_empty(), "these codes of errors are not in README.md, section Errors: {missing:?}");
  let unknown = told.difference(&made).collect::<Vec<_>>();
  ensure!(unknown.is_empty(), "README.md has codes of errors that nothing makes: {unknown:?}");
  Ok(())
}

/// The codes that stand between two of these.
fn codes(text: &str, quote: char) -> BTreeSet<String> {
  let code = |line: &str, at: usize| {
    let word = line[at..].split(|letter: char| !letter.is_ascii_uppercase() && letter != '_').next()?;
    let is_whole = line[at + word.len()..].starts_with(quote);
    (is_whole && !word.ends_with('_')).then(|| word.to_string())
  };
  let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
  let begin = format!("{quote}ERR_");
  lines.flat_map(|line| line.match_indices(&begin).filter_map(move |(at, _)| code(line, at + 1))).collect()
}

#[cfg(test)]
mod tests {
  use super::codes;

  #[test]
  fn a_code_stands_between_quotes() {
    let text = "new('\"', \"ERR_ONE\", \"ERR_OF_\", \"not ERR_TWO\", \"ERR_\", \"ERR_two\", \"ERR_THREE_OF_THEM\")\n  /// \"ERR_FOUR\"";
    assert_eq!(codes(text, '"').into_iter().collect::<Vec<_>>(), ["ERR_ONE", "ERR_THREE_OF_THEM"]);
    assert!(codes("| `ERR_ONE` | `Error` |", '`').contains("ERR_ONE"));
  }
}
