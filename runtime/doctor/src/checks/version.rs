//! The version of a spin.toml.

use app_manifest::ManifestVersion;
use toml_edit::DocumentMut;
use toml_edit::Item;
use toml_edit::Key;

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;

const KEY: &str = "spin_manifest_version";

/// A version that is not there, or is written in another way.
pub(super) struct Version;

impl Check for Version {
  fn name(&self) -> &'static str {
    "version"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    match (patient.version, patient.document.get(KEY)) {
      (ManifestVersion::Unsaid, _) => {
        vec![Finding::edited(format!("the manifest has no {KEY}"), format!("add `{KEY} = 2`"), put_first)]
      }
      (ManifestVersion::Unknown, Some(version)) => {
        let written = version.to_string().trim().to_string();
        // What version 1 has is a text.
        let (value, shown) = match version.as_integer() {
          Some(1) => (toml_edit::value("1"), "\"1\""),
          _ => (toml_edit::value(2), "2"),
        };
        let edit = move |document: &mut DocumentMut| document[KEY] = value.clone();
        vec![Finding::edited(format!("{KEY} is {written}"), format!("make it `{shown}`"), edit)]
      }
      _ => Vec::new(),
    }
  }
}

/// Keys of the top stand before the tables.
fn put_first(document: &mut DocumentMut) {
  let first = document.as_table().iter().next().map(|(key, _)| key.to_string());
  document.insert_formatted(&Key::new(KEY), toml_edit::value(2));
  document.sort_values_by(|one, _, other, _| (one.get() != KEY).cmp(&(other.get() != KEY)));
  if let Some(Item::Table(table)) = first.and_then(|key| document.get_mut(&key)) {
    let before = table.decor().prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default();
    let apart = if before.starts_with('\n') { "" } else { "\n" };
    let prefix = format!("{apart}{before}");
    table.decor_mut().set_prefix(prefix);
  }
}
