//! What native plugins are granted.

use std::collections::BTreeMap;
use std::path::PathBuf;

use plugbay_core::OpFailure;
use plugbay_http::Outbound;

use crate::Granted;

/// What native plugins may use: those that scripts of one isolate open.
#[derive(Default)]
pub struct PluginGrants {
  /// Stores, databases, variables and servers.
  pub services: Option<Granted>,
  /// What makes their HTTP requests.
  pub outbound: Option<Outbound>,
  /// The variables of the environment that the manifest gives.
  pub environment: Option<BTreeMap<String, String>>,
  /// The directories that the component sees, by its absolute names for them.
  pub files: BTreeMap<String, PathBuf>,
}

impl PluginGrants {
  /// Those that it has.
  pub(super) fn services(&self) -> Result<&Granted, OpFailure> {
    self.services.as_ref().ok_or_else(|| nothing_granted("no services"))
  }
}

/// What a plugin is told that no component's manifest stands behind.
pub(super) fn nothing_granted(what: &str) -> OpFailure {
  OpFailure::service_refused(format!(
    "the plugin has {what}: it was opened by a program that grants none; they are there for components of \
     `plugbay up` with kind = \"native\", as far as the manifest grants them, and by Builder::grants"
  ))
}
