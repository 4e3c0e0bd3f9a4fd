//! Files that whoever runs an app has written for it, beside its manifest.

use std::collections::BTreeMap;
use std::path::Path;

use crate::FaultCode;
use crate::Faults;
use crate::node::Node;
use crate::report::Report;
use crate::table::Table;
use crate::table::as_text;

/// The text of a file, to be read as TOML or JSON.
pub(crate) fn report_of(path: &Path, what: &str) -> Result<Report, Faults> {
  match std::fs::read_to_string(path) {
    Ok(text) => Ok(Report::new(path, text)),
    Err(error) => {
      let message = format!("{what} cannot be read: {error}");
      Err(Faults::one(path, FaultCode::Unreadable, message, "name a file in UTF-8 that is there"))
    }
  }
}

/// The values of variables in a file: a table of texts by their names, in JSON (`.json`) or TOML (`.toml`).
///
/// # Errors
///
/// Everything that is wrong with the file. What the values are is not told.
pub fn load_values(path: &Path) -> Result<BTreeMap<String, String>, Faults> {
  let extension = path.extension().and_then(|extension| extension.to_str());
  let parse = match extension {
    Some("json") => Node::of_json,
    Some("toml") => Node::of_toml,
    _ => {
      let message = "what values a file has is told by its name".to_owned();
      return Err(Faults::one(path, FaultCode::Value, message, "have it end with .json or .toml"));
    }
  };
  let report = report_of(path, "the file of variables")?;
  let mut values = BTreeMap::new();
  if let Some(root) = parse(&report)
    && let Some(table) = Table::of(&report, &root, "the file of variables")
  {
    for entry in table.all() {
      match as_text(&entry.node) {
        Some(text) => drop(values.insert(entry.key.clone(), text.text)),
        None => table.wrong(&entry.key, "a string", &entry.node),
      }
    }
  }
  match report.finish() {
    faults if faults.faults.is_empty() => Ok(values),
    faults => Err(faults),
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  fn read(name: &str, text: &str) -> Result<BTreeMap<String, String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    load_values(&path).map_err(|faults| faults.to_string().replace(&format!("{}/", folder.path().display()), ""))
  }

  #[test]
  fn values_are_texts_in_json_or_toml() {
    let expected = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b_c".to_owned(), "two".to_owned())]);
    assert_eq!(read("v.json", r#"{ "a": "1", "b_c": "two" }"#), Ok(expected.clone()));
    assert_eq!(read("v.toml", "a = \"1\"\nb_c = 'two'\n"), Ok(expected));
  }

  #[test]
  fn what_is_wrong_is_told_without_values() {
    let wrong = read("v.toml", "a = \"hush\"\nb = 7\nc = [\"hush\"]\n").unwrap_err();
    let expected = "v.toml:2:5: `b` of the file of variables must be a string, got an integer\n\
                    v.toml:3:5: `c` of the file of variables must be a string, got a list";
    assert_eq!(wrong, expected);
    for (name, text) in [("v.json", "{ \"a\": \"hush\" "), ("v.json", "[\"hush\"]"), ("v.yaml", "a: hush"), ("v.toml", "a = hush")] {
      let wrong = read(name, text).unwrap_err();
      assert!(wrong.starts_with(name) && !wrong.contains("hush"), "{wrong}");
    }
    assert!(load_values(Path::new("none.json")).is_err());
  }
}
