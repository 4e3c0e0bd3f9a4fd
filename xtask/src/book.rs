//! `cargo xtask book`: docs/ as a book, in the target directory. Each page has its place in it, and what links in the
//! built pages lead to is there.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;
use anyhow::ensure;

use crate::links;
use crate::tool::Tool;
use crate::workspace;

const MDBOOK: Tool = Tool {
  name: "mdbook",
  version: "0.5.4",
  // Neither search nor a server.
  options: &["--no-default-features"],
};

/// # Errors
///
/// When the book does not build, when a page is not in it, or when a link in it leads nowhere.
pub(crate) fn run() -> Result<()> {
  let docs = workspace::root().join("docs");
  let summary = workspace::read(&docs.join("src/SUMMARY.md"))?;
  let lost = missing_pages(&summary, &workspace::files(&docs.join("src"), &["md"], &[])?);
  ensure!(lost.is_empty(), "docs/src/SUMMARY.md does not name these pages: {lost:?}");
  let book = workspace::target_dir()?.join("book");
  if book.exists() {
    fs::remove_dir_all(&book)?;
  }
  let mut build = Command::new(MDBOOK.binary()?);
  build.env("MDBOOK_LOG", "warn").arg("build").arg("--dest-dir").arg(&book).arg(&docs);
  ensure!(workspace::status(&mut build)?.success(), "the book does not build");
  check_links(&book)
}

/// The names of pages that the summary does not link.
fn missing_pages(summary: &str, pages: &[std::path::PathBuf]) -> Vec<String> {
  let names = pages.iter().filter_map(|page| page.file_name()?.to_str());
  let missing = names.filter(|name| *name != "SUMMARY.md" && !summary.contains(&format!("({name})")));
  missing.map(str::to_string).collect()
}

fn check_links(book: &Path) -> Result<()> {
  let mut broken = Vec::new();
  for page in workspace::files(book, &["html"], &[])? {
    let text = workspace::read(&page)?;
    let targets = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    for target in targets.filter(|target| !links::is_of_the_web(target)) {
      let (path, id) = target.split_once('#').map_or((target, None), |(path, id)| (path, Some(id)));
      let file = if path.is_empty() { page.clone() } else { page.with_file_name(path) };
      let has_id = |id: &str| workspace::read(&file).is_ok_and(|text| text.contains(&format!("id=\"{id}\"")));
      if !file.exists() || id.is_some_and(|id| !has_id(id)) {
        broken.push(format!("{}: the link to {target} leads nowhere", page.display()));
      }
    }
  }
  ensure!(broken.is_empty(), "{}", broken.join("\n"));
  Ok(())
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_page_that_is_not_in_the_summary_is_missed() {
    let pages = ["SUMMARY.md", "a.md", "b.md"].map(|name| Path::new("docs/src").join(name));
    assert_eq!(missing_pages("- [A](a.md)\n", &pages), ["b.md"]);
  }

  #[test]
  fn a_broken_link_of_a_built_page_is_found() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("b.html"), "<h2 id=\"there\">").unwrap();
    for (target, is_there) in [
      ("b.html", true),
      ("b.html#there", true),
      ("#here", true),
      ("https://example.com/", true),
      ("c.html", false),
      ("b.html#here", false),
    ] {
      fs::write(directory.path().join("a.html"), format!("<h1 id=\"here\"><a href=\"{target}\">")).unwrap();
      assert_eq!(check_links(directory.path()).is_ok(), is_there, "{target}");
    }
  }
}
