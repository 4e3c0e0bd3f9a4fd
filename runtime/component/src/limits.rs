//! How much a component may ask for.

/// How much a component may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
  /// Core modules, those included that are generated.
  pub modules: usize,
}

impl Default for Limits {
  fn default() -> Self {
    Self { modules: 1000 }
  }
}
