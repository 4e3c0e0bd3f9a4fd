//! Files that whoever runs an app has written for it, beside its manifest.

use std::collections::BTreeMap;
use std::path::Path;

use crate::FaultCode;
use crate::Faults;
use crate::RuntimeConfig;
use crate::node::Node;
use crate::read::runtime_config;
use crate::report::Report;
use crate::table::Table;
use crate::table::as_text;

/// The text of a file, to be read as TOML or JSON.
fn report_of(path: &Path, what: &str) -> Result<Report, Faults> {
  match std::fs::read_to_string(path) {
    Ok(text) => Ok(Report::new(path, text)),
    Err(error) => {
      let message = format!("{what} cannot be read: {error}");
      Err(Faults::one(path, FaultCode::Unreadable, message, "name a file in UTF-8 that is there"))
    }
  }
}

/// Reads the file that `--runtime-config-file` names, in Spin's format.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn load_runtime_config(path: &Path) -> Result<RuntimeConfig, Faults> {
  let report = report_of(path, "the runtime configuration")?;
  let directory = path.parent().unwrap_or(Path::new(""));
  let read = Node::of_toml(&report).and_then(|root| runtime_config(&root, directory, &report));
  match (read, report.finish()) {
    (Some(mut config), Faults { faults, warnings }) if faults.is_empty() => {
      config.warnings = warnings;
      Ok(config)
    }
    (_, faults) => Err(faults),
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
mod tests;
