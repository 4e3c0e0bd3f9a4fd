//! Everything else that is wrong with a manifest.

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;

/// What keeps the manifest from being read.
pub(super) struct ManifestFaults;

impl Check for ManifestFaults {
  fn name(&self) -> &'static str {
    "manifest"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    let faults = patient.app.as_ref().err().map(|faults| &faults.faults);
    faults.into_iter().flatten().map(|fault| Finding::told(fault.to_string())).collect()
  }
}
