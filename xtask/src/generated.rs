//! Parts of documents that are made from the sources: each stands between two marks, and is made by the command of its
//! name.

use std::fs;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

/// Puts what was made into its part of a document. With `check` only tells whether that is what stands there.
///
/// # Errors
///
/// When the document has no such part; with `check` when the part is another.
pub(crate) fn update(document: &str, name: &str, check: bool, made: &str) -> Result<()> {
  let path = workspace::root().join(document);
  let text = workspace::read(&path)?;
  let made = with_part(&text, name, made).with_context(|| document.to_string())?;
  if made == text {
    return Ok(());
  }
  ensure!(!check, "{document} does not have what the sources say: run `cargo xtask {name}`");
  fs::write(&path, made).with_context(|| format!("cannot write {document}"))
}

fn with_part(text: &str, name: &str, made: &str) -> Result<String> {
  let (begin, end) = (format!("<!-- {name}: made by `cargo xtask {name}` -->\n"), format!("<!-- /{name} -->"));
  let (before, rest) = text.split_once(&begin).with_context(|| format!("there is no mark {begin}"))?;
  let (_, after) = rest.split_once(&end).with_context(|| format!("there is no mark {end}"))?;
  Ok(format!("{before}{begin}\n{made}\n{end}{after}"))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_part_takes_the_place_of_the_one_before() {
    let text = "a\n<!-- it: made by `cargo xtask it` -->\n\nold\n\n<!-- /it -->\nb\n";
    let made = with_part(text, "it", "older\n").unwrap();
    assert_eq!(made, text.replace("old", "older"));
    assert!(with_part(text, "else", "older\n").is_err());
  }
}
