//! Compiled modules in files, for the next process.
//!
//! A file has the name of its key: a hash of the module, of what is done to it and of who compiles it. It holds the module as V8 has it, its
//! description and V8's code, after a hash of all that and its name: a file that is not whole, or another's, is no file. The code is run as it is, so the
//! folder must be the user's alone.

use std::fs;
use std::io;
use std::io::Write;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use blake3::Hasher;
use deno_core::v8;
use wasm_rewrite::Options;

use crate::runtime::v8_flags;
use crate::wasm::description::Description;

const MAGIC: &[u8; 8] = b"plugbay2";
const HASH: usize = blake3::OUT_LEN;
/// The bytes that all files have together at most.
const MOST_BYTES: u64 = 256 << 20;

/// What a file says of a module.
pub(super) struct Stored {
  pub(super) description: Description,
  file: Vec<u8>,
  bytes: Range<usize>,
}

impl Stored {
  /// The module for V8.
  pub(super) fn bytes(&self) -> &[u8] {
    &self.file[self.bytes.clone()]
  }

  /// What `code::serialize` gave for it, or nothing.
  pub(super) fn code(&self) -> &[u8] {
    &self.file[self.bytes.end..]
  }
}

/// Where compiled modules are kept.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

/// The name of a module's file.
pub(super) struct Key(String);

impl Key {
  pub(super) fn new(module: &[u8], options: Options) -> Self {
    let mut hash = Hasher::new();
    let who = format!("{} {} {:?} {options:?} ", env!("CARGO_PKG_VERSION"), v8::V8::get_version(), v8_flags());
    hash.update(&who.len().to_le_bytes());
    hash.update(who.as_bytes());
    hash.update(module);
    Self(hash.finalize().to_hex().to_string())
  }
}

impl Folder {
  /// Makes the folder if it is not there.
  ///
  /// # Errors
  ///
  /// When it cannot be made, or when others than its owner may write into it.
  pub(crate) fn open(path: PathBuf) -> io::Result<Self> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path)?;
    #[cfg(unix)]
    {
      use std::os::unix::fs::MetadataExt;
      let metadata = fs::metadata(&path)?;
      if metadata.mode() & 0o022 != 0 || metadata.uid() != rustix::process::geteuid().as_raw() {
        let message = "it must belong to the user who runs plugbay, and nobody else may write into it";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
      }
    }
    Ok(Self(path))
  }

  pub(crate) fn path(&self) -> &Path {
    &self.0
  }

  /// What was written under this key, if the file is whole.
  pub(super) fn read(&self, key: &Key) -> Option<Stored> {
    let path = self.0.join(&key.0);
    let stored = parse(key, fs::read(&path).ok()?);
    match stored {
      Some(_) => {
        tracing::debug!("a compiled module is in {}", path.display());
        // Its age is that of its last use. Where that cannot be set it goes earlier.
        let _ = fs::File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
      }
      None => tracing::debug!("{} is damaged and will be written anew", path.display()),
    }
    stored
  }

  /// Writes a file in the place of the one with this key.
  ///
  /// # Errors
  ///
  /// When it cannot be written.
  pub(super) fn write(&self, key: &Key, description: &Description, bytes: &[u8], code: &[u8]) -> io::Result<()> {
    let description = serde_json::to_vec(description)?;
    let mut hash = hasher(key);
    let lengths = [description.len(), bytes.len()].map(|length| (length as u64).to_le_bytes());
    let parts = [&lengths[0][..], &lengths[1], &description, bytes, code];
    for part in parts {
      hash.update(part);
    }
    // Another process may read the same file now.
    let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
    file.write_all(MAGIC)?;
    file.write_all(hash.finalize().as_bytes())?;
    parts.iter().try_for_each(|part| file.write_all(part))?;
    file.persist(self.0.join(&key.0))?;
    remove_oldest(&self.0, MOST_BYTES)
  }
}

/// The hash of a file's contents begins with its name.
fn hasher(key: &Key) -> Hasher {
  let mut hash = Hasher::new();
  hash.update(key.0.as_bytes());
  hash
}

fn parse(key: &Key, file: Vec<u8>) -> Option<Stored> {
  let (hash, contents) = file.strip_prefix(MAGIC)?.split_at_checked(HASH)?;
  if hasher(key).update(contents).finalize().as_bytes() != hash {
    return None;
  }
  let (lengths, rest) = contents.split_at_checked(16)?;
  let length = |at: usize| usize::try_from(u64::from_le_bytes(lengths[at..at + 8].try_into().ok()?)).ok();
  let (description, rest) = rest.split_at_checked(length(0)?)?;
  let start = file.len() - rest.len();
  let bytes = start..start.checked_add(length(8)?).filter(|&end| end <= file.len())?;
  Some(Stored { description: serde_json::from_slice(description).ok()?, bytes, file })
}

/// Removes the files that were not used for longest until the others have `most` bytes at most.
fn remove_oldest(folder: &Path, most: u64) -> io::Result<()> {
  let mut files = Vec::new();
  for entry in fs::read_dir(folder)? {
    let entry = entry?;
    let metadata = entry.metadata()?;
    files.push((metadata.modified()?, metadata.len(), entry.path()));
  }
  files.sort();
  let mut size = files.iter().map(|(_, size, _)| size).sum::<u64>();
  for (_, length, path) in files {
    if size <= most {
      break;
    }
    fs::remove_file(path)?;
    size -= length;
  }
  Ok(())
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn the_oldest_files_go() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    for (name, age) in [("old", 300), ("new", 100), ("older", 400), ("newer", 50)] {
      let file = fs::File::create(folder.path().join(name)).expect("a file can be made");
      (&file).write_all(&[0; 10]).expect("it can be written");
      file.set_modified(SystemTime::now() - std::time::Duration::from_secs(age)).expect("its time can be set");
    }
    remove_oldest(folder.path(), 25).expect("files can be removed");
    let mut left = Vec::new();
    for entry in fs::read_dir(folder.path()).expect("the folder can be read") {
      left.push(entry.expect("it can be read").file_name());
    }
    left.sort();
    assert_eq!(left, ["new", "newer"]);
  }

  #[test]
  #[cfg(unix)]
  fn a_folder_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder can be made");
    assert!(Folder::open(folder.path().to_owned()).is_ok());
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o722)).expect("its mode can be set");
    let error = Folder::open(folder.path().to_owned()).expect_err("others may write");
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
  }
}
