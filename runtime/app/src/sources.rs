//! `plugbay watch`: what an app is built of, and when that has changed.

use std::collections::BTreeSet;
use std::path::Path;
use std::path::PathBuf;
use std::thread;

use app_manifest::LoadOptions;
use glob::Pattern;

use crate::build::build;
use crate::error::UpError;
use crate::stamps::LOOK;
use crate::stamps::Stamps;

/// The files that an app is built of: its manifest, and what the patterns of `build.watch` stand for.
pub(crate) struct Sources {
  from: PathBuf,
  load: LoadOptions,
  /// What they are taken to have been when the app was built.
  built_of: Stamps,
  /// What they were when they were last looked at.
  seen: Stamps,
  /// What changed while the app was built, the last time, and was not known to be of the build.
  suspected: BTreeSet<PathBuf>,
  /// What the build itself writes: it changed during the first build, or during two in succession.
  of_build: BTreeSet<PathBuf>,
  is_first: bool,
}

impl Sources {
  pub(crate) fn new(from: &Path, load: &LoadOptions) -> Self {
    let load = LoadOptions { build_only: true, ..load.clone() };
    Self {
      from: from.to_owned(),
      load,
      built_of: Stamps::default(),
      seen: Stamps::default(),
      suspected: BTreeSet::new(),
      of_build: BTreeSet::new(),
      is_first: true,
    }
  }

  /// Builds the app, again and again until that does not fail: whenever something has changed.
  pub(crate) fn build_first(&mut self) {
    while let Err(error) = self.build() {
      tracing::error!(target: "app", "the app is built again when a file changes, since it is not built: {error}");
      while !self.have_changed() {
        thread::sleep(LOOK);
      }
    }
  }

  /// Whether they have changed since the app was built, and do not change just now.
  pub(crate) fn have_changed(&mut self) -> bool {
    let now = self.look();
    let have = now != self.built_of && now == self.seen;
    self.seen = now;
    have
  }

  /// Builds the app of what they are now. What the build writes is no change afterwards; what somebody else writes
  /// meanwhile is.
  ///
  /// # Errors
  ///
  /// When something is not built.
  pub(crate) fn build(&mut self) -> Result<(), UpError> {
    let before = self.look();
    let built = build(&self.from, &self.load);
    let after = self.look();
    let changed = after.changed_since(&before);
    let (mut of_others, mut suspected) = (BTreeSet::new(), BTreeSet::new());
    for path in changed.difference(&self.of_build) {
      if !self.is_first && !self.suspected.contains(path) {
        of_others.insert(path.clone());
        suspected.insert(path.clone());
      }
    }
    self.of_build.extend(changed.difference(&of_others).cloned());
    self.built_of = after.with(&of_others, &before);
    (self.suspected, self.is_first) = (suspected, false);
    built.map(drop)
  }

  /// A manifest that cannot be read is a file like others: its change asks for another build.
  fn look(&self) -> Stamps {
    let Ok(app) = app_manifest::load(&self.from, &self.load) else {
      return Stamps::of(app_manifest::manifest_of(&self.from).ok());
    };
    let mut files = vec![app.manifest];
    for build in app.components.into_iter().filter_map(|component| component.build) {
      let folder = Pattern::escape(&build.workdir.to_string_lossy());
      for pattern in &build.watch {
        let found = glob::glob(&format!("{folder}/{pattern}")).into_iter().flatten().filter_map(Result::ok);
        files.extend(found.filter(|path| path.is_file()));
      }
    }
    Stamps::of(files)
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  const MANIFEST: &str = r#"
    [app]
    name = "site"
    [[trigger.http]]
    route = "/..."
    component = "site"
    [component.site]
    source = "site.js"
    [component.site.build]
    command = "cat src/a.txt >> log && cp src/a.txt src/made.txt && if test -f edit; then sh edit; fi"
    watch = ["src/*.txt"]
  "#;

  struct Folder(tempfile::TempDir);

  impl Folder {
    fn new() -> Self {
      let folder = Self(tempfile::tempdir().unwrap());
      std::fs::create_dir(folder.0.path().join("src")).unwrap();
      folder.write("plugbay.toml", MANIFEST);
      folder.write("src/a.txt", "a");
      folder
    }

    fn write(&self, name: &str, text: &str) {
      std::fs::write(self.0.path().join(name), text).unwrap();
    }

    fn sources(&self) -> Sources {
      Sources::new(self.0.path(), &LoadOptions::default())
    }

    fn log(&self) -> String {
      std::fs::read_to_string(self.0.path().join("log")).unwrap()
    }
  }

  fn changed(sources: &mut Sources) -> bool {
    sources.have_changed();
    sources.have_changed()
  }

  #[test]
  fn what_the_build_writes_is_no_change() {
    let folder = Folder::new();
    let mut sources = folder.sources();
    sources.build_first();
    assert!(!changed(&mut sources));
    folder.write("src/a.txt", "ab");
    assert!(changed(&mut sources));
    sources.build().unwrap();
    assert!(!changed(&mut sources));
    // Somebody else does.
    folder.write("src/made.txt", "mine, and longer");
    assert!(changed(&mut sources));
    sources.build().unwrap();
    assert_eq!(folder.log(), "aabab");
  }

  #[test]
  fn what_somebody_writes_while_it_is_built_is_built_again() {
    let folder = Folder::new();
    let mut sources = folder.sources();
    sources.build_first();
    folder.write("edit", "rm edit; echo edited > src/a.txt; echo more > src/b.txt");
    folder.write("src/a.txt", "ab");
    assert!(changed(&mut sources));
    sources.build().unwrap();
    assert!(changed(&mut sources));
    sources.build().unwrap();
    assert!(!changed(&mut sources));
    assert_eq!(folder.log(), "aabedited\n");
  }

  /// One more build, and no more than that.
  #[test]
  fn what_the_build_begins_to_write_is_learned() {
    let folder = Folder::new();
    let mut sources = folder.sources();
    sources.build_first();
    folder.write("edit", "echo x >> src/new.txt");
    folder.write("src/a.txt", "ab");
    assert!(changed(&mut sources));
    sources.build().unwrap();
    assert!(changed(&mut sources));
    sources.build().unwrap();
    assert!(!changed(&mut sources));
    folder.write("src/a.txt", "abc");
    assert!(changed(&mut sources));
    sources.build().unwrap();
    assert!(!changed(&mut sources));
  }

  #[test]
  fn a_build_that_fails_waits_for_a_change() {
    let folder = Folder::new();
    let mut sources = folder.sources();
    sources.build_first();
    std::fs::remove_file(folder.0.path().join("src/a.txt")).unwrap();
    assert!(changed(&mut sources));
    assert!(sources.build().is_err());
    assert!(!changed(&mut sources));
    folder.write("plugbay.toml", "no manifest");
    assert!(changed(&mut sources));
    assert!(sources.build().is_err());
    folder.write("plugbay.toml", MANIFEST);
    folder.write("src/a.txt", "b");
    assert!(changed(&mut sources));
    sources.build().unwrap();
  }
}
