//! Which templates there are: those of the program, and those of a folder, which go before them.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use include_dir::Dir;
use include_dir::include_dir;

use crate::error::TemplateError;
use crate::template::METADATA;
use crate::template::Template;
use crate::template::read_metadata;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/built_in");

/// Templates to choose from.
#[derive(Debug)]
pub struct Library {
  listed: Vec<(Listed, Place)>,
}

/// What is told of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
  /// What it is called.
  pub id: String,
  /// What it is for.
  pub description: String,
  /// Words for it.
  pub tags: Vec<String>,
}

#[derive(Debug)]
enum Place {
  BuiltIn(&'static Dir<'static>),
  Folder(PathBuf),
}

impl Library {
  /// Those of the program, and those of a folder: the folder is a template, or has templates in it, or has a folder
  /// `templates` with templates in it, as repositories of templates have.
  ///
  /// # Errors
  ///
  /// When the folder has no templates, or one that is wrong.
  pub fn open(folder: Option<&Path>) -> Result<Self, TemplateError> {
    let mut listed = Vec::new();
    for folder in folder.map(folders).transpose()?.unwrap_or_default() {
      let path = folder.join(METADATA);
      let text = fs::read_to_string(&path).map_err(|error| TemplateError::Unreadable { path, error })?;
      listed.push((told(&folder.display().to_string(), &text)?, Place::Folder(folder)));
    }
    for folder in BUILT_IN.dirs() {
      let metadata = folder.get_file(folder.path().join(METADATA)).and_then(|file| file.contents_utf8());
      let of_program = told(&folder.path().display().to_string(), metadata.unwrap_or_default())?;
      if listed.iter().all(|(other, _)| other.id != of_program.id) {
        listed.push((of_program, Place::BuiltIn(folder)));
      }
    }
    listed.sort_by(|(one, _), (other, _)| one.id.cmp(&other.id));
    Ok(Self { listed })
  }

  /// Those that there are, by their ids.
  pub fn iter(&self) -> impl Iterator<Item = &Listed> {
    self.listed.iter().map(|(listed, _)| listed)
  }

  /// Reads a template.
  ///
  /// # Errors
  ///
  /// When there is none of this id, or it is wrong.
  pub fn template(&self, id: &str) -> Result<Template, TemplateError> {
    match self.listed.iter().find(|(listed, _)| listed.id == id) {
      Some((_, Place::BuiltIn(folder))) => Template::built_in(folder),
      Some((_, Place::Folder(folder))) => Template::read(folder),
      None => {
        let known = self.iter().map(|listed| &*listed.id).collect::<Vec<_>>().join(", ");
        Err(TemplateError::Unknown { name: id.to_string(), known })
      }
    }
  }
}

/// The folders of templates in a folder.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, TemplateError> {
  let is_template = |folder: &Path| folder.join(METADATA).is_file();
  if is_template(folder) {
    return Ok(vec![folder.to_owned()]);
  }
  let inner = folder.join("templates");
  let all = if inner.is_dir() { inner } else { folder.to_owned() };
  let entries = fs::read_dir(&all).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
  let entries = entries.map_err(|error| TemplateError::Unreadable { path: all.clone(), error })?;
  let mut found = entries.iter().map(fs::DirEntry::path).filter(|path| is_template(path)).collect::<Vec<_>>();
  found.sort();
  match found.is_empty() {
    true => {
      let problem = format!("neither it nor a folder in it has {METADATA}");
      Err(TemplateError::Wrong { template: all.display().to_string(), problem })
    }
    false => Ok(found),
  }
}

fn told(name: &str, metadata: &str) -> Result<Listed, TemplateError> {
  let metadata = read_metadata(metadata);
  let metadata = metadata.map_err(|problem| TemplateError::Wrong { template: name.to_string(), problem })?;
  Ok(Listed { id: metadata.id, description: metadata.description, tags: metadata.tags })
}
