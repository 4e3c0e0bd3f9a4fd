//! Why nothing was written.

use std::io;
use std::path::PathBuf;

use app_manifest::Faults;

use crate::place::PlaceError;

/// Why nothing was written. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
  /// There is no such template.
  #[error("there is no template {name:?}; there are {known}")]
  Unknown {
    /// The name that was asked for.
    name: String,
    /// Those that there are.
    known: String,
  },
  /// A template's own file cannot be read.
  #[error("cannot read {}: {error}", .path.display())]
  Unreadable {
    /// The file or the folder.
    path: PathBuf,
    /// Why not.
    error: io::Error,
  },
  /// A template is not as templates are.
  #[error("the template {template} is wrong: {problem}")]
  Wrong {
    /// Its id or its folder.
    template: String,
    /// What is wrong.
    problem: String,
  },
  /// A template is not for this.
  #[error("the template {template} {problem}")]
  Unsupported {
    /// Its id.
    template: String,
    /// What it is not for.
    problem: &'static str,
  },
  /// The name is none for a component.
  #[error("cannot call it {name:?}: {problem}; try {suggestion:?}")]
  Name {
    /// The name.
    name: String,
    /// What is wrong with it.
    problem: &'static str,
    /// One like it that is right.
    suggestion: String,
  },
  /// Values that the template does not take, or misses.
  #[error("{}", .0.join("\n"))]
  Values(Vec<String>),
  /// The place is none to write to.
  #[error("{0}")]
  Place(#[from] PlaceError),
  /// The app cannot be read, or not with what would be added.
  #[error("{0}")]
  Manifest(#[from] Faults),
  /// Nothing can be added to the app.
  #[error("cannot add to {}: {problem}", .manifest.display())]
  Closed {
    /// The manifest.
    manifest: PathBuf,
    /// Why not.
    problem: String,
  },
}
