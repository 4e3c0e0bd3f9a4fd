//! Rows and integers as JSON.

use std::collections::HashMap;
use std::io::Write;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plugin_api::OpError;
use plugin_api::TS;
use rusqlite::Rows;
use rusqlite::types::ValueRef;
use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeMap;
use serde_json::value::RawValue;

use crate::error;

/// Integers beyond this, JavaScript's `Number.MAX_SAFE_INTEGER`, are `{"$int": "digits"}`.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// An integer of SQLite's for a script: a number where that is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TS)]
#[ts(crate = "plugin_api::ts_rs", type = "number | { $int: string }")]
pub(crate) struct Integer(pub(crate) i64);

impl Serialize for Integer {
  fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
    if self.0.unsigned_abs() <= MAX_SAFE_INTEGER {
      return serializer.serialize_i64(self.0);
    }
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry("$int", &self.0.to_string())?;
    map.end()
  }
}

// For TypeScript; `write_value` makes them.
/// A value in a row.
#[derive(TS)]
#[ts(crate = "plugin_api::ts_rs", type = "null | number | string | { $int: string } | { $blob: string }")]
enum Value {}

/// Rows, by the names of their columns.
#[derive(Serialize, TS)]
#[ts(crate = "plugin_api::ts_rs", as = "Vec<HashMap<String, Value>>", rename = "Rows")]
pub(crate) struct RowsAsJson(pub(crate) Box<RawValue>);

/// All rows as the text of a JSON array of objects. It is made here rather than on the script's thread, where there is
/// then nothing left to serialize, and as text because the columns shall keep their order.
pub(crate) fn to_json(mut rows: Rows<'_>, sql: &str) -> Result<Box<RawValue>, OpError> {
  let mut out = vec![b'['];
  let mut columns: Vec<Column> = Vec::new();
  while let Some(row) = rows.next().map_err(|error| error::in_statement(error, sql))? {
    if columns.is_empty() {
      // Not before the first step: it is there that a cached statement notices that a table has changed.
      columns = row.as_ref().column_names().map(Column::new).collect();
    } else {
      out.push(b',');
    }
    for (index, column) in columns.iter().enumerate() {
      out.push(if index == 0 { b'{' } else { b',' });
      out.extend_from_slice(&column.key);
      let value = row.get_ref(index).map_err(|error| error::in_statement(error, sql))?;
      write_value(&mut out, value, column)?;
    }
    out.push(b'}');
  }
  out.push(b']');
  String::from_utf8(out).map_err(|error| internal(&error)).and_then(|text| {
    // This reads the text again, and so proves that it is JSON.
    RawValue::from_string(text).map_err(|error| internal(&error))
  })
}

struct Column {
  name: String,
  /// The name as a JSON string, and the colon.
  key: Vec<u8>,
}

impl Column {
  fn new(name: &str) -> Self {
    let mut key = Vec::new();
    write_json(&mut key, name);
    key.push(b':');
    Self { name: name.to_owned(), key }
  }
}

fn write_value(out: &mut Vec<u8>, value: ValueRef<'_>, column: &Column) -> Result<(), OpError> {
  match value {
    ValueRef::Null => out.extend_from_slice(b"null"),
    ValueRef::Integer(integer) => write_json(out, &Integer(integer)),
    ValueRef::Real(real) if real.is_finite() => write_json(out, &real),
    // JSON has no infinity; JSON.parse makes one of a number that is too large. SQLite has no NaN.
    ValueRef::Real(real) => out.extend_from_slice(if real > 0.0 { b"1e999" } else { b"-1e999" }),
    ValueRef::Text(bytes) => write_json(out, text(bytes, &column.name)?),
    ValueRef::Blob(bytes) => {
      let _ = write!(out, r#"{{"$blob":"{}"}}"#, BASE64_STANDARD.encode(bytes));
    }
  }
  Ok(())
}

/// # Errors
///
/// SQLite takes any bytes for text. Those that are not UTF-8 are refused rather than changed.
fn text<'a>(bytes: &'a [u8], column: &str) -> Result<&'a str, OpError> {
  str::from_utf8(bytes).map_err(|error| {
    let message =
      format!("the text in column {column:?} is not UTF-8 ({error}); select CAST({column} AS BLOB) to get its bytes");
    OpError::new("InvalidData", message).with_code("ERR_SQLITE_TEXT")
  })
}

fn write_json(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
  // A vector takes all that is written, and none of the values here can fail to serialize.
  let _ = serde_json::to_writer(out, value);
}

fn internal(error: &dyn std::error::Error) -> OpError {
  OpError::new("Error", format!("the rows made no JSON: {error}")).with_code("ERR_SQLITE_INTERNAL")
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn integers_are_numbers_where_javascript_has_them_exactly() {
    for (integer, expected) in [
      (0, "0"),
      (-9_007_199_254_740_991, "-9007199254740991"),
      (9_007_199_254_740_991, "9007199254740991"),
      (9_007_199_254_740_992, r#"{"$int":"9007199254740992"}"#),
      (i64::MAX, r#"{"$int":"9223372036854775807"}"#),
      (i64::MIN, r#"{"$int":"-9223372036854775808"}"#),
    ] {
      assert_eq!(serde_json::to_string(&Integer(integer)).unwrap(), expected);
    }
  }
}
