//! What is said of manifests, against texts beside them. `GOLDEN=write cargo test -p app_manifest` writes those anew:
//! look at the difference before it is committed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

use app_manifest::App;
use app_manifest::Faults;
use app_manifest::LoadOptions;
use app_manifest::load;
use serde_json::Value;

fn folder(name: &str) -> PathBuf {
  Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// The manifests of a folder, in the order of their names.
fn manifests(name: &str) -> Vec<PathBuf> {
  let files = fs::read_dir(folder(name)).unwrap().map(|file| file.unwrap().path());
  let manifest = |path: &PathBuf| {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    name.ends_with(".toml") || name.ends_with(".json") && !name.ends_with(".lock.json")
  };
  let mut manifests: Vec<PathBuf> = files.filter(manifest).collect();
  manifests.sort();
  assert!(!manifests.is_empty(), "{name} has no manifests");
  manifests
}

fn compare(golden: &Path, said: &str) {
  if !said.is_empty() && std::env::var_os("GOLDEN").is_some_and(|value| value == "write") {
    fs::write(golden, said).unwrap();
  }
  // Where nothing is said there need be no file.
  let wanted = fs::read_to_string(golden).unwrap_or_default();
  assert!(said == wanted, "{} is another now:\n{said}", golden.display());
}

/// With the name of the file alone.
fn said(read: &Result<App, Faults>, manifest: &Path) -> String {
  let (faults, warnings) = match read {
    Ok(app) => (&[][..], &app.warnings),
    Err(faults) => (&faults.faults[..], &faults.warnings),
  };
  let mut text = String::new();
  for fault in faults {
    writeln!(text, "{fault}").unwrap();
  }
  for warning in warnings {
    writeln!(text, "warning: {warning}").unwrap();
  }
  let folder = format!("{}/", manifest.parent().unwrap().display());
  text.replace(&folder, "")
}

#[test]
fn faults_of_broken_manifests() {
  for manifest in manifests("manifests/broken") {
    let read = load(&manifest, &LoadOptions::default());
    assert!(read.is_err(), "{} is read", manifest.display());
    compare(&manifest.with_extension("txt"), &said(&read, &manifest));
  }
}

/// The same JSON with its keys in their order: other crates decide which order serde_json keeps.
fn sorted(json: &str) -> String {
  fn sort(value: Value) -> Value {
    match value {
      Value::Object(map) => {
        let entries = map.into_iter().map(|(key, value)| (key, sort(value))).collect::<BTreeMap<_, _>>();
        Value::Object(entries.into_iter().collect())
      }
      Value::Array(items) => Value::Array(items.into_iter().map(sort).collect()),
      other => other,
    }
  }
  serde_json::to_string_pretty(&sort(serde_json::from_str(json).unwrap())).unwrap()
}

/// The locked app of each, which is read as the same app again.
#[test]
fn locked_apps() {
  for manifest in manifests("manifests/apps") {
    let read = load(&manifest, &LoadOptions { profile: profile_of(&manifest), ..LoadOptions::default() });
    let warnings = said(&read, &manifest);
    let app = read.unwrap_or_else(|faults| panic!("{faults}"));
    let locked = app.locked().to_json();
    let directory = url::Url::from_file_path(&app.directory).expect("it is absolute").to_string();
    compare(&manifest.with_extension("lock.json"), &sorted(&locked.replace(&directory, "file:///app")));
    compare(&manifest.with_extension("txt"), &warnings);

    let path = tempfile::NamedTempFile::new().unwrap();
    fs::write(&path, &locked).unwrap();
    let again = load(path.path(), &LoadOptions::default()).unwrap_or_else(|faults| panic!("{faults}"));
    for (one, other) in app.components.iter().zip(&again.components) {
      assert_eq!((&one.id, one.kind, &one.hosting), (&other.id, other.kind, &other.hosting));
      assert_eq!((&one.source, &one.variables), (&other.source, &other.variables));
      assert_eq!(one.allowed_outbound_hosts, other.allowed_outbound_hosts);
    }
    let configs = |app: &App| app.triggers.iter().map(|trigger| trigger.config.clone()).collect::<Vec<_>>();
    assert_eq!(configs(&app), configs(&again));
    assert_eq!((app.http_base, app.max_body, app.variables), (again.http_base, again.max_body, again.variables));
    assert_eq!(app.components.len(), again.components.len());
  }
}

fn profile_of(manifest: &Path) -> Option<String> {
  manifest.ends_with("profile.toml").then(|| "debug".to_owned())
}

/// A manifest in which every line is a key and its value, again and again with one line left out, misspelt, twice and
/// with a value of another type.
#[test]
fn every_key_missing_misspelt_doubled_and_of_another_type() {
  for manifest in manifests("every") {
    let text = fs::read_to_string(&manifest).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join(manifest.file_name().unwrap());
    fs::write(place.path().join("there.wasm"), "").unwrap();
    fs::create_dir(place.path().join("there")).unwrap();
    let read = |lines: &[&str]| {
      fs::write(&path, lines.join("\n")).unwrap();
      said(&load(&path, &LoadOptions::default()), &path)
    };
    assert_eq!(read(&lines), "", "{} has faults", manifest.display());
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
      let json = line.trim_start().starts_with('"');
      let Some((key, value)) = line.split_once(if json { "\": " } else { " = " }) else { continue };
      // What opens a list or an object of JSON goes on in the next lines.
      if value.ends_with(['[', '{']) {
        continue;
      }
      let wrong = if value.starts_with(|first: char| first.is_ascii_digit()) { "true" } else { "7" };
      let comma = if json && value.ends_with(',') { "," } else { "" };
      let (misspelt, other) = match json {
        true => (format!("{key}z\": {value}"), format!("{key}\": {wrong}{comma}")),
        false => (format!("{key}z = {value}"), format!("{key} = {wrong}")),
      };
      let key = key.trim_start().trim_start_matches('"');
      for (what, instead) in [
        ("missing", vec![]),
        ("misspelt", vec![&*misspelt]),
        ("twice", vec![*line; 2]),
        ("of another type", vec![&*other]),
      ] {
        let mut changed = lines.clone();
        changed.splice(index..=index, instead);
        let said = read(&changed);
        let said = if said.is_empty() { "nothing wrong\n".to_owned() } else { said };
        write!(text, "## line {}, `{key}`, {what}\n{said}\n", index + 1).unwrap();
      }
    }
    compare(&manifest.with_extension("txt"), &text);
  }
}
