//! Why an app is not mended.

use std::io;
use std::path::PathBuf;

use app_manifest::Faults;

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
}
