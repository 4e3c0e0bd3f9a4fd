//! Routes that hide one another.

use app_manifest::FaultCode;

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;

/// A route that never takes a request.
pub(super) struct Routes;

impl Check for Routes {
  fn name(&self) -> &'static str {
    "routes"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    let warnings = patient.app.as_ref().map_or(&[][..], |app| &app.warnings);
    let hidden = warnings.iter().filter(|warning| warning.code == FaultCode::Duplicate && warning.at.is_some());
    hidden.map(|warning| Finding::told(warning.to_string())).collect()
  }
}
