//! What can go wrong.

use std::io;
use std::path::Path;
use std::path::PathBuf;

use app_templates::PlaceError;

/// Why no plugin was written. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum CreatePluginError {
  #[error("cannot create a plugin called {name:?}: {problem}; try {suggestion:?}")]
  Name { name: String, problem: String, suggestion: String },
  #[error(
    "cannot create a plugin in {}: {problem}; name one with --dir that is empty or does not exist",
    .directory.display()
  )]
  Taken { directory: PathBuf, problem: String },
  #[error(
    "cannot create a plugin in {}: {step} {} failed: {error}; make it writable, or name another directory with --dir",
    .directory.display(), .directory.display()
  )]
  Io { directory: PathBuf, step: &'static str, error: io::Error },
}

impl CreatePluginError {
  /// Of a directory that cannot be written.
  pub(super) fn at(directory: &Path, error: PlaceError) -> Self {
    let directory = directory.to_owned();
    match error {
      PlaceError::Taken { problem, .. } => Self::Taken { directory, problem },
      PlaceError::Io { step, error, .. } => Self::Io { directory, step, error },
    }
  }
}
