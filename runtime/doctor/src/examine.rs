//! Goes through all checks.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use app_manifest::Faults;

use crate::checks::ALL;
use crate::finding::Finding;
use crate::finding::Remedy;
use crate::machine::Machine;
use crate::patient::Patient;

/// Why an app cannot be looked at, or not mended.
#[derive(Debug, thiserror::Error)]
pub enum DoctorError {
  /// There is no manifest.
  #[error("{0}")]
  Manifest(#[from] Faults),
  /// It is no TOML: there is nothing to look at.
  #[error("{}: {error}", .manifest.display())]
  Syntax {
    /// The manifest.
    manifest: PathBuf,
    /// Where it ends to be TOML.
    error: String,
  },
  /// A file cannot be read or written.
  #[error("cannot {what} {}: {error}", .path.display())]
  Io {
    /// What was tried.
    what: &'static str,
    /// The file.
    path: PathBuf,
    /// Why not.
    error: io::Error,
  },
  /// What should mend something does not.
  #[error("`{command}` fails: {error}")]
  Command {
    /// The command.
    command: String,
    /// Why.
    error: io::Error,
  },
}

/// What was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Examined {
  /// How much is wrong.
  pub found: usize,
  /// How much of it was mended.
  pub mended: usize,
}

/// Looks at the app that `from` is, a manifest or a folder with one, by one check after the other. Whoever calls is told
/// of each finding, with the name of its check, and says whether it is to be mended.
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
