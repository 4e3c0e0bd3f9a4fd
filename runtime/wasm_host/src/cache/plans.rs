//! Components that were decoded before: their plans and core modules, by their bytes, in memory for all runtimes of the
//! process and in the folder for other processes. The core modules are then modules like others.

use std::sync::Arc;

use component_plan::Limits;
use component_plan::PlanError;
use component_plan::Planned;

use super::Folder;
use super::recent::Recent;

/// A component as it came, and what was made of it.
struct Entry {
  component: Vec<u8>,
  limits: Limits,
  planned: Arc<Planned>,
}

/// What is made of a component is about as long as it.
static ENTRIES: Recent<Entry> = Recent::new(16, |entry| 2 * entry.component.len());

/// The plan of a component, made or found.
///
/// # Errors
///
/// As [`component_plan::plan`].
pub(crate) fn plan(folder: Option<&Folder>, component: Vec<u8>, limits: &Limits) -> Result<Arc<Planned>, PlanError> {
  if let Some(planned) = find(&component, limits) {
    return Ok(planned);
  }
  let planned = match folder.and_then(|folder| folder.read_plan(&component, limits)) {
    Some(planned) => planned,
    None => {
      let planned = component_plan::plan(&component, limits)?;
      if let Some(folder) = folder {
        folder.write_plan(&component, limits, &planned);
      }
      planned
    }
  };
  Ok(keep(component, limits, planned))
}

impl Entry {
  fn is(&self, component: &[u8], limits: &Limits) -> bool {
    self.limits == *limits && self.component == component
  }
}

fn find(component: &[u8], limits: &Limits) -> Option<Arc<Planned>> {
  ENTRIES.find(|entry| entry.is(component, limits), |entry| entry.planned.clone())
}

fn keep(component: Vec<u8>, limits: &Limits, planned: Planned) -> Arc<Planned> {
  let entry = Entry { component, limits: *limits, planned: Arc::new(planned) };
  ENTRIES.keep(entry, |kept, made| kept.is(&made.component, &made.limits), |entry| entry.planned.clone())
}
