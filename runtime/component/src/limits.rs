//! How much a component may ask for.

use crate::plan_error::PlanError;

/// How much a component may ask for. What a limit says is counted before anything of that size is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
  /// Bytes of the component, or of what it is made of.
  pub bytes: usize,
  /// Core modules in it.
  pub modules: usize,
  /// Types that it defines, those within types of interfaces among them.
  pub types: usize,
  /// Imports, those of core modules and of components in it among them.
  pub imports: usize,
  /// Steps of instantiating it, a component in it counting as often as it is instantiated, and each type as large as it
  /// is when it is written out.
  pub steps: usize,
  /// Bytes of the plan as JSON.
  pub plan_bytes: usize,
}

impl Default for Limits {
  fn default() -> Self {
    Self { bytes: 256 << 20, modules: 1000, types: 20_000, imports: 50_000, steps: 1_000_000, plan_bytes: 32 << 20 }
  }
}

/// Counts up to a limit.
#[derive(Clone, Debug)]
pub(crate) struct Counter {
  what: &'static str,
  limit: usize,
  found: usize,
}

impl Counter {
  pub(crate) fn new(what: &'static str, limit: usize) -> Self {
    Self { what, limit, found: 0 }
  }

  pub(crate) fn add(&mut self, more: usize) -> Result<(), PlanError> {
    self.found = self.found.saturating_add(more);
    if self.found > self.limit {
      return Err(PlanError::TooLarge { what: self.what, limit: self.limit, found: self.found });
    }
    Ok(())
  }
}
