//! Where something new is written: all of it or nothing.

use std::fs;
use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::io::Write as _;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use tempfile::TempPath;

/// Why something is not written. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
  /// Something is there already.
  #[error("cannot write {}: {problem}; name a directory that is empty or does not exist", .directory.display())]
  Taken {
    /// The directory.
    directory: PathBuf,
    /// What is there.
    problem: String,
  },
  /// The system does not let it.
  #[error("cannot write {}: {step} it failed: {error}; make it writable, or name another directory", .directory.display())]
  Io {
    /// The directory.
    directory: PathBuf,
    /// What was tried.
    step: &'static str,
    /// What came of it.
    error: io::Error,
  },
}

/// What is written into a directory, by paths in it.
#[derive(Clone, Debug, Default)]
pub struct Content {
  /// Files.
  pub files: Vec<(PathBuf, Vec<u8>)>,
  /// Directories, which may stay empty.
  pub directories: Vec<PathBuf>,
}

/// A directory that is there, and the way from it to the one to write, which is not there or the same.
#[derive(Debug)]
pub struct Place {
  base: PathBuf,
  rest: PathBuf,
}

impl Place {
  /// The place of a directory that is not there or is empty.
  ///
  /// # Errors
  ///
  /// When it is not a place to write to.
  pub fn find(directory: &Path) -> Result<Self, PlaceError> {
    let taken = |problem| Err(PlaceError::Taken { directory: directory.into(), problem });
    let failed = |error| PlaceError::Io { directory: directory.into(), step: "reading", error };
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

  /// Writes beside the places of what is written first. What others put there meanwhile is not replaced, but for an
  /// empty directory.
  ///
  /// # Errors
  ///
  /// When something cannot be written.
  pub fn write(&self, content: &Content) -> Result<(), PlaceError> {
    let written = self.try_write(content);
    written.map_err(|error| PlaceError::Io { directory: self.base.join(&self.rest), step: "writing", error })
  }

  fn try_write(&self, content: &Content) -> io::Result<()> {
    let draft = tempfile::Builder::new().prefix(".new-").tempdir_in(&self.base)?;
    let root = draft.path().join(&self.rest);
    fs::create_dir_all(&root)?;
    for directory in &content.directories {
      fs::create_dir_all(root.join(directory))?;
    }
    for (path, text) in &content.files {
      let path = root.join(path);
      fs::create_dir_all(path.parent().unwrap_or(&path))?;
      File::create_new(path)?.write_all(text)?;
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

#[cfg(test)]
mod tests;
