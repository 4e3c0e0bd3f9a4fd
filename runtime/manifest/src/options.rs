//! How an app is read.

/// How an app is read.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
  /// The profile whose overrides count.
  pub profile: Option<String>,
  /// Only these components, and the triggers of them; all if it is empty.
  pub components: Vec<String>,
  /// Whether it is read for a build: the sources need not be there yet.
  pub build_only: bool,
}

impl LoadOptions {
  /// Whether a component is one of those that are asked for.
  pub(crate) fn takes(&self, component: &str) -> bool {
    self.components.is_empty() || self.components.iter().any(|one| one == component)
  }
}
