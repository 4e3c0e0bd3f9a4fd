//! What an app is, whatever kind of manifest says so.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::Component;
use crate::Fault;
use crate::FaultCode;
use crate::Position;
use crate::Trigger;

/// The kind of manifest an app was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
  /// spin.toml, version 1.
  Spin1,
  /// spin.toml, version 2.
  Spin2,
  /// A locked app, in JSON.
  Locked,
  /// plugbay.toml.
  Plugbay,
  /// No manifest: a guest, which answers every path.
  Guest,
}

/// An app: what answers what, and what it may use.
#[derive(Clone, Debug, PartialEq)]
pub struct App {
  /// Its name.
  pub name: String,
  /// Its version, if it says.
  pub version: Option<String>,
  /// What it is for.
  pub description: Option<String>,
  /// Who wrote it.
  pub authors: Vec<String>,
  /// The kind of manifest.
  pub format: Format,
  /// What relative paths are relative to: absolute.
  pub directory: PathBuf,
  /// The file that was read, as it was asked for.
  pub manifest: PathBuf,
  /// What all paths of the HTTP trigger start with: `/` if it does not say.
  pub http_base: String,
  /// MiB that the body of a request may have, if it says.
  pub max_body: Option<u32>,
  /// Settings of whole kinds of triggers, `[application.trigger.<kind>]`, but for those of HTTP.
  pub trigger_settings: BTreeMap<String, serde_json::Map<String, serde_json::Value>>,
  /// The profile that was asked for.
  pub profile: Option<String>,
  /// Its variables.
  pub variables: BTreeMap<String, Variable>,
  /// What calls its components, in the order of the manifest.
  pub triggers: Vec<Trigger>,
  /// Its components, in the order of the manifest.
  pub components: Vec<Component>,
  /// What is worth a look, though it does not keep the app from running.
  pub warnings: Vec<Fault>,
}

impl App {
  /// The component of this id.
  #[must_use]
  pub fn component(&self, id: &str) -> Option<&Component> {
    self.components.iter().find(|component| component.id == id)
  }

  /// The HTTP triggers, each with its index among all triggers.
  pub fn http_triggers(&self) -> impl Iterator<Item = (usize, &crate::HttpTrigger)> {
    self.triggers.iter().enumerate().filter_map(|(index, trigger)| match &trigger.config {
      crate::TriggerConfig::Http(http) => Some((index, http)),
      _ => None,
    })
  }

  /// A fault found later than by reading, at the place of what it is about.
  #[must_use]
  pub fn fault(
    &self,
    at: Option<Position>,
    code: FaultCode,
    message: impl Into<String>,
    help: Option<String>,
  ) -> Fault {
    Fault { path: self.manifest.clone(), at, code, message: message.into(), help }
  }
}

/// A variable of an app: its value comes from whoever runs the app, or is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variable {
  /// What it is for.
  pub description: Option<String>,
  /// Its value if nobody gives one. None: one must be given.
  pub default: Option<String>,
  /// Whether its value must not be shown.
  pub secret: bool,
}

impl Variable {
  /// Whether the app does not run without a value.
  #[must_use]
  pub fn required(&self) -> bool {
    self.default.is_none()
  }
}
