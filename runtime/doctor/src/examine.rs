//! Goes through all checks.

use std::fs;
use std::path::Path;

use crate::checks::ALL;
use crate::error::DoctorError;
use crate::finding::Finding;
use crate::finding::Remedy;
use crate::machine::Machine;
use crate::patient::Patient;

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Examined {
  /// How much is wrong.
  pub found: usize,
  /// How much of it was mended.
  pub mended: usize,
}

/// Looks at the app that `from` is, a manifest or a folder with one, by one check after the other. Whoever calls is
/// told of each finding, with the name of its check, and says whether it is to be mended.
///
/// # Errors
///
/// When the manifest cannot be read, and when something is not mended.
pub fn examine(
  from: &Path,
  machine: &dyn Machine,
  mut tell: impl FnMut(&str, &Finding) -> bool,
) -> Result<Examined, DoctorError> {
  let manifest = app_manifest::manifest_of(from)?;
  let mut examined = Examined::default();
  for check in ALL {
    for finding in check.look(&Patient::read(manifest.clone(), machine)?) {
      examined.found += 1;
      if tell(check.name(), &finding)
        && let Some(remedy) = &finding.remedy
      {
        mend(remedy, &manifest, machine)?;
        examined.mended += 1;
      }
    }
  }
  Ok(examined)
}

fn mend(remedy: &Remedy, manifest: &Path, machine: &dyn Machine) -> Result<(), DoctorError> {
  match remedy {
    Remedy::Edit { edit, .. } => {
      let mut document = Patient::read(manifest.to_owned(), machine)?.document;
      edit(&mut document);
      let written = fs::write(manifest, document.to_string());
      written.map_err(|error| DoctorError::Io { what: "write", path: manifest.to_owned(), error })
    }
    Remedy::Run(command) => {
      let folder = manifest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
      let ran = machine.run(command, folder);
      ran.map_err(|error| DoctorError::Command { command: command.join(" "), error })
    }
  }
}
