//! Which kind of manifest in TOML it is.

use std::ffi::OsStr;
use std::path::Path;

use crate::node::Entry;
use crate::node::Node;
use crate::node::Value;
use crate::report::Report;

pub(crate) const PLUGBAY: &str = "plugbay.toml";
pub(crate) const SPIN: &str = "spin.toml";

/// What a manifest in TOML says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestVersion {
  /// A spin.toml of version 1.
  Spin1,
  /// A spin.toml of version 2.
  Spin2,
  /// A plugbay.toml, by its keys or its name.
  Plugbay,
  /// It says nothing.
  Unsaid,
  /// It says what there is not.
  Unknown,
}

impl ManifestVersion {
  /// Of the manifest at that place with this text.
  pub fn of(manifest: &Path, text: &str) -> Self {
    let root = Node::of_toml(&Report::new(manifest, text.to_owned()));
    root.map_or(Self::Unsaid, |root| Self::of_root(manifest, &root).0)
  }

  /// The same, and the key that says it, if one does.
  pub(crate) fn of_root<'r>(manifest: &Path, root: &'r Node) -> (Self, Option<&'r Entry>) {
    let entries = if let Value::Table(entries) = &root.value { &entries[..] } else { &[] };
    let key = |key: &str| entries.iter().find(|entry| entry.key == key);
    let said = key("spin_manifest_version").or_else(|| key("spin_version"));
    let version = match said.map(|said| &said.node.value) {
      None if ["app", "plugbay_manifest_version"].into_iter().any(|name| key(name).is_some()) => Self::Plugbay,
      None if manifest.file_name() == Some(OsStr::new(PLUGBAY)) => Self::Plugbay,
      None => Self::Unsaid,
      Some(Value::Integer(2)) => Self::Spin2,
      Some(Value::Text { text, .. }) if text == "1" => Self::Spin1,
      Some(_) => Self::Unknown,
    };
    (version, said)
  }
}
