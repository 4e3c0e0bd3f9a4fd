//! `cargo xtask errors`: the table of errors in docs/src/errors.md, made from `ErrorCode` of plugbay_core; and that the
//! sources name errors by it alone.

use std::path::Path;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use anyhow::ensure;
use plugbay_core::ErrorCode;
use plugbay_core::MESSAGES;
use plugbay_core::Message;

use crate::generated;
use crate::workspace;

/// Where errors are made.
const SOURCES: &[&str] = &["js", "plugin_api", "runtime"];
/// What is not the product.
const OTHERS: &[&str] = &["benches", "examples", "templates", "tests"];
/// The only sources that have codes as text.
const TABLES: &[&str] = &["plugin_api/abi/src/errors.rs", "runtime/core/src/error_code.rs"];
/// The document with the table.
const DOCUMENT: &str = "docs/src/errors.md";
/// Documents that name codes besides.
const PROSE: &[&str] = &["README.md", "docs/src", "js/plugbay.d.ts"];

/// Makes the table. With `check` only tells whether it is the one that would be made.
///
/// # Errors
///
/// When a source has a code as text, or gives a message other values than it tells of; when nothing makes an error;
/// when documents name codes that there are not; with `check` when the table is another.
pub(crate) fn run(check: bool) -> Result<()> {
  let mut sources = Vec::new();
  for directory in SOURCES {
    for path in workspace::files(&workspace::root().join(directory), &["js", "rs"], OTHERS)? {
      let code = code_of(&workspace::read(&path)?);
      let own = path.strip_prefix(workspace::root()).unwrap_or(&path);
      if TABLES.iter().any(|table| own == Path::new(table)) {
        continue;
      }
      if let Some(line) = code.lines().find(|line| has_code(line)) {
        bail!("{} has the code of an error as text, which is for {TABLES:?}: {}", own.display(), line.trim());
      }
      check_imports(&code).and_then(|()| check_values(&code)).with_context(|| own.display().to_string())?;
      sources.push(code);
    }
  }
  let is_said = |message: &Message| sources.iter().any(|source| says(source, message));
  let unsaid = MESSAGES.iter().filter(|message| !is_said(message)).map(|message| message.name).collect::<Vec<_>>();
  ensure!(unsaid.is_empty(), "nothing says these messages: {unsaid:?}");
  let is_made = |error: ErrorCode| {
    MESSAGES.iter().any(|message| message.error == error) || sources.iter().any(|source| makes(source, error.name()))
  };
  let unmade = ErrorCode::ALL.iter().filter(|error| !is_made(**error)).collect::<Vec<_>>();
  ensure!(unmade.is_empty(), "nothing makes these errors: {unmade:?}");
  generated::update(DOCUMENT, "errors", check, &table())?;
  for document in PROSE.iter().map(|document| workspace::root().join(document)) {
    let pages = if document.is_dir() { workspace::files(&document, &["md"], &[])? } else { vec![document] };
    for page in pages {
      let text = workspace::read(&page)?;
      if let Some(code) = codes(&text).find(|code| ErrorCode::ALL.iter().all(|error| error.code() != *code)) {
        bail!("{} names {code}, which there is not", page.display());
      }
    }
  }
  Ok(())
}

/// A source without its comments and unit tests; what stands in tests goes on to the end of a file.
fn code_of(text: &str) -> String {
  let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
  product.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn has_code(line: &str) -> bool {
  line.match_indices("ERR_").any(|(at, _)| !line[..at].ends_with(is_of_name))
}

/// Whether a source has a use of an error by its name: in Rust, in JavaScript, or in a plugin, whose names are those of
/// constants.
fn makes(source: &str, name: &str) -> bool {
  in_javascript(source, name)
    || is_behind(source, "ErrorCode::", name)
    || is_behind(source, "errors::", &constant(name))
}

/// Whether a source has a use of a message.
fn says(source: &str, message: &Message) -> bool {
  in_javascript(source, &message.script_name()) || is_behind(source, "OpFailure::", message.name)
}

/// Whether a source in JavaScript uses a name of errors, which it imports besides.
fn in_javascript(source: &str, name: &str) -> bool {
  source.contains("\"ext:plugbay/error_codes.js\"") && words(source, name).count() > 1
}

/// Checks that there is what JavaScript imports. V8 sees that only of modules that are in the snapshot.
fn check_imports(source: &str) -> Result<()> {
  let Some((before, _)) = source.split_once("} from \"ext:plugbay/error_codes.js\"") else { return Ok(()) };
  let (_, names) = before.rsplit_once('{').context("what it imports of error_codes.js does not stand in braces")?;
  let of_snapshot = ["CLASSES", "IN_OP"];
  for name in names.split(',').map(str::trim).filter(|name| !name.is_empty() && !of_snapshot.contains(name)) {
    let is_there = ErrorCode::ALL.iter().any(|error| error.name() == name)
      || MESSAGES.iter().any(|message| message.script_name() == name);
    ensure!(is_there, "there is no error or message {name}");
  }
  Ok(())
}

/// Checks that JavaScript gives messages as many values as they tell of; Rust's compiler does so for Rust.
fn check_values(source: &str) -> Result<()> {
  let messages = MESSAGES.iter().map(|message| (message.script_name(), message.fields.len()));
  let kinds = ErrorCode::ALL.iter().map(|error| (error.name().to_string(), 1));
  for (name, wanted) in messages.chain(kinds).filter(|(name, _)| in_javascript(source, name)) {
    for at in words(source, &name) {
      let call = source[..at].trim_end();
      if call.ends_with("makeError(") || call.ends_with("opError(op,") {
        let given = values(&source[at + name.len()..]);
        ensure!(given == wanted, "{name} is given {given} values and tells of {wanted}");
      }
    }
  }
  Ok(())
}

/// How many values stand between here and the end of a call in JavaScript.
fn values(rest: &str) -> usize {
  let (mut count, mut depth, mut quote, mut is_begun) = (0, 0, None, true);
  for letter in rest.chars() {
    match letter {
      _ if quote == Some(letter) => quote = None,
      _ if quote.is_some() => {}
      '"' | '`' => quote = Some(letter),
      ')' if depth == 0 => break,
      '(' | '[' | '{' => depth += 1,
      ')' | ']' | '}' => depth -= 1,
      ',' if depth == 0 => is_begun = false,
      _ => {}
    }
    // A comma may stand after the last.
    if !is_begun && letter != ',' && !letter.is_whitespace() {
      is_begun = true;
      count += 1;
    }
  }
  count
}

fn is_behind(source: &str, path: &str, name: &str) -> bool {
  words(source, name).any(|at| source[..at].ends_with(path))
}

/// Where a word stands.
fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
  let is_whole = move |at: usize| !text[..at].ends_with(is_of_name) && !text[at + word.len()..].starts_with(is_of_name);
  text.match_indices(word).map(|(at, _)| at).filter(move |&at| is_whole(at))
}

fn is_of_name(letter: char) -> bool {
  letter.is_alphanumeric() || letter == '_'
}

/// What a constant of that name is called.
fn constant(name: &str) -> String {
  let mut constant = String::new();
  for letter in name.chars() {
    if letter.is_uppercase() && !constant.is_empty() {
      constant.push('_');
    }
    constant.push(letter.to_ascii_uppercase());
  }
  constant
}

/// The codes that a document names.
fn codes(text: &str) -> impl Iterator<Item = &str> {
  text.match_indices("`ERR_").filter_map(|(at, _)| {
    let (code, _) = text[at + 1..].split_once('`')?;
    code.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_').then_some(code)
  })
}

fn table() -> String {
  let mut rows = "| code | class | when |\n|---|---|---|\n".to_string();
  for error in ErrorCode::ALL {
    let class = match error.class() {
      "" => "that of the cause".to_string(),
      class => format!("`{class}`"),
    };
    rows.push_str(&format!("| `{}` | {class} | {} |\n", error.code(), error.meaning().trim()));
  }
  rows
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_code_is_no_text_of_a_source() {
    for line in ["\"ERR_ONE\"", "(ERR_ONE)", "ERR_"] {
      assert!(has_code(line), "{line}");
    }
    assert!(!has_code("MAX_ERR_COUNT"));
    assert_eq!(code_of("a\n  // ERR_A\nb\n#[cfg(test)]\nmod tests {\n\"ERR_B\""), "a\nb");
  }

  #[test]
  fn an_error_is_made_by_its_name() {
    let import = "import { OpId } from \"ext:plugbay/error_codes.js\";\n";
    assert!(makes("OpFailure::new(ErrorCode::OpId, text)", "OpId"));
    assert!(makes("OpError::of_host(errors::OP_ID, text)", "OpId"));
    assert!(makes(&format!("{import}makeError(OpId, text)"), "OpId"));
    for other in [import, "makeError(OpId, text) + OpId", "ErrorCode::OpIdOther", "Other::OpId"] {
      assert!(!makes(other, "OpId"), "{other}");
    }
    let message = Message { error: ErrorCode::OpId, name: "no_op_id", fields: &[], template: "" };
    assert!(says("OpFailure::no_op_id(found)", &message) && says(&import.replace("OpId", "noOpId * noOpId"), &message));
    assert!(!says(&import.replace("OpId", "noOpId"), &message) && !says("no_op_id(found)", &message));
  }

  #[test]
  fn what_is_imported_is_there() {
    let import = |names: &str| check_imports(&format!("import {{ {names} }} from \"ext:plugbay/error_codes.js\";\n"));
    assert!(import("noOp, OpId").is_ok() && import("\n  CLASSES,\n  IN_OP,\n").is_ok() && check_imports("").is_ok());
    assert!(import("noOp, noOpAtAll").is_err());
  }

  #[test]
  fn a_message_has_its_values() {
    let wanted = [(");", 0), (", a);", 1), (",\n  f(a, [b, c]),\n  `x, ${y})`,\n)", 2), (", \"a, b)\", c)", 2)];
    for (rest, count) in wanted {
      assert_eq!(values(rest), count, "{rest}");
    }
    let source = |call: &str| format!("import {{ noOp }} from \"ext:plugbay/error_codes.js\";\n{call}");
    assert!(check_values(&source("throw makeError(noOp, plugin, name);")).is_ok());
    assert!(check_values(&source("throw makeError(\n  noOp,\n  plugin,\n);")).is_err());
    assert!(check_values(&source("throw opError(op, noOp);")).is_err());
  }

  #[test]
  fn the_table_has_each() {
    let table = table();
    assert_eq!(table.lines().count(), 2 + ErrorCode::ALL.len());
    assert!(table.contains("| `ERR_OP_IO` | that of the cause | an op returned"), "{table}");
    assert_eq!(codes("`ERR_ONE`, `ERR_`s, ERR_TWO, `a ERR_B`, `ERR_two`").collect::<Vec<_>>(), ["ERR_ONE", "ERR_"]);
  }
}
