//! An app as triggers find it that are programs of their own: a locked app, with the files of its components.

use std::fs;
use std::path::Path;

use app_manifest::App;
use app_manifest::Mount;
use plugbay::Url;
use tempfile::TempDir;

use crate::files::FileOptions;
use crate::files::gather;

/// A folder with an app.
#[derive(Debug)]
pub(crate) struct Layout(TempDir);

impl Layout {
  /// In the folder of a process.
  pub(crate) fn new(process: &Path) -> std::io::Result<Self> {
    Ok(Self(tempfile::Builder::new().prefix("trigger-").tempdir_in(process)?))
  }

  pub(crate) fn folder(&self) -> &Path {
    self.0.path()
  }

  /// Writes an app, in place of the one that was there, with the files of the components that triggers of a kind call.
  /// Gives its URL.
  ///
  /// # Errors
  ///
  /// What cannot be written, for people.
  pub(crate) fn write(&self, app: &App, kind: &str, options: FileOptions) -> Result<String, String> {
    let mut app = app.clone();
    let App { triggers, components, directory, .. } = &mut app;
    let assets = self.folder().join("assets");
    let failed = |path: &Path, error: std::io::Error| format!("cannot write {}: {error}", path.display());
    if assets.exists() {
      fs::remove_dir_all(&assets).map_err(|error| failed(&assets, error))?;
    }
    let is_called = |id: &str| triggers.iter().any(|one| one.kind() == kind && one.component() == Some(id));
    for (number, component) in components.iter_mut().enumerate().filter(|(_, component)| is_called(&component.id)) {
      let root = assets.join(number.to_string());
      let gathered = gather(directory, component, &root, options);
      let gathered = gathered.map_err(|fault| format!("component {}: {fault}", component.id))?;
      let placed = gathered.into_iter().map(|(destination, source)| Mount::Placement { source, destination });
      component.files = placed.collect();
      component.exclude_files.clear();
    }
    let locked = self.folder().join("spin.lock");
    fs::write(&locked, app.locked().to_json()).map_err(|error| failed(&locked, error))?;
    Url::from_file_path(&locked).map(String::from).map_err(|()| format!("{} is not absolute", locked.display()))
  }
}
