//! What a check is.

use crate::finding::Finding;
use crate::patient::Patient;

/// Looks for one kind of mistake.
pub trait Check: Sync {
  /// What it looks at.
  fn name(&self) -> &'static str;
  /// What is wrong.
  fn look(&self, patient: &Patient<'_>) -> Vec<Finding>;
}
