//! Errors of SQLite and of this plugin, as scripts see them.

use std::fmt::Display;

use plugin_api::OpError;
use rusqlite::ffi;

/// How much of a statement an error quotes, in characters.
const QUOTED: usize = 80;

/// An error of SQLite's in a statement.
pub(crate) fn in_statement(error: rusqlite::Error, sql: &str) -> OpError {
  let quoted = quote(sql);
  match error {
    rusqlite::Error::SqlInputError { error, msg, .. } => with_code(error.extended_code, format!("{msg}, in {quoted}")),
    rusqlite::Error::MultipleStatement => one_statement(sql),
    error => from_sqlite(error, format_args!(", in {quoted}")),
  }
}

/// An error of SQLite's, with the place where it happened after its message.
pub(crate) fn from_sqlite(error: rusqlite::Error, place: impl Display) -> OpError {
  let code = match &error {
    rusqlite::Error::SqliteFailure(error, _) => error.extended_code,
    // These are found before SQLite sees the path.
    rusqlite::Error::NulError(_) | rusqlite::Error::InvalidPath(_) => ffi::SQLITE_CANTOPEN,
    _ => ffi::SQLITE_ERROR,
  };
  with_code(code, format!("{error}{place}"))
}

/// There is more than one statement where one is wanted.
pub(crate) fn one_statement(sql: &str) -> OpError {
  let message = format!("wants one statement, got several, in {}", quote(sql));
  OpError::new("TypeError", message).with_code("ERR_SQLITE_SQL")
}

/// There is no statement at all.
pub(crate) fn no_statement(sql: &str) -> OpError {
  let message = format!("wants a statement, got none, in {}", quote(sql));
  OpError::new("TypeError", message).with_code("ERR_SQLITE_SQL")
}

/// SQL that SQLite would not see to its end.
pub(crate) fn nul(sql: &str) -> OpError {
  OpError::new("TypeError", format!("there is a NUL character, in {}", quote(sql))).with_code("ERR_SQLITE_SQL")
}

/// A statement in `transaction` or `executeMany` that ends the transaction.
pub(crate) fn transaction_ended(sql: &str) -> OpError {
  let message = format!("the statement ended the transaction that it was to be a part of, in {}", quote(sql));
  OpError::new("Error", message).with_code("ERR_SQLITE_TRANSACTION")
}

/// A value that has no bytes to read.
pub(crate) fn no_blob(found: &rusqlite::types::Type, sql: &str) -> OpError {
  let message = format!("wants a blob or a text in the first column, found {found}, in {}", quote(sql));
  OpError::new("TypeError", message).with_code("ERR_SQLITE_BLOB")
}

/// Parameters that do not fit the statement or the buffers.
pub(crate) fn params(message: impl Display, sql: &str) -> OpError {
  OpError::new("TypeError", format!("{message}, in {}", quote(sql))).with_code("ERR_SQLITE_PARAMS")
}

/// The same error, with the part of the argument that it is about before its message.
pub(crate) fn at(part: impl Display, error: OpError) -> OpError {
  let code = error.code().unwrap_or_default().to_owned();
  OpError::new(error.class().to_owned(), format!("{part}: {error}")).with_code(code)
}

fn with_code(code: i32, message: String) -> OpError {
  OpError::new("Error", message).with_code(name_of(code))
}

/// The code of an error by SQLite's result code, of which only the primary one counts.
fn name_of(code: i32) -> &'static str {
  match code & 0xff {
    ffi::SQLITE_INTERNAL => "ERR_SQLITE_INTERNAL",
    ffi::SQLITE_PERM => "ERR_SQLITE_PERM",
    ffi::SQLITE_ABORT => "ERR_SQLITE_ABORT",
    ffi::SQLITE_BUSY => "ERR_SQLITE_BUSY",
    ffi::SQLITE_LOCKED => "ERR_SQLITE_LOCKED",
    ffi::SQLITE_NOMEM => "ERR_SQLITE_NOMEM",
    ffi::SQLITE_READONLY => "ERR_SQLITE_READONLY",
    ffi::SQLITE_INTERRUPT => "ERR_SQLITE_INTERRUPT",
    ffi::SQLITE_IOERR => "ERR_SQLITE_IOERR",
    ffi::SQLITE_CORRUPT => "ERR_SQLITE_CORRUPT",
    ffi::SQLITE_NOTFOUND => "ERR_SQLITE_NOTFOUND",
    ffi::SQLITE_FULL => "ERR_SQLITE_FULL",
    ffi::SQLITE_CANTOPEN => "ERR_SQLITE_CANTOPEN",
    ffi::SQLITE_PROTOCOL => "ERR_SQLITE_PROTOCOL",
    ffi::SQLITE_SCHEMA => "ERR_SQLITE_SCHEMA",
    ffi::SQLITE_TOOBIG => "ERR_SQLITE_TOOBIG",
    ffi::SQLITE_CONSTRAINT => "ERR_SQLITE_CONSTRAINT",
    ffi::SQLITE_MISMATCH => "ERR_SQLITE_MISMATCH",
    ffi::SQLITE_MISUSE => "ERR_SQLITE_MISUSE",
    ffi::SQLITE_NOLFS => "ERR_SQLITE_NOLFS",
    ffi::SQLITE_AUTH => "ERR_SQLITE_AUTH",
    ffi::SQLITE_RANGE => "ERR_SQLITE_RANGE",
    ffi::SQLITE_NOTADB => "ERR_SQLITE_NOTADB",
    _ => "ERR_SQLITE_ERROR",
  }
}

/// The statement's beginning on one line.
fn quote(sql: &str) -> String {
  // Words beyond what is shown are not looked at: a bulk statement can be megabytes long.
  let line = sql.split_whitespace().take(QUOTED).collect::<Vec<_>>().join(" ");
  match line.char_indices().nth(QUOTED) {
    Some((end, _)) => format!("\"{}…\"", &line[..end]),
    None => format!("\"{line}\""),
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_quote_is_one_line_of_bounded_length() {
    assert_eq!(quote(" SELECT\n  1 "), "\"SELECT 1\"");
    assert_eq!(quote(""), "\"\"");
    let quoted = quote(&"é".repeat(500));
    assert_eq!(quoted.chars().count(), QUOTED + 3);
    assert!(quoted.ends_with("é…\""));
  }

  #[test]
  fn an_extended_code_has_the_name_of_its_primary_code() {
    assert_eq!(name_of(ffi::SQLITE_CONSTRAINT_UNIQUE), "ERR_SQLITE_CONSTRAINT");
    assert_eq!(name_of(ffi::SQLITE_BUSY_SNAPSHOT), "ERR_SQLITE_BUSY");
    assert_eq!(name_of(ffi::SQLITE_ERROR), "ERR_SQLITE_ERROR");
  }

  #[test]
  fn a_part_is_put_before_the_message_and_nothing_else_changes() {
    let error = at("statements[1]", params("no", "SELECT 1"));
    assert_eq!(error.to_string(), "statements[1]: no, in \"SELECT 1\"");
    assert_eq!((error.class(), error.code()), ("TypeError", Some("ERR_SQLITE_PARAMS")));
  }
}
