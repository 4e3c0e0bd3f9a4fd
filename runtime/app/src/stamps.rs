//! What files are, as far as can be seen without reading them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;
use std::time::SystemTime;

use app_manifest::App;
use app_manifest::ComponentKind;
use app_manifest::Source;
use glob::MatchOptions;
use glob::Pattern;

/// How often files are looked at. What has changed is read when it stays as it is from one look to the next.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

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

  /// Of the manifest and of what its components are: of JavaScript the modules that one may import, too.
  pub(crate) fn of_app(app: &App) -> Self {
    let mut files = vec![app.manifest.clone()];
    for component in &app.components {
      let Source::Path { path, .. } = &component.source else { continue };
      if let (ComponentKind::JavaScript, Some(folder)) = (component.kind, path.parent()) {
        files.extend(modules_in(folder));
      }
      files.push(path.clone());
    }
    Self::of(files)
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

  /// The files that came, went or changed since then.
  pub(crate) fn changed_since(&self, before: &Self) -> BTreeSet<PathBuf> {
    let all = self.0.keys().chain(before.0.keys());
    all.filter(|path| self.0.get(*path) != before.0.get(*path)).cloned().collect()
  }

  /// These, but some files as they are in others.
  pub(crate) fn with(mut self, files: &BTreeSet<PathBuf>, others: &Self) -> Self {
    for path in files {
      match others.0.get(path) {
        Some(stamp) => self.0.insert(path.clone(), *stamp),
        None => self.0.remove(path),
      };
    }
    self
  }
}

/// The modules in a folder and in those in it, but for packages and what is hidden.
fn modules_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
  const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
  let all = format!("{}/**/*", Pattern::escape(&folder.to_string_lossy()));
  let found = glob::glob_with(&all, OPTIONS).into_iter().flatten().filter_map(Result::ok);
  let is_module = move |path: &Path| {
    path.extension().is_some_and(|extension| ["js", "mjs", "json"].iter().any(|wanted| extension == *wanted))
      && path.strip_prefix(folder).is_ok_and(|path| path.iter().all(|part| part != "node_modules"))
  };
  found.filter(move |path| is_module(path))
}
