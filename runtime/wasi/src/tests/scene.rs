use std::fs;
use std::path::PathBuf;

use super::guest::Guest;

/// A folder `inside` for the guest, with `a` and `d/e/f` in it, beside things that are none of its business.
pub(super) struct Scene {
  pub(super) guest: Guest,
  pub(super) outside: tempfile::TempDir,
}

impl Scene {
  pub(super) fn new() -> Self {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    fs::create_dir(outside.path().join("other")).unwrap();
    let inside = outside.path().join("inside");
    fs::create_dir_all(inside.join("d/e/f")).unwrap();
    fs::write(inside.join("a"), "mine").unwrap();
    Self { guest: Guest::in_directories(&[(&inside, true)]), outside }
  }

  pub(super) fn inside(&self) -> PathBuf {
    self.outside.path().join("inside")
  }
}
