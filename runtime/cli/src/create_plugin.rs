//! `plugbay create-plugin`: writes a crate with a plugin, a script that uses it, tests and a README.
//!
//! The files are those of runtime/cli/templates with a few words put in. A folder that does not exist yet is made beside
//! its place and moved there when it is whole; what was written when a step fails is taken away again.

use std::fmt;
use std::fs;
use std::fs::File;
use std::io;
use std::io::ErrorKind;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;

/// Longest name: what the plugin's descriptor has room for, and crates.io.
const MAX_NAME: usize = 64;

/// Keywords of every edition, and those that are kept for later ones: no name of a library.
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern false \
  final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self static struct super \
  trait true try type typeof unsafe unsized use virtual where while yield";

/// Crates that a plugin sees under these names.
const CRATES: &str = "alloc anyhow core deno_core deno_json_op futures plugbay plugin_abi plugin_api plugin_api_macros \
  plugin_wire proc_macro serde serde_derive serde_json std test";

/// Names that Windows keeps for devices, also with an extension.
const DEVICES: &str = "aux com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 \
  lpt7 lpt8 lpt9 nul prn";

/// Stands for the folder of plugin_api in a Cargo.toml when it is not known.
const PATH_TO_FILL_IN: &str = "path/to/plugbay/plugin_api";

/// Where a file goes in the new folder, and what is in it; words are put into both.
type Template = (&'static str, &'static str);

const CURRENT: &[Template] = &[
  ("Cargo.toml", include_str!("../templates/plugin/Cargo.toml.in")),
  ("src/lib.rs", include_str!("../templates/plugin/lib.rs")),
  ("main.js", include_str!("../templates/plugin/main.js")),
  ("@LIBRARY@.d.ts", include_str!("../templates/plugin/ops.d.ts")),
  ("README.md", include_str!("../templates/plugin/README.md")),
  (".gitignore", include_str!("../templates/plugin/gitignore")),
];

const DENO_2020: &[Template] = &[
  ("Cargo.toml", include_str!("../templates/plugin2020/Cargo.toml.in")),
  ("src/lib.rs", include_str!("../templates/plugin2020/lib.rs")),
  ("main.js", include_str!("../templates/plugin2020/main.js")),
  ("README.md", include_str!("../templates/plugin2020/README.md")),
  (".gitignore", include_str!("../templates/plugin2020/gitignore")),
];

/// Which kind of plugin is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
  /// As plugins are written today: `#[op]` with bytes, serde types, resources, work on other threads.
  #[default]
  Current,
  /// The same source as [`Style::Current`], with a script that opens it as a WebAssembly module.
  Wasm,
  /// As for Deno 1.4 to 1.8: edition 2018, `deno_core`, `Deno.core.dispatch`.
  Deno2020,
}

/// How a written plugin is built and run.
struct Commands {
  build: &'static str,
  run: &'static str,
  /// Where cargo puts it, but for the profile.
  folder: &'static str,
  /// The name of its file, as JavaScript.
  file_name: &'static str,
}

impl Style {
  fn commands(self) -> Commands {
    match self {
      Self::Current | Self::Deno2020 => Commands {
        build: "cargo build",
        run: "plugbay run --allow-plugin main.js",
        folder: "target",
        file_name: "{ darwin: \"lib@LIBRARY@.dylib\", windows: \"@LIBRARY@.dll\" }[Deno.build.os] ?? \"lib@LIBRARY@.so\"",
      },
      Self::Wasm => Commands {
        build: "cargo build --target wasm32-unknown-unknown",
        run: "plugbay run --allow-read=target main.js",
        folder: "target/wasm32-unknown-unknown",
        file_name: "\"@LIBRARY@.wasm\"",
      },
    }
  }
}

/// A plugin to write.
#[derive(Clone, Debug)]
pub struct CreatePlugin {
  /// Name of the crate.
  pub name: String,
  /// The folder to write, which does not exist or is empty. `None` is one of the crate's name in the working directory.
  pub dir: Option<PathBuf>,
  /// Which kind of plugin.
  pub style: Style,
}

/// What was written. Printed, it says what to do next.
#[derive(Clone, Debug)]
pub struct Created {
  /// The folder, as the caller named it.
  pub folder: PathBuf,
  /// The files, relative to the folder.
  pub files: Vec<PathBuf>,
  /// Where the crate finds plugin_api.
  pub plugin_api: PluginApi,
  /// Which kind of plugin it is.
  pub style: Style,
}

/// Where a written crate finds plugin_api.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PluginApi {
  /// In the sources that this program was built from: the folder plugin_api of them.
  Sources(String),
  /// Nowhere yet, because these sources are gone: its author has to fill in a path.
  Missing,
}

/// Why no plugin was written. Nothing was changed then, but for what could not be taken away again.
#[derive(Debug, thiserror::Error)]
pub enum CreatePluginError {
  /// The name is no name for a crate.
  #[error("cannot create a plugin called {name:?}: {problem}; try {suggestion:?}")]
  Name {
    /// The name.
    name: String,
    /// What is wrong with it.
    problem: String,
    /// A name that is right.
    suggestion: String,
  },
  /// There is something in the folder.
  #[error(
    "cannot create a plugin in {}: the folder has {found} in it; name one with --dir that is empty or does not exist",
    .folder.display()
  )]
  NotEmpty {
    /// The folder.
    folder: PathBuf,
    /// The first of what is in it.
    found: String,
  },
  /// There is something else where the folder should be.
  #[error(
    "cannot create a plugin in {}: there is {found} in the way; name one with --dir that is empty or does not exist",
    .folder.display()
  )]
  NotAFolder {
    /// The folder that was wanted.
    folder: PathBuf,
    /// What is there.
    found: &'static str,
  },
  /// The operating system refused. Its error is part of the message.
  #[error(
    "cannot create a plugin in {}: {step} {} failed: {error}; make it writable, or name another folder with --dir",
    .folder.display(), .path.display()
  )]
  Io {
    /// The folder that was wanted.
    folder: PathBuf,
    /// What was tried.
    step: &'static str,
    /// On which file or folder.
    path: PathBuf,
    /// What the system answered.
    error: io::Error,
  },
}

impl CreatePlugin {
  /// Writes the crate.
  ///
  /// # Errors
  ///
  /// When the name is no crate's, when the folder is there and not empty, and when something cannot be written. Nothing
  /// is left behind then.
  pub fn write(&self) -> Result<Created, CreatePluginError> {
    let library = library_name(&self.name)?;
    let folder = self.dir.clone().unwrap_or_else(|| PathBuf::from(&self.name));
    let plugin_api = PluginApi::find();
    let files = self.files(&library, &plugin_api);

    let failed = |Failure { step, path, error }| CreatePluginError::Io { folder: folder.clone(), step, path, error };
    match what_is_at(&folder)? {
      Place::EmptyFolder => write_into(&folder, &files),
      Place::Nothing => write_beside_and_move(&folder, &files),
    }
    .map_err(failed)?;
    Ok(Created {
      folder,
      files: files.into_iter().map(|(path, _)| path.into()).collect(),
      plugin_api,
      style: self.style,
    })
  }

  /// Paths in the folder and what is to be in them.
  fn files(&self, library: &str, plugin_api: &PluginApi) -> Vec<(String, String)> {
    let templates = match self.style {
      Style::Current | Style::Wasm => CURRENT,
      Style::Deno2020 => DENO_2020,
    };
    let dependencies = plugin_api.dependencies(self.style);
    let commands = self.style.commands();
    let fill = |text: &str| {
      let text = text.replace("@BUILD@", commands.build).replace("@RUN@", commands.run);
      let text = text.replace("@FOLDER@", commands.folder).replace("@FILE_NAME@", commands.file_name);
      // The dependencies last: a path may have anything in it.
      let text = text.replace("@NAME@", &self.name).replace("@LIBRARY@", library);
      text.replace("@PLUGIN_API@", &dependencies)
    };
    templates.iter().map(|(path, text)| (fill(path), fill(text))).collect()
  }
}

impl PluginApi {
  /// The sources are asked for when the program runs: it may be on another machine than the one it was built on.
  fn find() -> Self {
    Self::in_folder(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../plugin_api")))
  }

  fn in_folder(folder: &Path) -> Self {
    let has_sources = ["Cargo.toml", "macros/Cargo.toml"].iter().all(|file| folder.join(file).is_file());
    let folder = folder.canonicalize().ok().filter(|_| has_sources);
    match folder.as_deref().and_then(Path::to_str) {
      // Cargo takes no verbatim paths, which is what Windows calls canonical.
      Some(folder) => Self::Sources(folder.strip_prefix(r"\\?\").unwrap_or(folder).to_string()),
      None => Self::Missing,
    }
  }

  /// The lines for Cargo.toml. Never a version alone: what a registry has under this name need not be plugbay's,
  /// and crates.io has another crate.
  fn dependencies(&self, style: Style) -> String {
    let (comment, folder) = match self {
      Self::Sources(folder) => {
        ("# Not published yet: these are the sources that the plugbay command was built from.", &**folder)
      }
      Self::Missing => {
        ("# Fill in where plugbay's sources are. The plugin_api on crates.io is another crate.", PATH_TO_FILL_IN)
      }
    };
    let api = toml_string(folder);
    let macros = toml_string(&format!("{folder}/macros"));
    match style {
      Style::Current | Style::Wasm => format!("{comment}\nplugin_api = {{ path = {api}, features = [\"ts\"] }}"),
      Style::Deno2020 => format!(
        "{comment}\n\
         deno_core = {{ package = \"plugin_api\", path = {api} }}\n\
         deno_json_op = {{ package = \"plugin_api_macros\", path = {macros} }}"
      ),
    }
  }
}

impl fmt::Display for Created {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(f, "Created a plugin in {}:", self.folder.display())?;
    for file in &self.files {
      writeln!(f, "  {}", file.display())?;
    }
    if self.plugin_api == PluginApi::Missing {
      writeln!(
        f,
        "\nThe sources that plugbay was built from are not here any more. Put the path of their folder plugin_api"
      )?;
      writeln!(f, "into Cargo.toml in place of {PATH_TO_FILL_IN} before you build.")?;
    }
    writeln!(f, "\nNext:")?;
    let folder = self.folder.display().to_string();
    match folder.as_str() {
      "." => {}
      plain if !plain.contains(char::is_whitespace) => writeln!(f, "  cd {plain}")?,
      spaced => writeln!(f, "  cd \"{spaced}\"")?,
    }
    let Commands { build, run, .. } = self.style.commands();
    write!(f, "  {build}\n  {run}\n  cargo test")
  }
}

/// The name of the library of a crate called `name`: snake case, as rustc wants it.
fn library_name(name: &str) -> Result<String, CreatePluginError> {
  // What is right in it; also the name, when all of it is.
  let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
  let library = words.collect::<Vec<_>>().join("_").to_ascii_lowercase();
  let problem = if name.is_empty() {
    "the name is empty".to_string()
  } else if let Some(odd) = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
    format!("{odd:?} is no character of a crate's name, which has ASCII letters, digits, - and _")
  } else if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
    "a plugin's name starts with a letter".to_string()
  } else if name.len() > MAX_NAME {
    format!("it has {} characters, and {MAX_NAME} are the most", name.len())
  } else if let Some(what) = taken_by(&library) {
    format!("{library} is {what}")
  } else {
    return Ok(library);
  };
  let start = library.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
  let suggestion = match &start[..start.len().min(MAX_NAME)] {
    "" => "my_plugin".to_string(),
    word if taken_by(word).is_some() => format!("{word}_plugin"),
    word => word.trim_end_matches('_').to_string(),
  };
  Err(CreatePluginError::Name { name: name.to_string(), problem, suggestion })
}

/// What else has this name, if something has.
fn taken_by(library: &str) -> Option<&'static str> {
  let lists = [
    (KEYWORDS, "a keyword of Rust"),
    (CRATES, "a crate that every plugin sees"),
    (DEVICES, "the name of a device on Windows"),
  ];
  lists.iter().find(|(list, _)| list.split_whitespace().any(|word| word == library)).map(|(_, what)| *what)
}

enum Place {
  Nothing,
  EmptyFolder,
}

/// Refuses what is not a place to write to.
fn what_is_at(folder: &Path) -> Result<Place, CreatePluginError> {
  let refuse = |found| Err(CreatePluginError::NotAFolder { folder: folder.into(), found });
  let failed = |error| CreatePluginError::Io { folder: folder.into(), step: "reading", path: folder.into(), error };
  match fs::metadata(folder) {
    Ok(found) if found.is_dir() => {
      let mut entries = fs::read_dir(folder).map_err(failed)?;
      match entries.next() {
        None => Ok(Place::EmptyFolder),
        Some(entry) => {
          let found = entry.map_err(failed)?.file_name().to_string_lossy().into_owned();
          Err(CreatePluginError::NotEmpty { folder: folder.into(), found })
        }
      }
    }
    Ok(_) => refuse("a file"),
    Err(_) if fs::symlink_metadata(folder).is_ok() => refuse("a link that leads nowhere"),
    // "" and "missing/..": there is no such folder, and no name to make one under.
    Err(error) if error.kind() == ErrorKind::NotFound && folder.file_name().is_some() => Ok(Place::Nothing),
    Err(error) => Err(failed(error)),
  }
}

/// A step that failed.
struct Failure {
  step: &'static str,
  path: PathBuf,
  error: io::Error,
}

fn write_into(folder: &Path, files: &[(String, String)]) -> Result<(), Failure> {
  let mut draft = Draft::default();
  draft.write_files(folder, files)?;
  draft.keep();
  Ok(())
}

fn write_beside_and_move(folder: &Path, files: &[(String, String)]) -> Result<(), Failure> {
  let mut draft = Draft::default();
  let parent = match folder.parent() {
    Some(parent) if parent != Path::new("") => parent,
    _ => Path::new("."),
  };
  draft.make_folders(parent)?;
  static NEXT: AtomicU32 = AtomicU32::new(0);
  let beside = format!(".create-plugin-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
  let beside = parent.join(beside);
  draft.make_folder(&beside)?;
  draft.write_files(&beside, files)?;
  // Only an empty folder that came up meanwhile would be replaced.
  fs::rename(&beside, folder).map_err(|error| Failure { step: "making", path: folder.into(), error })?;
  draft.keep();
  Ok(())
}

/// Files and folders made so far. Dropped, it takes them away again, and nothing but them: a folder that someone else
/// has put something into stays.
#[derive(Default)]
struct Draft {
  made: Vec<Made>,
}

enum Made {
  File(PathBuf),
  Folder(PathBuf),
}

impl Draft {
  fn make_folder(&mut self, path: &Path) -> Result<(), Failure> {
    fs::create_dir(path).map_err(|error| Failure { step: "making", path: path.into(), error })?;
    self.made.push(Made::Folder(path.into()));
    Ok(())
  }

  /// Makes the folders of a path that are not there.
  fn make_folders(&mut self, path: &Path) -> Result<(), Failure> {
    if path == Path::new("") || path.is_dir() {
      return Ok(());
    }
    if let Some(parent) = path.parent() {
      self.make_folders(parent)?;
    }
    match self.make_folder(path) {
      // `made/..`, or someone else was faster.
      Err(_) if path.is_dir() => Ok(()),
      made => made,
    }
  }

  /// Writes files that are not there, and the folders they are in, into a folder that is.
  fn write_files(&mut self, folder: &Path, files: &[(String, String)]) -> Result<(), Failure> {
    for (path, text) in files {
      let path = folder.join(path);
      self.make_folders(path.parent().unwrap_or(folder))?;
      let mut file = File::create_new(&path).map_err(|error| Failure { step: "making", path: path.clone(), error })?;
      self.made.push(Made::File(path.clone()));
      file.write_all(text.as_bytes()).map_err(|error| Failure { step: "writing", path, error })?;
    }
    Ok(())
  }

  fn keep(mut self) {
    self.made.clear();
  }
}

impl Drop for Draft {
  fn drop(&mut self) {
    for made in self.made.drain(..).rev() {
      // There is nothing to do about what cannot be taken away, and the error to report is another.
      let _ = match made {
        Made::File(path) => fs::remove_file(path),
        Made::Folder(path) => fs::remove_dir(path),
      };
    }
  }
}

/// A string as TOML writes it.
fn toml_string(text: &str) -> String {
  let mut quoted = String::from('"');
  for c in text.chars() {
    match c {
      '"' | '\\' => quoted.extend(['\\', c]),
      c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
      c => quoted.push(c),
    }
  }
  quoted.push('"');
  quoted
}

#[cfg(test)]
mod tests {
  use std::collections::BTreeMap;

  use tempfile::TempDir;
  use tempfile::tempdir;

  use super::*;

  const STYLES: [Style; 2] = [Style::Current, Style::Deno2020];

  fn create(name: &str, dir: &Path, style: Style) -> Result<Created, CreatePluginError> {
    CreatePlugin { name: name.to_string(), dir: Some(dir.to_path_buf()), style }.write()
  }

  /// Everything under a folder: the text of files, `None` for folders and links that lead nowhere.
  fn tree(folder: &Path) -> BTreeMap<PathBuf, Option<String>> {
    let mut tree = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
      let path = entry.unwrap().path();
      if path.is_dir() {
        tree.extend(self::tree(&path));
      }
      let text = fs::read_to_string(&path).ok();
      tree.insert(path, text);
    }
    tree
  }

  /// Creates a plugin at `dir`, under `outside`, which must fail and leave all that is in `outside` as it was.
  #[track_caller]
  fn refused(outside: &TempDir, name: &str, dir: &Path) -> String {
    let before = tree(outside.path());
    let error = create(name, dir, Style::Current).unwrap_err();
    assert_eq!(tree(outside.path()), before, "something was touched");
    error.to_string()
  }

  #[test]
  fn both_styles_are_written_whole() {
    for style in STYLES {
      let outside = tempdir().unwrap();
      let folder = outside.path().join("word-count");
      let created = create("Word-count", &folder, style).unwrap();
      let mut files: Vec<_> = created.files.iter().map(|file| folder.join(file)).collect();
      files.extend([folder.clone(), folder.join("src")]);
      files.sort();
      let tree = tree(outside.path());
      assert_eq!(tree.keys().cloned().collect::<Vec<_>>(), files);

      for text in tree.values().flatten() {
        for placeholder in ["@NAME@", "@LIBRARY@", "@PLUGIN_API@"] {
          assert!(!text.contains(placeholder), "{placeholder} is left in:\n{text}");
        }
      }
      let text = |file| tree[&folder.join(file)].as_deref().unwrap();
      assert!(text("Cargo.toml").contains("name = \"Word-count\"\n"));
      assert!(text("Cargo.toml").contains("[lib]\nname = \"word_count\"\n"));
      assert!(text("main.js").contains("\"libword_count.so\""));
      if style == Style::Current {
        assert!(text("main.js").contains("import(\"./word_count.d.ts\")"));
        assert!(text("word_count.d.ts").starts_with("// Types of the plugin Word-count 0.1.0, "));
      }
    }
  }

  #[test]
  fn a_name_that_is_no_crate_name_is_refused_with_one_that_is() {
    let outside = tempdir().unwrap();
    let long = "a".repeat(65);
    let cases = [
      ("", "the name is empty", "my_plugin"),
      ("my plugin", "' ' is no character", "my_plugin"),
      ("../up", "'.' is no character", "up"),
      ("a/b", "'/' is no character", "a_b"),
      ("h\u{e9}llo", "'\u{e9}' is no character", "h_llo"),
      ("a\0b", "'\\0' is no character", "a_b"),
      ("9lives", "starts with a letter", "lives"),
      ("_x", "starts with a letter", "x"),
      ("--2020", "starts with a letter", "my_plugin"),
      (&*long, "it has 65 characters, and 64 are the most", &long[..64]),
      ("fn", "fn is a keyword of Rust", "fn_plugin"),
      ("Self", "self is a keyword of Rust", "self_plugin"),
      ("async-", "async is a keyword of Rust", "async_plugin"),
      ("test", "test is a crate that every plugin sees", "test_plugin"),
      ("core", "core is a crate that every plugin sees", "core_plugin"),
      ("proc-macro", "proc_macro is a crate that every plugin sees", "proc_macro_plugin"),
      ("plugin_api", "plugin_api is a crate that every plugin sees", "plugin_api_plugin"),
      ("serde-json", "serde_json is a crate that every plugin sees", "serde_json_plugin"),
      ("NUL", "nul is the name of a device on Windows", "nul_plugin"),
    ];
    for (name, problem, suggestion) in cases {
      let message = refused(&outside, name, &outside.path().join("new"));
      assert!(message.contains(&format!("{name:?}")), "{message}");
      assert!(message.contains(problem), "{message}");
      assert!(message.ends_with(&format!("; try {suggestion:?}")), "{message}");
      library_name(suggestion).unwrap();
    }
  }

  #[test]
  fn the_library_has_a_snake_case_name() {
    for (name, library) in [
      ("hello", "hello"),
      ("word-count", "word_count"),
      ("A1", "a1"),
      ("a--b_", "a_b"),
      ("x_plugin_api", "x_plugin_api"),
    ] {
      assert_eq!(library_name(name).unwrap(), library);
    }
    library_name(&"a".repeat(64)).unwrap();
  }

  #[test]
  fn a_folder_that_is_not_empty_is_refused() {
    let outside = tempdir().unwrap();
    for hidden in ["notes.txt", ".git"] {
      let folder = outside.path().join(format!("has-{hidden}"));
      fs::create_dir(&folder).unwrap();
      fs::write(folder.join(hidden), "mine").unwrap();
      let message = refused(&outside, "hello", &folder);
      assert!(message.contains(&format!("{}: the folder has {hidden} in it", folder.display())), "{message}");
    }
  }

  #[test]
  fn a_second_plugin_in_the_same_folder_is_refused() {
    let outside = tempdir().unwrap();
    let folder = outside.path().join("hello");
    create("hello", &folder, Style::Current).unwrap();
    refused(&outside, "hello", &folder);
  }

  #[test]
  fn an_empty_folder_is_filled() {
    let outside = tempdir().unwrap();
    create("hello", outside.path(), Style::Current).unwrap();
    assert!(outside.path().join("src/lib.rs").is_file());
  }

  #[test]
  fn folders_above_are_made() {
    let outside = tempdir().unwrap();
    create("hello", &outside.path().join("a/../b/c"), Style::Current).unwrap();
    assert!(outside.path().join("b/c/src/lib.rs").is_file());
  }

  #[test]
  fn a_file_in_the_way_is_refused() {
    let outside = tempdir().unwrap();
    let file = outside.path().join("hello");
    fs::write(&file, "mine").unwrap();
    let message = refused(&outside, "hello", &file);
    assert!(message.contains("there is a file in the way"), "{message}");
    let message = refused(&outside, "hello", &file.join("below"));
    assert!(message.contains(&format!("reading {} failed", file.join("below").display())), "{message}");
  }

  #[test]
  fn a_folder_without_a_name_is_refused() {
    let outside = tempdir().unwrap();
    refused(&outside, "hello", Path::new(""));
    refused(&outside, "hello", &outside.path().join("missing/.."));
  }

  #[cfg(unix)]
  #[test]
  fn a_link_that_leads_nowhere_is_refused() {
    let outside = tempdir().unwrap();
    let link = outside.path().join("hello");
    std::os::unix::fs::symlink(outside.path().join("nowhere"), &link).unwrap();
    let message = refused(&outside, "hello", &link);
    assert!(message.contains("a link that leads nowhere"), "{message}");
  }

  #[cfg(unix)]
  #[test]
  fn a_parent_that_cannot_be_written_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let outside = tempdir().unwrap();
    let parent = outside.path().join("read-only");
    fs::create_dir(&parent).unwrap();
    fs::set_permissions(&parent, fs::Permissions::from_mode(0o555)).unwrap();
    if File::create_new(parent.join("probe")).is_ok() {
      // Root may write everywhere; `half_a_plugin_is_taken_away_again` has other failures.
      return;
    }
    let message = refused(&outside, "hello", &parent.join("hello"));
    assert!(message.contains("Permission denied"), "{message}");
    assert!(message.ends_with("make it writable, or name another folder with --dir"), "{message}");
  }

  #[test]
  fn half_a_plugin_is_taken_away_again() {
    // The second lib.rs cannot be made.
    let files = ["Cargo.toml", "src/lib.rs", "src/lib.rs"].map(|path| (path.to_string(), String::new()));
    let outside = tempdir().unwrap();
    for folder in ["empty", "new", "a/b/new"].map(|folder| outside.path().join(folder)) {
      let failure = match folder.ends_with("empty") {
        true => fs::create_dir(&folder).map(|()| write_into(&folder, &files)).unwrap().unwrap_err(),
        false => write_beside_and_move(&folder, &files).unwrap_err(),
      };
      assert_eq!(failure.error.kind(), ErrorKind::AlreadyExists);
      assert_eq!(tree(outside.path()), BTreeMap::from([(outside.path().join("empty"), None)]));
    }
  }

  #[test]
  fn a_folder_that_came_up_meanwhile_is_not_replaced() {
    let outside = tempdir().unwrap();
    let folder = outside.path().join("hello");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    let before = tree(outside.path());
    write_beside_and_move(&folder, &[("Cargo.toml".to_string(), String::new())]).unwrap_err();
    assert_eq!(tree(outside.path()), before);
  }

  #[test]
  fn what_others_put_into_a_draft_stays() {
    let outside = tempdir().unwrap();
    let folder = outside.path().join("new");
    let mut draft = Draft::default();
    assert!(draft.make_folder(&folder).is_ok());
    fs::write(folder.join("notes.txt"), "mine").unwrap();
    drop(draft);
    assert!(folder.join("notes.txt").is_file());
  }

  #[test]
  fn plugin_api_is_a_path_while_there_are_sources() {
    let outside = tempdir().unwrap();
    let sources = outside.path().join("plugin \"api\"");
    assert_eq!(PluginApi::in_folder(&sources), PluginApi::Missing);

    fs::create_dir_all(sources.join("macros")).unwrap();
    fs::write(sources.join("Cargo.toml"), "").unwrap();
    fs::write(sources.join("macros/Cargo.toml"), "").unwrap();
    let PluginApi::Sources(folder) = PluginApi::in_folder(&sources) else { panic!("the sources are not found") };
    assert_eq!(Path::new(&folder), sources.canonicalize().unwrap());
  }

  #[test]
  fn plugin_api_has_the_names_that_the_style_wants() {
    let sources = PluginApi::Sources(r#"C:\plug"bay"#.to_string());
    let lines = |api: &PluginApi, style| api.dependencies(style).split_once('\n').unwrap().1.to_string();
    assert_eq!(lines(&sources, Style::Current), r#"plugin_api = { path = "C:\\plug\"bay", features = ["ts"] }"#);
    assert_eq!(
      lines(&sources, Style::Deno2020),
      "deno_core = { package = \"plugin_api\", path = \"C:\\\\plug\\\"bay\" }\n\
       deno_json_op = { package = \"plugin_api_macros\", path = \"C:\\\\plug\\\"bay/macros\" }"
    );
    assert_eq!(
      lines(&PluginApi::Missing, Style::Current),
      r#"plugin_api = { path = "path/to/plugbay/plugin_api", features = ["ts"] }"#
    );
  }

  #[test]
  fn what_was_created_says_what_to_do_next() {
    let mut created = Created {
      folder: "my plugin".into(),
      files: vec!["Cargo.toml".into(), "main.js".into()],
      style: Style::Current,
      plugin_api: PluginApi::Sources("/plugbay/plugin_api".to_string()),
    };
    assert_eq!(
      created.to_string(),
      "Created a plugin in my plugin:\n  Cargo.toml\n  main.js\n\nNext:\n  cd \"my plugin\"\n  cargo build\n  \
       plugbay run --allow-plugin main.js\n  cargo test"
    );
    created.plugin_api = PluginApi::Missing;
    assert!(created.to_string().contains("in place of path/to/plugbay/plugin_api before you build"));
  }
}
