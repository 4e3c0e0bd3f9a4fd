use std::collections::BTreeMap;

use tempfile::tempdir;

use super::*;

/// Everything under a directory: the text of files, `None` for directories.
fn tree(directory: &Path) -> BTreeMap<PathBuf, Option<String>> {
  let mut tree = BTreeMap::new();
  for entry in fs::read_dir(directory).unwrap() {
    let path = entry.unwrap().path();
    if path.is_dir() {
      tree.extend(self::tree(&path));
    }
    let text = fs::read_to_string(&path).ok();
    tree.insert(path, text);
  }
  tree
}

fn files(paths: &[&str]) -> Content {
  Content { files: paths.iter().map(|path| (path.into(), Vec::new())).collect(), directories: Vec::new() }
}

fn kind_of(error: PlaceError) -> ErrorKind {
  match error {
    PlaceError::Io { error, .. } => error.kind(),
    PlaceError::Taken { .. } => panic!("{error}"),
  }
}

#[test]
fn what_is_half_written_is_taken_away_again() {
  // The second lib.rs cannot be made.
  let files = files(&["Cargo.toml", "src/lib.rs", "src/lib.rs"]);
  let outside = tempdir().unwrap();
  for directory in ["empty", "new", "a/b/new"].map(|directory| outside.path().join(directory)) {
    if directory.ends_with("empty") {
      fs::create_dir(&directory).unwrap();
    }
    let failure = Place::find(&directory).unwrap().write(&files).unwrap_err();
    assert_eq!(kind_of(failure), ErrorKind::AlreadyExists);
    assert_eq!(tree(outside.path()), BTreeMap::from([(outside.path().join("empty"), None)]));
  }
}

#[test]
fn a_directory_that_came_up_meanwhile_is_not_replaced() {
  let outside = tempdir().unwrap();
  let directory = outside.path().join("hello");
  let place = Place::find(&directory).unwrap();
  fs::create_dir(&directory).unwrap();
  fs::write(directory.join("notes.txt"), "mine").unwrap();
  let before = tree(outside.path());
  place.write(&files(&["Cargo.toml"])).unwrap_err();
  assert_eq!(tree(outside.path()), before);
}

#[test]
fn what_others_put_into_a_draft_stays() {
  let outside = tempdir().unwrap();
  let place = Place::find(outside.path()).unwrap();
  fs::write(outside.path().join("README.md"), "mine").unwrap();
  let failure = place.write(&files(&["README.md"])).unwrap_err();
  assert_eq!(kind_of(failure), ErrorKind::AlreadyExists);
  assert_eq!(tree(outside.path()), BTreeMap::from([(outside.path().join("README.md"), Some("mine".to_string()))]));
}

#[test]
fn directories_are_made_though_they_are_empty() {
  let outside = tempdir().unwrap();
  let content = Content { files: Vec::new(), directories: vec!["assets/images".into()] };
  Place::find(&outside.path().join("new")).unwrap().write(&content).unwrap();
  assert!(outside.path().join("new/assets/images").is_dir());
}
