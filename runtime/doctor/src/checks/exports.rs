//! What modules of JavaScript export.

use app_manifest::ComponentKind;
use app_manifest::Trigger;

use crate::check::Check;
use crate::finding::Finding;
use crate::module_exports::may_export;
use crate::patient::Patient;
use crate::patient::file_of;

/// A module that does not export what its triggers call.
pub(super) struct Exports;

impl Check for Exports {
  fn name(&self) -> &'static str {
    "exports"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for component in patient.components().iter().filter(|component| component.kind == ComponentKind::JavaScript) {
      let Some(source) = file_of(component).and_then(|file| std::fs::read_to_string(file).ok()) else { continue };
      let triggers = patient.app.iter().flat_map(|app| &app.triggers);
      let calls = |kind: &str| {
        triggers.clone().any(|trigger: &Trigger| trigger.kind() == kind && trigger.component() == Some(&component.id))
      };
      for (kind, name, called) in [("http", "fetch", "requests"), ("redis", "redis", "messages of Redis")] {
        if calls(kind) && !may_export(&source, name) {
          found.push(Finding::told(format!(
            "the component {} takes {called}, and its module exports no {name}: write `export default {{ {name}(…) {{ … }} }}`",
            component.id
          )));
        }
      }
    }
    found
  }
}
