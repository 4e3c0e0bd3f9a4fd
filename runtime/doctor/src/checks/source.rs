//! The files of components.

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;
use crate::patient::file_of;

/// A file that is not there.
pub(super) struct MissingSource;

impl Check for MissingSource {
  fn name(&self) -> &'static str {
    "sources"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    let manifest = patient.manifest.display().to_string();
    let name = patient.manifest.file_name().map_or(manifest, |name| name.to_string_lossy().into_owned());
    let directory = patient.app.as_ref().map(|app| app.directory.clone()).unwrap_or_default();
    let missing = patient.components().iter().filter_map(|component| {
      let file = file_of(component).filter(|file| !file.is_file())?;
      let shown = file.strip_prefix(&directory).unwrap_or(file).display();
      let what = format!("the source {shown} of the component {} is not there", component.id);
      Some(match &component.build {
        Some(_) => Finding::run(what, &["plugbay", "build", "-f", &name, "-c", &component.id]),
        None => Finding::told(format!("{what}, and no build command says how it is made")),
      })
    });
    missing.collect()
  }
}
