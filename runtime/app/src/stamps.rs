//! What files are, as far as can be seen without reading them.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;

use app_manifest::App;
use app_manifest::Source;

/// Length and time of each file; nothing of one that is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamps(BTreeMap<PathBuf, Option<(u64, SystemTime)>>);

impl Stamps {
  pub(crate) fn of<P: AsRef<Path>>(paths: impl IntoIterator<Item = P>) -> Self {
    let stamp = |path: &Path| {
      let metadata = std::fs::metadata(path).ok()?;
      Some((metadata.len(), metadata.modified().ok()?))
    };
    Self(paths.into_iter().map(|path| (path.as_ref().to_owned(), stamp(path.as_ref()))).collect())
  }

  /// Of the manifest and of what its components are.
  pub(crate) fn of_app(app: &App) -> Self {
    let sources = app.components.iter().filter_map(|component| match &component.source {
      Source::Path { path, .. } => Some(path),
      _ => None,
    });
    Self::of(sources.chain([&app.manifest]))
  }

  /// These and others; of a file that both have, these.
  pub(crate) fn and(mut self, others: Self) -> Self {
    for (path, stamp) in others.0 {
      self.0.entry(path).or_insert(stamp);
    }
    self
  }

  /// The same files as they are now.
  pub(crate) fn now(&self) -> Self {
    Self::of(self.0.keys())
  }
}
