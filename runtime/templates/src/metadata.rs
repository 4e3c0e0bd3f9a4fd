//! `metadata/spin-template.toml`: what a template says of itself. The keys are Spin's, and one that is not is refused,
//! as Spin does.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// What a template says of itself.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Metadata {
  pub(crate) manifest_version: String,
  pub(crate) id: String,
  #[serde(default)]
  pub(crate) description: String,
  #[serde(default, rename = "trigger_type")]
  _trigger_type: Option<IgnoredAny>,
  #[serde(default, rename = "template_type")]
  _template_type: Option<IgnoredAny>,
  #[serde(default)]
  pub(crate) tags: Vec<String>,
  #[serde(default)]
  pub(crate) new_application: Variant,
  #[serde(default)]
  pub(crate) add_component: Option<Variant>,
  #[serde(default)]
  pub(crate) parameters: IndexMap<String, Parameter>,
  #[serde(default)]
  pub(crate) outputs: IndexMap<String, Output>,
}

/// How a template is used for one purpose.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Variant {
  pub(crate) supported: Option<bool>,
  pub(crate) skip_files: Vec<String>,
  pub(crate) skip_parameters: Vec<String>,
  /// What is added to the manifest, by what it is: files of `metadata/snippets`.
  pub(crate) snippets: BTreeMap<String, String>,
  pub(crate) conditions: BTreeMap<String, Conditional>,
}

/// What is left out where something is so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conditional {
  pub(crate) condition: Condition,
  #[serde(default)]
  pub(crate) skip_files: Vec<String>,
  #[serde(default)]
  pub(crate) skip_parameters: Vec<String>,
  #[serde(default)]
  pub(crate) skip_snippets: Vec<String>,
}

/// What may be so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(crate) enum Condition {
  /// The app's manifest has an entry: its keys with dots between them.
  ManifestEntryExists(String),
}

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Parameter {
  #[serde(rename = "type")]
  pub(crate) kind: String,
  pub(crate) prompt: String,
  pub(crate) default: Option<String>,
  /// A regular expression that all of the answer must match as far as it says.
  pub(crate) pattern: Option<String>,
  pub(crate) allowed_values: Option<Vec<String>>,
}

/// What is made besides files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case", tag = "action")]
pub(crate) enum Output {
  /// A directory.
  CreateDir {
    /// Its path: a template.
    path: String,
    #[serde(default)]
    at: At,
  },
}

/// Where a path begins.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum At {
  /// In the folder of the component.
  #[default]
  Component,
  /// In the folder of the app's manifest.
  Manifest,
}

impl Variant {
  /// What it is where the manifest is as it is.
  pub(crate) fn in_manifest(mut self, manifest: &toml_edit::Table) -> Self {
    for conditional in std::mem::take(&mut self.conditions).into_values() {
      let Condition::ManifestEntryExists(keys) = &conditional.condition;
      if is_there(manifest, keys) {
        self.skip_files.extend(conditional.skip_files);
        self.skip_parameters.extend(conditional.skip_parameters);
        self.snippets.retain(|what, _| !conditional.skip_snippets.contains(what));
      }
    }
    self
  }
}

fn is_there(manifest: &toml_edit::Table, keys: &str) -> bool {
  let mut keys = keys.split('.');
  let first = keys.next().and_then(|key| manifest.get(key));
  keys.try_fold(first, |found, key| Some(found?.get(key))).flatten().is_some()
}
