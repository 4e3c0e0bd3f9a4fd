//! Components that were decoded before: their plans and core modules, by their bytes, in memory for all runtimes of the
//! process and in the folder for other processes. The core modules are then modules like others.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use component_plan::Limits;
use component_plan::PlanError;
use component_plan::Planned;

use super::Folder;

/// The bytes of components that are kept in memory at most, and how many components.
const MAX_BYTES: usize = 64 << 20;
const MAX_COMPONENTS: usize = 16;

/// A component as it came, and what was made of it.
struct Entry {
  component: Vec<u8>,
  limits: Limits,
  planned: Arc<Planned>,
}

/// The one used last is the last.
static ENTRIES: Mutex<Vec<Entry>> = Mutex::new(Vec::new());

fn entries() -> MutexGuard<'static, Vec<Entry>> {
  ENTRIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The plan of a component, made or found.
///
/// # Errors
///
/// As [`component_plan::plan`].
pub(crate) fn plan(folder: Option<&Folder>, component: &[u8], limits: &Limits) -> Result<Arc<Planned>, PlanError> {
  if let Some(planned) = find(component, limits) {
    return Ok(planned);
  }
  let planned = match folder.and_then(|folder| folder.read_plan(component, limits)) {
    Some(planned) => planned,
    None => {
      let planned = component_plan::plan(component, limits)?;
      if let Some(folder) = folder {
        folder.write_plan(component, limits, &planned);
      }
      planned
    }
  };
  Ok(keep(component, limits, planned))
}

fn find(component: &[u8], limits: &Limits) -> Option<Arc<Planned>> {
  let mut entries = entries();
  let place = entries.iter().position(|entry| entry.limits == *limits && entry.component == component)?;
  let entry = entries.remove(place);
  let planned = entry.planned.clone();
  entries.push(entry);
  Some(planned)
}

fn keep(component: &[u8], limits: &Limits, planned: Planned) -> Arc<Planned> {
  let planned = Arc::new(planned);
  let mut entries = entries();
  entries.push(Entry { component: component.to_vec(), limits: *limits, planned: planned.clone() });
  // What is made of a component is about as long as it.
  let size = |entries: &[Entry]| entries.iter().map(|entry| 2 * entry.component.len()).sum::<usize>();
  while entries.len() > MAX_COMPONENTS || size(&entries) > MAX_BYTES {
    entries.remove(0);
  }
  planned
}
