//! The app as checks see it.

use std::path::PathBuf;

use app_manifest::App;
use app_manifest::Component;
use app_manifest::Faults;
use app_manifest::LoadOptions;
use app_manifest::ManifestVersion;
use app_manifest::Source;
use toml_edit::DocumentMut;

use crate::error::DoctorError;
use crate::machine::Machine;

/// An app, as far as it can be read.
pub struct Patient<'m> {
  pub(crate) manifest: PathBuf,
  pub(crate) document: DocumentMut,
  pub(crate) version: ManifestVersion,
  /// What it is, whether its sources are there or not; or what is wrong with the manifest.
  pub(crate) app: Result<App, Faults>,
  pub(crate) machine: &'m dyn Machine,
}

impl<'m> Patient<'m> {
  /// # Errors
  ///
  /// When the manifest cannot be read or is no TOML.
  pub(crate) fn read(manifest: PathBuf, machine: &'m dyn Machine) -> Result<Self, DoctorError> {
    let text = std::fs::read_to_string(&manifest);
    let text = text.map_err(|error| DoctorError::Io { what: "read", path: manifest.clone(), error })?;
    let syntax = |error: toml_edit::TomlError| DoctorError::Syntax {
      manifest: manifest.clone(),
      error: error.to_string().trim_end().to_string(),
    };
    let document = text.parse::<DocumentMut>().map_err(syntax)?;
    let options = LoadOptions { build_only: true, ..LoadOptions::default() };
    let app = app_manifest::load_text(&manifest, &text, &options);
    let version = ManifestVersion::of(&manifest, &text);
    Ok(Self { manifest, document, version, app, machine })
  }

  pub(crate) fn components(&self) -> &[Component] {
    self.app.as_ref().map_or(&[], |app| &app.components)
  }
}

/// The file of a component, if it has one.
pub(crate) fn file_of(component: &Component) -> Option<&PathBuf> {
  match &component.source {
    Source::Path { path, .. } => Some(path),
    _ => None,
  }
}
