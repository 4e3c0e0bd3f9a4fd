//! A template: its metadata and its files, in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use include_dir::Dir;

use crate::error::TemplateError;
use crate::metadata::Metadata;

/// Where a template says what it is.
pub(crate) const METADATA: &str = "metadata/spin-template.toml";
/// The folder of what it writes.
const CONTENT: &str = "content";
/// The folder of what it adds to a manifest.
const SNIPPETS: &str = "metadata/snippets";
/// The folder of what its files include.
const PARTIALS: &str = "metadata/partials";

/// A template.
#[derive(Debug)]
pub struct Template {
  pub(crate) metadata: Metadata,
  /// By their paths in the template.
  files: BTreeMap<PathBuf, Vec<u8>>,
}

impl Template {
  /// Reads a template's folder. Links in it are left out.
  ///
  /// # Errors
  ///
  /// When a file cannot be read, and when its metadata are wrong.
  pub fn read(folder: &Path) -> Result<Self, TemplateError> {
    let mut files = BTreeMap::new();
    for part in ["metadata", CONTENT].map(|part| folder.join(part)) {
      if part.is_dir() {
        read_into(&mut files, folder, &part)?;
      }
    }
    Self::of(&folder.display().to_string(), files)
  }

  /// One that the program brings along.
  pub(crate) fn built_in(folder: &Dir<'_>) -> Result<Self, TemplateError> {
    let mut files = BTreeMap::new();
    collect(&mut files, folder.path(), folder);
    Self::of(&folder.path().display().to_string(), files)
  }

  fn of(name: &str, files: BTreeMap<PathBuf, Vec<u8>>) -> Result<Self, TemplateError> {
    let text = files.get(Path::new(METADATA)).map(|bytes| String::from_utf8_lossy(bytes));
    let wrong = |problem| TemplateError::Wrong { template: name.to_string(), problem };
    let text = text.ok_or_else(|| wrong(format!("it has no {METADATA}")))?;
    let metadata = read_metadata(&text).map_err(wrong)?;
    Ok(Self { metadata, files })
  }

  /// What it is called.
  #[must_use]
  pub fn id(&self) -> &str {
    &self.metadata.id
  }

  /// Words for it.
  #[must_use]
  pub fn tags(&self) -> &[String] {
    &self.metadata.tags
  }

  /// The files that it writes, by their paths in what it writes.
  pub(crate) fn content(&self) -> impl Iterator<Item = (&Path, &[u8])> {
    self.files_in(CONTENT)
  }

  /// What it adds to a manifest: a file of its snippets.
  pub(crate) fn snippet(&self, file: &str) -> Option<&[u8]> {
    self.files.get(&Path::new(SNIPPETS).join(file)).map(Vec::as_slice)
  }

  /// What its files include, by name.
  pub(crate) fn partials(&self) -> impl Iterator<Item = (&Path, &[u8])> {
    self.files_in(PARTIALS)
  }

  fn files_in(&self, folder: &'static str) -> impl Iterator<Item = (&Path, &[u8])> {
    self.files.iter().filter_map(move |(path, bytes)| Some((path.strip_prefix(folder).ok()?, &**bytes)))
  }
}

/// # Errors
///
/// What is wrong with it.
pub(crate) fn read_metadata(text: &str) -> Result<Metadata, String> {
  let metadata: Metadata =
    toml_edit::de::from_str(text).map_err(|error| format!("{METADATA}: {}", error.to_string().trim_end()))?;
  match &*metadata.manifest_version {
    "1" => Ok(metadata),
    other => Err(format!("{METADATA}: manifest_version must be \"1\", got {other:?}")),
  }
}

fn read_into(files: &mut BTreeMap<PathBuf, Vec<u8>>, root: &Path, folder: &Path) -> Result<(), TemplateError> {
  let unreadable = |path: &Path, error| TemplateError::Unreadable { path: path.to_owned(), error };
  for entry in fs::read_dir(folder).map_err(|error| unreadable(folder, error))? {
    let entry = entry.map_err(|error| unreadable(folder, error))?;
    let path = entry.path();
    let kind = entry.file_type().map_err(|error| unreadable(&path, error))?;
    if kind.is_dir() {
      read_into(files, root, &path)?;
    } else if kind.is_file() {
      let bytes = fs::read(&path).map_err(|error| unreadable(&path, error))?;
      files.insert(path.strip_prefix(root).unwrap_or(&path).to_owned(), bytes);
    }
  }
  Ok(())
}

fn collect(files: &mut BTreeMap<PathBuf, Vec<u8>>, root: &Path, folder: &Dir<'_>) {
  for file in folder.files() {
    let path = file.path().strip_prefix(root).unwrap_or(file.path());
    files.insert(path.to_owned(), file.contents().to_vec());
  }
  folder.dirs().for_each(|below| collect(files, root, below));
}
