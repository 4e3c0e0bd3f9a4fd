//! What is written, where, and what is refused.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::path::Path;

use tempfile::TempDir;
use tempfile::tempdir;

use super::*;

const STYLES: [Style; 3] = [Style::Current, Style::Component, Style::Deno2020];

fn create(name: &str, dir: &Path, style: Style) -> Result<Created, CreatePluginError> {
  CreatePlugin { name: name.to_string(), dir: Some(dir.to_path_buf()), style }.write()
}

/// Everything under a directory: the text of files, `None` for directories and links that lead nowhere.
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

/// Creates a plugin at `dir`, under `outside`, which must fail and leave all that is in `outside` as it was.
#[track_caller]
fn refused(outside: &TempDir, name: &str, dir: &Path) -> String {
  let before = tree(outside.path());
  let error = create(name, dir, Style::Current).unwrap_err();
  assert_eq!(tree(outside.path()), before, "something was touched");
  error.to_string()
}

#[test]
fn every_style_is_written_whole() {
  for style in STYLES {
    let outside = tempdir().unwrap();
    let directory = outside.path().join("word-count");
    let created = create("Word-count", &directory, style).unwrap();
    let mut files: Vec<_> = created.files.iter().map(|file| directory.join(file)).collect();
    files.extend([directory.clone(), directory.join("src")]);
    files.extend((style == Style::Component).then(|| directory.join("wit")));
    files.sort();
    let tree = tree(outside.path());
    assert_eq!(tree.keys().cloned().collect::<Vec<_>>(), files);

    for text in tree.values().flatten() {
      for placeholder in ["{{", "{%"] {
        assert!(!text.contains(placeholder), "{placeholder} is left in:\n{text}");
      }
    }
    let text = |file| tree[&directory.join(file)].as_deref().unwrap();
    assert!(text("Cargo.toml").contains("name = \"Word-count\"\n"));
    assert!(text("Cargo.toml").contains("[lib]\nname = \"word_count\"\n"));
    let library = if style == Style::Component { "/word_count.wasm`" } else { "\"libword_count.so\"" };
    assert!(text("main.js").contains(library));
    if style != Style::Deno2020 {
      assert!(text("main.js").contains("import(\"./word_count.d.ts\")"));
    }
    match style {
      Style::Component => assert!(text("word_count.d.ts").starts_with("// Types of the component word_count, ")),
      Style::Current => assert!(text("word_count.d.ts").starts_with("// Types of the plugin Word-count 0.1.0, ")),
      Style::Deno2020 | Style::Wasm => {}
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
  for (name, library) in
    [("hello", "hello"), ("word-count", "word_count"), ("A1", "a1"), ("a--b_", "a_b"), ("x_plugin_api", "x_plugin_api")]
  {
    assert_eq!(library_name(name).unwrap(), library);
  }
  library_name(&"a".repeat(64)).unwrap();
}

#[test]
fn the_world_of_a_component_is_in_a_package_of_the_name() {
  // Words that WIT has a meaning for, and every kind of name that a crate may have.
  let keywords = "bool borrow char constructor error-context export f32 f64 flags float32 from func future import \
    include interface list map option own package record resource result s16 s32 s64 s8 stream string tuple u16 u32 \
    u64 u8 variant with world";
  for name in keywords.split_whitespace().chain(["Word-count", "a1", "my-2nd", "a--b_", &"a".repeat(64)]) {
    let library = library_name(name).unwrap();
    let files = templates::render(name, &library, Style::Component, &PluginApi::Missing);
    let (_, world) = files.iter().find(|(path, _)| path == "wit/world.wit").unwrap();
    let mut resolve = wit_parser::Resolve::default();
    let package = resolve.push_str("world.wit", world).unwrap_or_else(|error| panic!("{error:#}"));
    let package = &resolve.packages[package].name;
    assert_eq!(package.to_string(), format!("example:{}@0.1.0", library.replace('_', "-")));
  }
}

#[test]
fn a_directory_that_is_not_empty_is_refused() {
  let outside = tempdir().unwrap();
  for hidden in ["notes.txt", ".git"] {
    let directory = outside.path().join(format!("has-{hidden}"));
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join(hidden), "mine").unwrap();
    let message = refused(&outside, "hello", &directory);
    assert!(message.contains(&format!("{}: the directory has {hidden} in it", directory.display())), "{message}");
  }
}

#[test]
fn a_second_plugin_in_the_same_directory_is_refused() {
  let outside = tempdir().unwrap();
  let directory = outside.path().join("hello");
  create("hello", &directory, Style::Current).unwrap();
  refused(&outside, "hello", &directory);
}

#[test]
fn a_directory_is_looked_at_also_where_the_way_to_it_is_not_there() {
  let outside = tempdir().unwrap();
  fs::write(outside.path().join("notes.txt"), "mine").unwrap();
  let name = outside.path().file_name().unwrap();
  let message = refused(&outside, "hello", &outside.path().join("missing/../..").join(name));
  assert!(message.contains("has notes.txt in it"), "{message}");
}

#[test]
fn an_empty_directory_is_filled() {
  let outside = tempdir().unwrap();
  create("hello", outside.path(), Style::Current).unwrap();
  assert!(outside.path().join("src/lib.rs").is_file());
}

#[test]
fn directories_above_are_made() {
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
fn a_directory_without_a_name_is_refused() {
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
    // Root may write everywhere; `what_is_half_written_is_taken_away_again` in app_templates has other failures.
    return;
  }
  let message = refused(&outside, "hello", &parent.join("hello"));
  assert!(message.contains("Permission denied"), "{message}");
  assert!(message.ends_with("make it writable, or name another directory with --dir"), "{message}");
}

#[test]
fn plugin_api_is_a_path_while_there_are_sources() {
  let outside = tempdir().unwrap();
  let sources = outside.path().join("plugin \"api\"");
  assert_eq!(PluginApi::in_directory(&sources), PluginApi::Missing);

  fs::create_dir_all(sources.join("macros")).unwrap();
  fs::write(sources.join("Cargo.toml"), "").unwrap();
  fs::write(sources.join("macros/Cargo.toml"), "").unwrap();
  let PluginApi::Sources(directory) = PluginApi::in_directory(&sources) else { panic!("the sources are not found") };
  assert_eq!(Path::new(&directory), sources.canonicalize().unwrap());
}

#[test]
fn plugin_api_has_the_names_that_the_style_wants() {
  let sources = PluginApi::Sources(r#"C:\plug"bay"#.to_string());
  let lines = |api: &PluginApi, style| {
    let (path, text) = templates::render("hello", "hello", style, api).swap_remove(0);
    assert_eq!(path, "Cargo.toml");
    let (_, behind) = text.split_once("\n[dependencies]\n# ").unwrap();
    let lines = behind.lines().skip(1).take_while(|line| !line.is_empty() && !line.starts_with("serde "));
    lines.collect::<Vec<_>>().join("\n")
  };
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
    directory: "my plugin".into(),
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
  created.style = Style::Component;
  assert!(created.to_string().ends_with(
    "  main.js\n\nNext:\n  cd \"my plugin\"\n  cargo build --target wasm32-unknown-unknown\n  \
     plugbay run --allow-read=target main.js\n  cargo test"
  ));
}
