//! `cargo xtask errors`: the table of errors in docs/src/errors.md. Codes and classes come from the sources, the
//! meanings stay as they were written.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use anyhow::ensure;

use crate::generated;
use crate::workspace;

/// Where errors are made.
const SOURCES: &[&str] = &["js", "plugin_api/src", "runtime"];
/// What is not the product.
const OTHERS: &[&str] = &["benches", "examples", "templates", "tests"];
/// The document with the table.
const DOCUMENT: &str = "docs/src/errors.md";
/// Documents that name codes besides.
const PROSE: &[&str] = &["README.md", "docs/src"];

/// The classes of each code.
type Codes = BTreeMap<String, BTreeSet<Class>>;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
  Named(String),
  /// Taken from what went wrong, such as an `std::io::Error`.
  OfCause,
}

/// What a code in quotes does where it stands.
enum Use {
  Makes(Class),
  /// Compares with it, or lists it.
  Mentions,
}

/// Makes the table. With `check` only tells whether it is the one that would be made.
///
/// # Errors
///
/// When it cannot be seen what class an error has, when a code has no meaning, when documents name codes that nothing
/// makes; with `check` when the table is another.
pub(crate) fn run(check: bool) -> Result<()> {
  let mut made = Codes::new();
  for directory in SOURCES {
    for path in workspace::files(&workspace::root().join(directory), &["js", "rs"], OTHERS)? {
      read_source(&workspace::read(&path)?, &mut made).with_context(|| path.display().to_string())?;
    }
  }
  let unmade = made.iter().filter(|(_, classes)| classes.is_empty()).map(|(code, _)| code).collect::<Vec<_>>();
  ensure!(unmade.is_empty(), "the sources look for codes that nothing makes: {unmade:?}");
  generated::update(DOCUMENT, "errors", check, |table| Ok(with_meanings(&made, table)))?;
  let table = workspace::read(&workspace::root().join(DOCUMENT))?;
  let unexplained = made.keys().filter(|code| meaning(&table, code).is_none()).collect::<Vec<_>>();
  ensure!(unexplained.is_empty(), "write into {DOCUMENT} what these mean: {unexplained:?}");
  for document in PROSE.iter().map(|document| workspace::root().join(document)) {
    let pages = if document.is_dir() { workspace::files(&document, &["md"], &[])? } else { vec![document] };
    for page in pages {
      let text = workspace::read(&page)?;
      if let Some((_, code)) = codes(&text, '`').find(|(_, code)| !made.contains_key(*code)) {
        bail!("{} names {code}, which nothing makes", page.display());
      }
    }
  }
  Ok(())
}

/// Adds the errors that a source makes.
fn read_source(text: &str, made: &mut Codes) -> Result<()> {
  // What stands in tests goes on to the end of a file.
  let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
  let lines = product.lines().filter(|line| !line.trim_start().starts_with("//"));
  let code_text = lines.collect::<Vec<_>>().join("\n");
  for (at, code) in codes(&code_text, '"') {
    let classes = made.entry(code.to_string()).or_default();
    if let Use::Makes(class) = used(&code_text, at, code)? {
      classes.insert(class);
    }
  }
  Ok(())
}

/// The codes that stand between two of these, and where they begin.
fn codes(text: &str, quote: char) -> impl Iterator<Item = (usize, &str)> {
  text.match_indices("ERR_").filter_map(move |(at, _)| {
    let word = text[at..].split(|letter: char| !letter.is_ascii_uppercase() && letter != '_').next()?;
    let is_whole = text[..at].ends_with(quote) && text[at + word.len()..].starts_with(quote);
    (is_whole && word != "ERR_" && !word.ends_with('_')).then_some((at, word))
  })
}

/// What becomes of the code that begins at `at`, a character after its quotes.
fn used(text: &str, at: usize, code: &str) -> Result<Use> {
  let before = text[..at - 1].trim_end();
  let of_cause = Ok(Use::Makes(Class::OfCause));
  if let Some(list) = before.strip_suffix(',') {
    // new("Class", "CODE", …), or new(class, "CODE", …).
    return match list.trim_end().strip_suffix('"').and_then(|list| list.rsplit_once('"')) {
      Some((_, class)) if class.starts_with("ERR_") => Ok(Use::Mentions),
      Some((_, class)) => Ok(Use::Makes(Class::Named(class.to_string()))),
      None => of_cause,
    };
  }
  if let Some(call) = before.strip_suffix(".with_code(") {
    // OpError::new("Class", …).with_code("CODE"), or OpError::new(class, …).
    let (_, arguments) = call.rsplit_once("::new(").with_context(|| format!("{code} is given to no new error"))?;
    return match arguments.trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"')) {
      Some((class, _)) => Ok(Use::Makes(Class::Named(class.to_string()))),
      None => of_cause,
    };
  }
  if text[at + code.len() + 1..].starts_with(".into()") {
    // The code of an error that has none of its own.
    return of_cause;
  }
  if before.ends_with(['=', '[']) {
    return Ok(Use::Mentions);
  }
  if let Some(name) = before.strip_suffix('(').map(last_word) {
    // refuse("CODE", …), where `refuse` makes a new("Class", code, …).
    let function = text.split_once(&format!("fn {name}(")).and_then(|(_, rest)| rest.split("\n}").next());
    let class = function.and_then(|body| body.split_once("\", code,")).and_then(|(head, _)| head.rsplit_once('"'));
    if let Some((_, class)) = class {
      return Ok(Use::Makes(Class::Named(class.to_string())));
    }
  }
  bail!(
    "it cannot be seen which class of error has the code {code}: let the class stand before it, as in new(\"TypeError\", \"{code}\", …)"
  )
}

fn last_word(text: &str) -> &str {
  text.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default()
}

fn with_meanings(made: &Codes, table: &str) -> String {
  let mut rows = "| code | class | when |\n|---|---|---|\n".to_string();
  for (code, classes) in made {
    let classes = classes.iter().map(|class| match class {
      Class::Named(name) => format!("`{name}`"),
      Class::OfCause => "that of the cause".to_string(),
    });
    let classes = classes.collect::<Vec<_>>().join(", ");
    rows.push_str(&format!("| `{code}` | {classes} | {} |\n", meaning(table, code).unwrap_or_default()));
  }
  rows
}

/// What is written beside a code in a table.
fn meaning<'t>(table: &'t str, code: &str) -> Option<&'t str> {
  let row = table.lines().find_map(|line| line.strip_prefix(&format!("| `{code}` | ")))?;
  let (_, meaning) = row.strip_suffix('|')?.split_once(" | ")?;
  Some(meaning.trim()).filter(|meaning| !meaning.is_empty())
}

#[cfg(test)]
mod tests {
  use super::*;

  fn made_by(text: &str) -> Result<Vec<(String, Vec<Class>)>> {
    let mut made = Codes::new();
    read_source(text, &mut made)?;
    Ok(made.into_iter().map(|(code, classes)| (code, classes.into_iter().collect())).collect())
  }

  #[test]
  fn a_code_stands_between_quotes() {
    let text = "new('\"', \"ERR_ONE\", \"ERR_OF_\", \"not ERR_TWO\", \"ERR_\", \"ERR_two\", \"ERR_THREE_OF_THEM\")";
    assert_eq!(codes(text, '"').map(|(_, code)| code).collect::<Vec<_>>(), ["ERR_ONE", "ERR_THREE_OF_THEM"]);
    assert!(codes("| `ERR_ONE` | `Error` |", '`').any(|(_, code)| code == "ERR_ONE"));
  }

  #[test]
  fn a_class_is_found_wherever_the_error_is_made() {
    let named = |class: &str| vec![Class::Named(class.to_string())];
    let wanted = [
      ("OpFailure::new(\n  \"TypeError\",\n  \"ERR_A\",\n  text)", named("TypeError")),
      ("makeError(\"WebAssembly.LinkError\", \"ERR_A\", message)", named("WebAssembly.LinkError")),
      ("Self::Load { .. } => (\"Error\", \"ERR_A\"),", named("Error")),
      ("OpError::new(\"Error\", format!(\"{x}\")).with_code(\"ERR_A\")", named("Error")),
      ("refuse(\"ERR_A\", 1)\nfn refuse(code: &str) {\n  new(\"RangeError\", code, 1)\n}\n", named("RangeError")),
      ("new(class, \"ERR_A\", text)", vec![Class::OfCause]),
      ("Self::new(io_class(kind), text).with_code(\"ERR_A\")", vec![Class::OfCause]),
      ("if code.is_empty() { \"ERR_A\".into() }", vec![Class::OfCause]),
      ("code !== \"ERR_A\"", vec![]),
      ("[\"ERR_A\"]", vec![]),
    ];
    for (text, classes) in wanted {
      assert_eq!(made_by(text).unwrap(), [("ERR_A".to_string(), classes)], "{text}");
    }
    assert!(made_by("unknown(\"ERR_A\")").is_err());
    assert!(made_by("// \"ERR_A\"\n#[cfg(test)]\nmod tests {\n\"ERR_B\"").unwrap().is_empty());
  }

  #[test]
  fn the_table_keeps_what_was_written() {
    let mut made = Codes::new();
    read_source("(\"A\", \"ERR_ONE\"), (\"B\", \"ERR_ONE\"), (\"A\", \"ERR_TWO\")", &mut made).unwrap();
    let table = with_meanings(&made, "| `ERR_ONE` | `C` | it is one |\n| `ERR_GONE` | `C` | it is gone |\n");
    assert!(table.ends_with("|\n| `ERR_ONE` | `A`, `B` | it is one |\n| `ERR_TWO` | `A` |  |\n"), "{table}");
    assert_eq!((meaning(&table, "ERR_ONE"), meaning(&table, "ERR_TWO")), (Some("it is one"), None));
  }
}
