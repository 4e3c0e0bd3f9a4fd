//! Plans as JSON.

use std::io;
use std::io::Write;

use crate::limits::Counter;
use crate::plan::PLAN_VERSION;
use crate::plan::Plan;
use crate::plan_error::PlanError;

impl Plan {
  /// The plan as JSON, as the documentation of this crate shows it.
  pub fn to_json(&self) -> String {
    serde_json::to_string(self).unwrap_or_else(|error| unreachable!("its keys are strings: {error}"))
  }

  /// The plan that [`Plan::to_json`] wrote; none if that was another version, or the text is something else.
  pub fn from_json(json: &str) -> Option<Self> {
    serde_json::from_str(json).ok().filter(|plan: &Self| plan.version == PLAN_VERSION)
  }

  /// Refuses a plan that is larger than the limits allow.
  pub(crate) fn check_size(&self, limit: usize) -> Result<(), PlanError> {
    let mut counted = Counted { bytes: Counter::new("bytes of plan", limit), error: None };
    let written = serde_json::to_writer(&mut counted, self);
    counted.error.map_or_else(|| written.map_err(|error| PlanError::unsupported(error.to_string())), Err)
  }
}

/// Counts what is written.
struct Counted {
  bytes: Counter,
  error: Option<PlanError>,
}

impl Write for Counted {
  fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
    self.bytes.add(bytes.len()).map_err(|error| {
      self.error = Some(error);
      io::Error::from(io::ErrorKind::WriteZero)
    })?;
    Ok(bytes.len())
  }

  fn flush(&mut self) -> io::Result<()> {
    Ok(())
  }
}
