//! A manifest's text with something added.

use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::Table;

/// With text at its end.
pub(crate) fn append(text: &str, more: &str) -> String {
  format!("{}\n\n{}\n", text.trim_end(), more.trim())
}

/// With the entries of `more` in a table.
///
/// # Errors
///
/// When one of them is no TOML, or the manifest has something else in the table's place.
pub(crate) fn merge(text: &str, table: &str, more: &str) -> Result<String, String> {
  let mut document = parse(text)?;
  let more = parse(more)?;
  let entry = document.entry(table).or_insert_with(|| Item::Table(Table::new()));
  let entries = entry.as_table_like_mut().ok_or_else(|| format!("its {table} is no table"))?;
  for (key, value) in more.iter() {
    entries.insert(key, value.clone());
  }
  Ok(document.to_string())
}

/// # Errors
///
/// When it is no TOML: why not.
pub(crate) fn parse(text: &str) -> Result<DocumentMut, String> {
  text.parse::<DocumentMut>().map_err(|error| error.to_string().trim_end().to_string())
}
