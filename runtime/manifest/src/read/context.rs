//! What all parts of a manifest are read with.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;

use crate::FaultCode;
use crate::LoadOptions;
use crate::Variable;
use crate::report::Report;

/// Who has written the manifest, and what it may say therefore.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
  Spin,
  Plugbay,
}

/// What to do about keys of plugbay.toml in a manifest for Spin.
pub(crate) const OF_PLUGBAY: &str = "only plugbay has it: name the manifest plugbay.toml, write [app] for [application], and leave out `spin_manifest_version`";

/// What all parts of a manifest are read with.
pub(crate) struct Context<'a> {
  pub(crate) report: &'a Report,
  pub(crate) dialect: Dialect,
  /// What relative paths are relative to.
  pub(crate) directory: &'a Path,
  pub(crate) options: &'a LoadOptions,
  pub(crate) variables: &'a BTreeMap<String, Variable>,
  /// The ids of all components that have a table of their own.
  pub(crate) components: &'a [String],
  /// Whether a component has the profile that was asked for.
  pub(crate) has_profile: Cell<bool>,
}

impl Context<'_> {
  /// A profile that no component has is one that is misspelt.
  pub(crate) fn check_profile(&self) {
    if let Some(profile) = self.options.profile.as_ref().filter(|_| !self.has_profile.get()) {
      let message = format!("no component has a profile `{profile}`, which was asked for");
      let help = format!("add `[component.<id>.profile.{profile}]`, or leave it out");
      self.report.fault(0, FaultCode::Reference, message, Some(help));
    }
  }

  /// Whether the files of a component have to be there.
  pub(crate) fn needs_files(&self, component: &str) -> bool {
    !self.options.build_only && self.options.takes(component)
  }
}
