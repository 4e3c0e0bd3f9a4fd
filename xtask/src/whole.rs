//! Directories that are there as a whole or not at all.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;

/// Makes a directory: `fill` makes it in a temporary one that it is given, and says where, and it is moved to
/// `directory` when it is whole.
///
/// # Errors
///
/// When it cannot be made, unless `is_there` says that somebody else has made it meanwhile.
pub(crate) fn make(
  directory: &Path,
  is_there: impl Fn() -> bool,
  fill: impl FnOnce(&Path) -> Result<PathBuf>,
) -> Result<()> {
  let parent = directory.parent().context("it is in a directory")?;
  fs::create_dir_all(parent).with_context(|| format!("cannot make {}", parent.display()))?;
  // In the same file system, to be moved into place.
  let temporary = tempfile::tempdir_in(parent)?;
  match fs::rename(fill(temporary.path())?, directory) {
    Err(_) if is_there() => Ok(()),
    renamed => renamed.with_context(|| format!("cannot make {}", directory.display())),
  }
}
