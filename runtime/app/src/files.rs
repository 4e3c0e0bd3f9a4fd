//! The files of a component: copied to a folder of its own, so that it sees what the manifest names and nothing else.

use std::collections::BTreeMap;
use std::fs;
use std::path::Component as PathPart;
use std::path::Path;
use std::path::PathBuf;

use app_manifest::Component;
use app_manifest::Mount;
use glob::Pattern;

/// What belongs to the host: its state, and values of variables. No component has it.
const OF_HOST: &[&str] = &[".spin", ".env"];

/// How components have their files.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileOptions {
  /// Folders are not copied: the component sees them as they are. Patterns cannot be had then.
  pub direct_mounts: bool,
  /// The component may write to its files.
  pub allow_transient_write: bool,
}

/// The directories of a component, by its names for them: what it names is copied below `root`, which is made.
///
/// # Errors
///
/// What is not there, or cannot be copied.
pub(crate) fn gather(
  directory: &Path,
  component: &Component,
  root: &Path,
  options: FileOptions,
) -> Result<BTreeMap<String, PathBuf>, String> {
  let mut directories = BTreeMap::new();
  let excluded = component.exclude_files.iter().map(|pattern| pattern_of(pattern)).collect::<Result<Vec<_>, _>>()?;
  let real_directory = directory.canonicalize().map_err(|error| told(directory, &error))?;
  let copy = Copy { directory, real_directory, excluded };
  let mut has_copies = false;
  for mount in &component.files {
    match mount {
      Mount::Placement { source, .. } if copy.is_of_host(source) => return Err(of_host(source)),
      Mount::Placement { source, destination } if options.direct_mounts && source.is_dir() => {
        if copy.real_directory.starts_with(copy.real_path(source)?) {
          return Err(format!(
            "{} has the app's .env and .spin in it, which are the host's: name folders of it in files",
            source.display()
          ));
        }
        directories.insert(destination.clone(), source.clone());
        continue;
      }
      Mount::Placement { source, destination } => copy.tree(source, &below(root, destination)?)?,
      Mount::Pattern(pattern) if options.direct_mounts => {
        return Err(format!(
          "files {pattern:?}: with --direct-mounts only {{ source = …, destination = … }} of a folder can be had"
        ));
      }
      Mount::Pattern(pattern) => copy.matches(pattern, root)?,
      Mount::Inline { content, destination } => write(&below(root, destination)?, content)?,
    }
    has_copies = true;
  }
  if has_copies {
    fs::create_dir_all(root).map_err(|error| told(root, &error))?;
    directories.insert("/".to_string(), root.to_owned());
  }
  Ok(directories)
}

struct Copy<'c> {
  directory: &'c Path,
  /// Where links of the app may lead.
  real_directory: PathBuf,
  excluded: Vec<Pattern>,
}

impl Copy<'_> {
  /// What a pattern stands for, each at its place in the app's directory.
  fn matches(&self, pattern: &str, root: &Path) -> Result<(), String> {
    let leaves = |part| matches!(part, PathPart::ParentDir | PathPart::RootDir | PathPart::Prefix(_));
    if Path::new(pattern).components().any(leaves) {
      return Err(format!("files {pattern:?} leave the app's directory"));
    }
    let here = self.directory.join(pattern);
    if self.is_of_host(&here) {
      return Err(of_host(&here));
    }
    if here.exists() {
      return self.tree(&here, &root.join(pattern));
    }
    let all = format!("{}/{pattern}", Pattern::escape(&self.directory.to_string_lossy()));
    let found = glob::glob(&all).map_err(|error| format!("files {pattern:?}: it is no pattern: {error}"))?;
    let mut is_any = false;
    for path in found {
      let path = path.map_err(|error| format!("files {pattern:?}: {error}"))?;
      let place =
        path.strip_prefix(self.directory).map_err(|_| format!("files {pattern:?} leave the app's directory"))?;
      if path.is_file() {
        self.file(&path, &root.join(place))?;
      }
      is_any = true;
    }
    match is_any || pattern.contains(['*', '?', '[']) {
      true => Ok(()),
      false => Err(format!("files {pattern:?}: there is no such file in {}", self.directory.display())),
    }
  }

  /// Whether a path is that of something of the host's.
  fn is_of_host(&self, path: &Path) -> bool {
    let place = path.strip_prefix(self.directory).or_else(|_| path.strip_prefix(&self.real_directory));
    place.is_ok_and(|place| OF_HOST.iter().any(|name| place.starts_with(name)))
  }

  /// A file, or all of a folder, but for what is the host's.
  fn tree(&self, from: &Path, to: &Path) -> Result<(), String> {
    if self.is_of_host(from) {
      return Ok(());
    }
    if !from.is_dir() {
      return self.file(from, to);
    }
    self.real_path(from)?;
    fs::create_dir_all(to).map_err(|error| told(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| told(from, &error))? {
      let entry = entry.map_err(|error| told(from, &error))?;
      // A link may lead anywhere, and in a circle.
      if entry.file_type().is_ok_and(|kind| kind.is_symlink()) && entry.path().is_dir() {
        return Err(format!("{} is a link to a folder: name that folder in files", entry.path().display()));
      }
      self.tree(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
  }

  /// Where a path leads. One of the app's leads out of it nowhere.
  fn real_path(&self, from: &Path) -> Result<PathBuf, String> {
    let real = from.canonicalize().map_err(|error| told(from, &error))?;
    match from.starts_with(self.directory) && !real.starts_with(&self.real_directory) {
      true => Err(format!("{} leads out of the app's directory, to {}", from.display(), real.display())),
      false => Ok(real),
    }
  }

  /// A plain file; what leads out of the app's directory is not copied.
  fn file(&self, from: &Path, to: &Path) -> Result<(), String> {
    let place = from.strip_prefix(self.directory).unwrap_or(from);
    if self.excluded.iter().any(|pattern| pattern.matches_path(place)) {
      return Ok(());
    }
    let real = self.real_path(from)?;
    // By whatever name.
    if self.is_of_host(&real) {
      return Ok(());
    }
    if !real.is_file() {
      return Err(format!("{} is no plain file", from.display()));
    }
    let made = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::copy(&real, to));
    made.map(drop).map_err(|error| told(to, &error))
  }
}

fn of_host(path: &Path) -> String {
  format!("{} is the host's, and no component's: take it out of files", path.display())
}

fn write(to: &Path, content: &[u8]) -> Result<(), String> {
  let made = to.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(to, content));
  made.map_err(|error| told(to, &error))
}

/// Where a component's path lies below a folder.
fn below(root: &Path, destination: &str) -> Result<PathBuf, String> {
  let mut place = root.to_owned();
  for part in Path::new(destination).components() {
    match part {
      PathPart::Normal(name) => place.push(name),
      PathPart::RootDir | PathPart::CurDir => {}
      PathPart::ParentDir | PathPart::Prefix(_) => {
        return Err(format!("the destination {destination:?} leaves the component's files"));
      }
    }
  }
  Ok(place)
}

fn pattern_of(pattern: &str) -> Result<Pattern, String> {
  Pattern::new(pattern).map_err(|error| format!("exclude_files {pattern:?}: it is no pattern: {error}"))
}

fn told(path: &Path, error: &std::io::Error) -> String {
  format!("cannot copy {}: {error}", path.display())
}

#[cfg(test)]
mod tests {
  use super::*;

  fn component(files: &[&str], exclude: &[&str]) -> Component {
    Component {
      id: "c".to_string(),
      description: None,
      at: None,
      source: app_manifest::Source::Inline(Vec::new()),
      kind: Default::default(),
      environment: Default::default(),
      files: files.iter().map(|pattern| Mount::Pattern(pattern.to_string())).collect(),
      exclude_files: exclude.iter().map(ToString::to_string).collect(),
      variables: Default::default(),
      allowed_outbound_hosts: Vec::new(),
      key_value_stores: Vec::new(),
      sqlite_databases: Vec::new(),
      build: None,
      hosting: Default::default(),
    }
  }

  #[test]
  fn a_component_has_what_it_names_and_no_more() {
    let app = tempfile::tempdir().unwrap();
    for name in ["a.txt", "images/b.png", "images/deep/c.png", "images/d.txt", "secret/e.txt"] {
      write(&app.path().join(name), name.as_bytes()).unwrap();
    }
    let root = app.path().join("copies");
    let made = gather(
      app.path(),
      &component(&["a.txt", "images/**/*.png", "none/*"], &["images/deep/*"]),
      &root,
      FileOptions::default(),
    );
    assert_eq!(made.unwrap(), BTreeMap::from([("/".to_string(), root.clone())]));
    let there = |name: &str| root.join(name).is_file();
    assert!(there("a.txt") && there("images/b.png"));
    assert!(!there("images/deep/c.png") && !there("images/d.txt") && !there("secret/e.txt"));
  }

  #[cfg(unix)]
  #[test]
  fn no_link_leads_out_of_the_app() {
    let (app, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(&outside.path().join("secret.txt"), b"secret").unwrap();
    write(&app.path().join("tree/a.txt"), b"a").unwrap();
    let link = |from: &Path, name: &str| std::os::unix::fs::symlink(from, app.path().join(name)).unwrap();
    link(&outside.path().join("secret.txt"), "tree/link.txt");
    link(outside.path(), "folder");
    for (pattern, told) in [
      ("tree/*", "leads out"),
      ("tree", "leads out"),
      ("folder/*", "leads out"),
      ("folder", "leads out"),
      ("../*", "leave"),
      ("folder/../secret.txt", "leave"),
      ("/etc/hostname", "leave"),
    ] {
      let root = app.path().join("copies");
      let gathered = gather(app.path(), &component(&[pattern], &[]), &root, FileOptions::default());
      assert!(gathered.clone().is_err_and(|fault| fault.contains(told)), "{pattern}: {gathered:?}");
    }
  }

  #[test]
  fn what_is_of_the_host_is_meant_by_no_pattern() {
    let app = tempfile::tempdir().unwrap();
    for name in ["a.txt", ".env", ".spin/sqlite_db.db"] {
      write(&app.path().join(name), name.as_bytes()).unwrap();
    }
    let root = app.path().join("copies");
    gather(app.path(), &component(&["**/*"], &[]), &root, FileOptions::default()).unwrap();
    assert!(root.join("a.txt").is_file() && !root.join(".env").exists() && !root.join(".spin").exists());
    for name in [".env", "./.env", ".spin", ".spin/sqlite_db.db"] {
      let gathered = gather(app.path(), &component(&[name], &[]), &root, FileOptions::default());
      assert!(gathered.clone().is_err_and(|fault| fault.contains("is the host's")), "{name}: {gathered:?}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let root = elsewhere.path().join("copies");
    let mut whole = component(&[], &[]);
    whole.files = vec![Mount::Placement { source: app.path().to_owned(), destination: "/whole".to_string() }];
    gather(app.path(), &whole, &root, FileOptions::default()).unwrap();
    let root = root.join("whole");
    assert!(root.join("a.txt").is_file() && !root.join(".env").exists() && !root.join(".spin").exists());
    let direct = FileOptions { direct_mounts: true, ..FileOptions::default() };
    let gathered = gather(app.path(), &whole, &root, direct);
    assert!(gathered.clone().is_err_and(|fault| fault.contains("name folders of it")), "{gathered:?}");
  }

  #[test]
  fn what_is_not_there_is_told() {
    let app = tempfile::tempdir().unwrap();
    let root = app.path().join("copies");
    let told = gather(app.path(), &component(&["gone.txt"], &[]), &root, FileOptions::default()).unwrap_err();
    assert!(told.contains("gone.txt") && told.contains("no such file"), "{told}");
  }

  #[test]
  fn a_place_in_the_component_leaves_its_files_nowhere() {
    assert!(below(Path::new("/r"), "/../x").is_err());
    assert_eq!(below(Path::new("/r"), "/a/b").unwrap(), Path::new("/r/a/b"));
  }
}
