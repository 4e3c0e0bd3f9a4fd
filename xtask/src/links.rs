//! The links of the documents: what they lead to in this repository is there, file and heading. Pages of the book link
//! to each other by path, and to what is not in the book by its address on the web.

use std::path::Path;

use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

/// Directories without documents of the repository.
const SKIPPED: &[&str] = &[".git", "demo-output", "node_modules", "target"];
/// The pages of the book.
const BOOK: &str = "docs/src";
/// How the repository's own files are called on the web, before their paths.
const ON_THE_WEB: [&str; 2] =
  [concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/"), concat!(env!("CARGO_PKG_REPOSITORY"), "/tree/main/")];

/// # Errors
///
/// When a link leads nowhere: all that do, one a line.
pub(crate) fn check() -> Result<()> {
  let root = workspace::root();
  let documents = workspace::files(&root, &["md"], SKIPPED)?;
  ensure!(!documents.is_empty(), "there are no documents in {}", root.display());
  let mut broken = Vec::new();
  for document in &documents {
    let text = workspace::read(document)?;
    for target in targets(&text) {
      if let Some(why) = problem(document, &text, &target)? {
        let document = document.strip_prefix(&root).unwrap_or(document);
        broken.push(format!("{}: the link to {target} leads nowhere: {why}", document.display()));
      }
    }
  }
  ensure!(broken.is_empty(), "{}", broken.join("\n"));
  Ok(())
}

/// The text outside of blocks and spans of code.
fn prose(text: &str) -> String {
  let mut is_code = false;
  let mut prose = String::new();
  for line in text.lines() {
    if line.trim_start().starts_with("```") {
      is_code = !is_code;
    } else if !is_code && !line.starts_with("    ") {
      prose.extend(line.split('`').step_by(2).flat_map(|part| [part, " "]));
      prose.push('\n');
    }
  }
  prose
}

/// Where the links of a document lead, but for those to what is not of this repository.
fn targets(text: &str) -> Vec<String> {
  let prose = prose(text);
  let inline = prose.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next());
  let references = prose.lines().filter(|line| line.starts_with('[')).filter_map(|line| line.split_once("]: "));
  let all = inline.chain(references.map(|(_, target)| target.trim()));
  all.filter(|target| !is_of_the_web(target) || own_path(target).is_some()).map(str::to_owned).collect()
}

/// Whether a link leads out of the documents.
pub(crate) fn is_of_the_web(target: &str) -> bool {
  target.contains("://") || target.starts_with("mailto:")
}

/// The path in this repository of an address on the web.
fn own_path(target: &str) -> Option<&str> {
  ON_THE_WEB.iter().find_map(|address| target.strip_prefix(address))
}

/// Why a link of a document leads nowhere.
fn problem(document: &Path, text: &str, target: &str) -> Result<Option<String>> {
  let (path, heading) = target.split_once('#').map_or((target, None), |(path, heading)| (path, Some(heading)));
  let file = match (path, own_path(path)) {
    ("", _) => document.to_owned(),
    (_, Some(path)) => workspace::root().join(path),
    (path, None) => document.parent().expect("a file is in a directory").join(path),
  };
  if !file.exists() {
    return Ok(Some(format!("there is no {}", file.display())));
  }
  let book = workspace::root().join(BOOK);
  if document.starts_with(&book) && own_path(path).is_none() && !file.canonicalize()?.starts_with(book.canonicalize()?)
  {
    return Ok(Some(format!("it is not in the book; link to {}…", ON_THE_WEB[0])));
  }
  let Some(heading) = heading else { return Ok(None) };
  let other = if path.is_empty() { text.to_owned() } else { workspace::read(&file)? };
  let is_there = anchors(&other).iter().any(|anchor| anchor == heading);
  Ok((!is_there).then(|| format!("{} has no heading #{heading}", file.display())))
}

/// What the headings of a document are called in links to them.
fn anchors(text: &str) -> Vec<String> {
  let mut is_code = false;
  let mut anchors = Vec::<String>::new();
  for line in text.lines() {
    is_code ^= line.starts_with("```");
    let heading = line.trim_start_matches('#');
    if is_code || heading.len() == line.len() || !heading.starts_with(' ') {
      continue;
    }
    let letters = heading.trim().to_lowercase();
    let letters = letters.chars().filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'));
    let anchor = letters.map(|letter| if letter == ' ' { '-' } else { letter }).collect::<String>();
    let same = anchors.iter().filter(|other| other.strip_prefix(&anchor).is_some_and(is_number_or_nothing)).count();
    anchors.push(if same == 0 { anchor } else { format!("{anchor}-{same}") });
  }
  anchors
}

fn is_number_or_nothing(rest: &str) -> bool {
  rest.is_empty() || rest.strip_prefix('-').is_some_and(|digits| digits.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
  use std::fs;

  use super::*;

  #[test]
  fn the_documents_have_no_broken_link() {
    check().unwrap();
  }

  #[test]
  fn a_broken_link_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let document = directory.path().join("a.md");
    fs::write(directory.path().join("b.md"), "# One `two`, three!\n## Twice\n## Twice\n").unwrap();
    let text = "# Here\n[x](b.md) ![y](c.png)\n[z]: d.md\n`[no](code.md)`\n```\n[no](block.md)\n```\n    [no](i.md)\n";
    fs::write(&document, text).unwrap();
    let wanted = [
      ("b.md", true),
      ("#here", true),
      ("b.md#one-two-three", true),
      ("b.md#twice", true),
      ("b.md#twice-1", true),
      ("b.md#twice-2", false),
      ("b.md#one", false),
      ("#there", false),
      ("c.png", false),
      ("../c.md", false),
    ];
    for (target, is_there) in wanted {
      assert_eq!(problem(&document, text, target).unwrap().is_none(), is_there, "{target}");
    }
    assert_eq!(targets(text), ["b.md", "c.png", "d.md"]);
    assert!(targets("[a](https://example.com/x) [b](mailto:a@b)").is_empty());
  }

  #[test]
  fn the_book_links_to_other_files_by_their_address() {
    let page = workspace::root().join(BOOK).join("errors.md");
    let wanted = [
      ("security.md", true),
      ("../../README.md", false),
      ("https://github.com/plugbay/plugbay/blob/main/README.md#install", true),
      ("https://github.com/plugbay/plugbay/blob/main/README.md#no-such", false),
      ("https://github.com/plugbay/plugbay/tree/main/no-such", false),
    ];
    for (target, is_there) in wanted {
      assert_eq!(targets(&format!("[a]({target})")), [target]);
      assert_eq!(problem(&page, "", target).unwrap().is_none(), is_there, "{target}");
    }
  }
}
