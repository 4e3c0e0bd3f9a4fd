//! What can go wrong.

use std::io;
use std::path::PathBuf;

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
