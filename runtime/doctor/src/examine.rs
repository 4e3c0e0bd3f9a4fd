//! Goes through all checks.

use std::fs;
use std::path::Path;

use crate::check::Check;
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
  /// How much of it is not wrong any more: it was looked for again.
  pub mended: usize,
}

/// Whoever has an app looked at.
pub trait Keeper {
  /// Is told of what a check of that name has found; says whether it is to be mended.
  fn found(&mut self, check: &str, finding: &Finding) -> bool;

  /// Is told what came of it. The words of an error say why it is as it was.
  fn tried(&mut self, finding: &Finding, result: Result<(), String>);
}

/// Looks at the app that `from` is, a manifest or a folder with one, by one check after the other. What is mended is
/// looked for again: only what is not found any more counts as mended.
///
/// # Errors
///
/// When the manifest cannot be read or written.
pub fn examine(from: &Path, machine: &dyn Machine, keeper: &mut dyn Keeper) -> Result<Examined, DoctorError> {
  let manifest = app_manifest::manifest_of(from)?;
  // As it is typed.
  let manifest = manifest.strip_prefix(".").map(Path::to_owned).unwrap_or(manifest);
  let mut examined = Examined::default();
  let mut patient = Patient::read(manifest.clone(), machine)?;
  for check in ALL {
    for finding in check.look(&patient) {
      examined.found += 1;
      if keeper.found(check.name(), &finding)
        && let Some(remedy) = &finding.remedy
      {
        let result = mend(remedy, &manifest, machine)?;
        let mended = Patient::read(manifest.clone(), machine);
        let looked_at = mended.as_ref().map_err(ToString::to_string);
        let result = result.and_then(|()| look_again(*check, &finding, looked_at?));
        examined.mended += usize::from(result.is_ok());
        keeper.tried(&finding, result);
        patient = mended?;
      }
    }
  }
  Ok(examined)
}

/// # Errors
///
/// When the manifest cannot be written; within it why a command has not done what it should.
fn mend(remedy: &Remedy, manifest: &Path, machine: &dyn Machine) -> Result<Result<(), String>, DoctorError> {
  match remedy {
    Remedy::Edit { edit, .. } => {
      let mut document = Patient::read(manifest.to_owned(), machine)?.document;
      edit(&mut document);
      let written = fs::write(manifest, document.to_string());
      written.map(Ok).map_err(|error| DoctorError::Io { what: "write", path: manifest.to_owned(), error })
    }
    Remedy::Run(command) => {
      Ok(machine.run(command).map_err(|error| format!("`{}` fails: {error}", remedy.command_line())))
    }
  }
}

/// Whether a fault is gone.
fn look_again(check: &dyn Check, finding: &Finding, patient: &Patient<'_>) -> Result<(), String> {
  let is_there = check.look(patient).iter().any(|found| found.what == finding.what);
  if !is_there {
    return Ok(());
  }
  let what = finding.remedy.as_ref().map(ToString::to_string).unwrap_or_default();
  Err(format!("{what}: that was done, and it is as it was"))
}
