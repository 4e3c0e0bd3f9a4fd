//! Which file is read, and what of it.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use app_manifest::App;
use app_manifest::ComponentKind;
use app_manifest::FaultCode;
use app_manifest::Faults;
use app_manifest::Format;
use app_manifest::LoadOptions;
use app_manifest::Router;
use app_manifest::Source;
use app_manifest::load;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
  let folder = tempfile::tempdir().unwrap();
  for (name, content) in files {
    fs::write(folder.path().join(name), content).unwrap();
  }
  folder
}

fn read(path: impl AsRef<Path>) -> Result<App, Faults> {
  load(path.as_ref(), &LoadOptions::default())
}

fn app_of(name: &str) -> PathBuf {
  Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/manifests/apps").join(name)
}

fn ids(app: &App) -> Vec<&str> {
  app.components.iter().map(|component| component.id.as_str()).collect()
}

const SPIN: &[u8] = b"spin_manifest_version = 2\n[application]\nname = \"spin\"\n[trigger]\n";
const OWN: &[u8] = b"[app]\nname = \"own\"\n[trigger]\n";

#[test]
fn a_folder_is_its_manifest() {
  let one = folder(&[("spin.toml", SPIN)]);
  let app = read(one.path()).unwrap();
  assert_eq!((app.name.as_str(), app.format), ("spin", Format::Spin2));
  assert_eq!(app.directory, one.path().canonicalize().unwrap());
  assert_eq!(app.manifest, one.path().join("spin.toml"));

  let both = folder(&[("spin.toml", SPIN), ("plugbay.toml", OWN)]);
  let app = read(both.path()).unwrap();
  assert_eq!((app.name.as_str(), app.format), ("own", Format::Plugbay));
  assert_eq!(app.warnings.len(), 1);
  assert_eq!(read(both.path().join("spin.toml")).unwrap().name, "spin");

  let none = folder(&[]);
  assert_eq!(read(none.path()).unwrap_err().faults[0].code, FaultCode::Unreadable);
  assert_eq!(read(none.path().join("spin.toml")).unwrap_err().faults[0].code, FaultCode::Unreadable);
}

#[test]
fn what_a_manifest_says_counts_and_not_its_name() {
  let files = folder(&[("a", SPIN), ("b.json", OWN), ("plugbay.toml", SPIN), ("c", b"\xff\xfe")]);
  assert_eq!(read(files.path().join("a")).unwrap().format, Format::Spin2);
  assert_eq!(read(files.path().join("b.json")).unwrap().format, Format::Plugbay);
  assert_eq!(read(files.path()).unwrap().format, Format::Spin2);
  assert_eq!(read(files.path().join("c")).unwrap_err().faults[0].code, FaultCode::Syntax);
}

#[test]
fn a_guest_answers_every_path() {
  let files =
    folder(&[("Hello_World.wasm", b"\0asm\x0d\0\x01\0"), ("no-name", b"\0asm"), ("page.mjs", b""), ("x.so", b"")]);
  for (name, id, kind) in [
    ("Hello_World.wasm", "hello-world", ComponentKind::Wasm),
    ("no-name", "no-name", ComponentKind::Wasm),
    ("page.mjs", "page", ComponentKind::JavaScript),
    ("x.so", "x", ComponentKind::Native),
  ] {
    let app = read(files.path().join(name)).unwrap();
    assert_eq!((ids(&app), app.format), (vec![id], Format::Guest));
    let component = &app.components[0];
    assert_eq!((component.kind, component.hosting.stateless), (kind, kind == ComponentKind::Wasm));
    let path = files.path().canonicalize().unwrap().join(name);
    assert_eq!(component.source, Source::Path { path, digest: None });
    let (router, hidden) = Router::of_app(&app).unwrap();
    assert_eq!(router.route("/any/path").unwrap().path_info(), "/any/path");
    assert!(hidden.is_empty());
  }
}

#[test]
fn only_the_components_that_are_asked_for() {
  let asked = |names: &[&str]| {
    let components = names.iter().map(|name| (*name).to_owned()).collect();
    load(&app_of("spin2.toml"), &LoadOptions { components, ..LoadOptions::default() })
  };
  let app = asked(&["back"]).unwrap();
  assert_eq!(ids(&app), ["back"]);
  // A private route, and the cron trigger; an answer of the host's own is of no component.
  let triggers: Vec<&str> = app.triggers.iter().map(|trigger| trigger.id.as_str()).collect();
  assert_eq!(triggers, ["back-http-trigger", "http-trigger1", "back-cron-trigger"]);
  let faults = asked(&["bakc", "nobody"]).unwrap_err();
  let messages: Vec<String> = faults.faults.iter().map(|fault| fault.help.clone().unwrap()).collect();
  assert_eq!(messages, ["did you mean `back`?", "it has `front`, `back` and `inline-component1`"]);
}

#[test]
fn what_is_not_asked_for_need_not_be_there() {
  let manifest = b"spin_manifest_version = 2
[application]
name = 'x'
[[trigger.http]]
route = '/a'
component = 'a'
[[trigger.http]]
route = '/b'
component = 'b'
[component.a]
source = 'a.wasm'
[component.b]
source = 'b.wasm'
files = ['nowhere']
";
  let files = folder(&[("spin.toml", manifest), ("a.wasm", b"")]);
  let options = |components: &[&str], build_only| LoadOptions {
    components: components.iter().map(|name| (*name).to_owned()).collect(),
    build_only,
    profile: None,
  };
  let faults = load(files.path(), &options(&[], false)).unwrap_err();
  assert_eq!(faults.faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), [FaultCode::Source; 2]);
  assert!(load(files.path(), &options(&["a"], false)).is_ok());
  assert!(load(files.path(), &options(&[], true)).is_ok());
}

#[test]
fn a_profile_overrides() {
  let with = |profile: Option<&str>| {
    let options = LoadOptions { profile: profile.map(str::to_owned), build_only: true, ..LoadOptions::default() };
    load(&app_of("profile.toml"), &options)
  };
  let source = |app: &App| match &app.components[0].source {
    Source::Path { path, .. } => path.file_name().unwrap().to_string_lossy().into_owned(),
    other => panic!("{other:?}"),
  };
  let app = with(None).unwrap();
  assert_eq!(source(&app), "release.wasm");
  assert!(app.components[0].build.is_none());
  let app = with(Some("debug")).unwrap();
  assert_eq!(source(&app), "guest.wasm");
  assert_eq!(app.components[0].build.as_ref().unwrap().commands, ["make debug"]);
  let environment: Vec<(&str, &str)> =
    app.components[0].environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
  assert_eq!(environment, [("A", "1"), ("B", "2")]);
  assert_eq!(with(Some("deubg")).unwrap_err().faults[0].code, FaultCode::Reference);
}

/// A link within the app's folder may lead out of it.
#[cfg(unix)]
#[test]
fn links_that_leave_the_folder_are_refused() {
  let outside = folder(&[("secret", b"")]);
  let manifest = b"spin_manifest_version = 2
[application]
name = 'x'
[[trigger.http]]
route = '/a'
component = 'a'
[component.a]
source = 'a.wasm'
files = ['link', { source = 'link', destination = '/' }, 'inside']
";
  let files = folder(&[("spin.toml", manifest), ("a.wasm", b"")]);
  std::os::unix::fs::symlink(outside.path(), files.path().join("link")).unwrap();
  std::os::unix::fs::symlink(files.path().join("a.wasm"), files.path().join("inside")).unwrap();
  let faults = read(files.path()).unwrap_err();
  assert_eq!(faults.faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), [FaultCode::Outside; 2]);
}

#[test]
fn every_position_is_in_the_text() {
  // In characters, with whatever line ends there are.
  let manifest = "spin_manifest_version = 2\r\n[application]\r\nname = \"é\"\r\nautor = \"ü\" # x\r\n[trigger]\r\n";
  let files = folder(&[("spin.toml", manifest.as_bytes())]);
  let faults = read(files.path()).unwrap_err();
  let fault = &faults.faults[0];
  let at = fault.at.unwrap();
  assert_eq!((faults.faults.len(), at.line, at.column), (1, 4, 1));
  assert_eq!(fault.help.as_deref(), Some("did you mean `authors`?"));
}
