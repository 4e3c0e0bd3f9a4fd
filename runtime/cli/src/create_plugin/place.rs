//! Where a new plugin is written: all of it or nothing.

use std::fs;
use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::io::Write as _;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use tempfile::TempPath;

use super::error::CreatePluginError;

/// A directory that is there, and the way from it to the one to write, which is not there or the same.
pub(super) struct Place {
  base: PathBuf,
  rest: PathBuf,
}

impl Place {
  /// Refuses what is not a place to write to.
  pub(super) fn find(directory: &Path) -> Result<Self, CreatePluginError> {
    let taken = |problem| Err(CreatePluginError::Taken { directory: directory.into(), problem });
    let failed = |error| CreatePluginError::Io { directory: directory.into(), step: "reading", error };
    match fs::metadata(directory) {
      Ok(found) if found.is_dir() => match fs::read_dir(directory).map_err(failed)?.next() {
        None => Ok(Self { base: directory.into(), rest: PathBuf::new() }),
        Some(entry) => {
          let found = entry.map_err(failed)?.file_name();
          taken(format!("the directory has {} in it", found.display()))
        }
      },
      Ok(_) => taken("there is a file in the way".to_string()),
      Err(_) if fs::symlink_metadata(directory).is_ok() => {
        taken("there is a link that leads nowhere in the way".to_string())
      }
      // "" and "missing/..": there is no such directory, and no name to make one under.
      Err(error) if error.kind() == ErrorKind::NotFound && directory.file_name().is_some() => {
        let place = Self::missing(directory);
        if place.rest.as_os_str().is_empty() { Self::find(&place.base) } else { Ok(place) }
      }
      Err(error) => Err(failed(error)),
    }
  }

  /// The place of a directory that is not there.
  fn missing(directory: &Path) -> Self {
    let (mut base, mut rest) = (PathBuf::new(), PathBuf::new());
    for part in directory.components() {
      match part {
        // A directory that is still to be made is no link: the one above is that which its path names.
        Component::ParentDir if rest.pop() => {}
        _ if rest.as_os_str().is_empty() && base.join(part).is_dir() => base.push(part),
        _ => rest.push(part),
      }
    }
    if base.as_os_str().is_empty() {
      base.push(Component::CurDir);
    }
    Self { base, rest }
  }

  /// Writes the files, given by their paths and texts, beside their places first. What others put there meanwhile is
  /// not replaced, but for an empty directory.
  pub(super) fn write(&self, files: &[(String, String)]) -> io::Result<()> {
    let draft = tempfile::Builder::new().prefix(".create-plugin-").tempdir_in(&self.base)?;
    for (path, text) in files {
      let path = draft.path().join(&self.rest).join(path);
      fs::create_dir_all(path.parent().unwrap_or(&path))?;
      File::create_new(path)?.write_all(text.as_bytes())?;
    }
    for entry in fs::read_dir(draft.path())? {
      let entry = entry?;
      let to = self.base.join(entry.file_name());
      match entry.file_type()?.is_dir() {
        true => fs::rename(entry.path(), to)?,
        false => TempPath::try_from_path(entry.path())?.persist_noclobber(to)?,
      }
    }
    Ok(())
  }
}
