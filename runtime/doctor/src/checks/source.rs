//! Where components come from.

use app_manifest::Source;

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;
use crate::patient::file_of;

/// A file that is not there, or a package that nobody fetches.
pub(super) struct MissingSource;

impl Check for MissingSource {
  fn name(&self) -> &'static str {
    "sources"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    let manifest = patient.manifest.display().to_string();
    let directory = patient.app.as_ref().map(|app| app.directory.clone()).unwrap_or_default();
    let missing = patient.components().iter().filter_map(|component| {
      if let Source::Registry { .. } = &component.source {
        let help = component.source.registry_help().unwrap_or_default();
        let what = format!(
          "the source of the component {} is a package of a registry, which plugbay does not read",
          component.id
        );
        return Some(Finding::told(format!("{what}; {help}")));
      }
      let file = file_of(component).filter(|file| !file.is_file())?;
      let shown = file.strip_prefix(&directory).unwrap_or(file).display();
      let what = format!("the source {shown} of the component {} is not there", component.id);
      Some(match &component.build {
        Some(_) => Finding::run(what, &["plugbay", "build", "-f", &manifest, "-c", &component.id]),
        None => Finding::told(format!("{what}, and no build command says how it is made")),
      })
    });
    missing.collect()
  }
}
