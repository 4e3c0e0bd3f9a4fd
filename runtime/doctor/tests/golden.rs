//! Each file of `tests/patients` is an app: what is found in it stands beside it as text, and what it is when all that
//! can be is mended, as another manifest. `UPDATE=1` writes both.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Mutex;

use app_doctor::Machine;
use app_doctor::Remedy;
use app_doctor::examine;

/// A machine that has cargo and one target, and remembers what it is asked to run.
#[derive(Default)]
struct Fake(Mutex<Vec<String>>);

impl Machine for Fake {
  fn has_program(&self, name: &str) -> bool {
    name == "cargo"
  }

  fn has_rust_target(&self, target: &str) -> Option<bool> {
    Some(target == "wasm32-wasip1")
  }

  fn run(&self, command: &[String], _: &Path) -> io::Result<()> {
    self.0.lock().unwrap().push(command.join(" "));
    Ok(())
  }
}

/// A module that asks for a key-value store and a database.
const GUEST: &str = r#"(module
  (import "fermyon:spin/key-value@2.0.0" "[static]store.open" (func (param i32 i32 i32)))
  (import "fermyon:spin/sqlite@2.0.0" "[static]connection.open" (func (param i32 i32 i32))))"#;

#[test]
fn patients() {
  let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/patients");
  let mut count = 0;
  for entry in fs::read_dir(&folder).unwrap() {
    let path = entry.unwrap().path();
    let name = path.file_name().unwrap().to_str().unwrap();
    let Some(name) = name.strip_suffix(".toml").filter(|name| !name.ends_with(".mended")) else { continue };
    count += 1;
    let app = tempfile::tempdir().unwrap();
    let manifest = app.path().join("spin.toml");
    fs::copy(&path, &manifest).unwrap();
    fs::write(app.path().join("guest.wasm"), wat::parse_str(GUEST).unwrap()).unwrap();
    let (machine, mut told) = (Fake::default(), String::new());
    let examined = examine(&manifest, &machine, |check, finding| {
      writeln!(told, "{check}: {}", finding.what.replace(&format!("{}/", app.path().display()), "")).unwrap();
      if let Some(remedy) = &finding.remedy {
        writeln!(told, "  {remedy}").unwrap();
      }
      true
    });
    let examined = examined.unwrap();
    writeln!(told, "{} of {} mended", examined.mended, examined.found).unwrap();
    same(&folder.join(format!("{name}.txt")), &told);
    same(&folder.join(format!("{name}.mended.toml")), &fs::read_to_string(&manifest).unwrap());
    // What is mended is found no more; commands do nothing here.
    let again = examine(&manifest, &machine, |_, finding| {
      assert!(!matches!(finding.remedy, Some(Remedy::Edit { .. })), "{name}: {finding:?}");
      false
    });
    assert_eq!(again.unwrap().found, examined.found - examined.mended + machine.0.lock().unwrap().len());
  }
  assert!(count >= 8, "{count}");
}

#[track_caller]
fn same(path: &Path, text: &str) {
  if std::env::var_os("UPDATE").is_some() {
    fs::write(path, text).unwrap();
  }
  assert_eq!(fs::read_to_string(path).unwrap_or_default(), text, "{}", path.display());
}

#[test]
fn what_is_no_toml_is_told() {
  let app = tempfile::tempdir().unwrap();
  fs::write(app.path().join("spin.toml"), "= 2").unwrap();
  let told = examine(app.path(), &Fake::default(), |_, _| true).unwrap_err().to_string();
  assert!(told.contains("spin.toml") && told.contains("line 1"), "{told}");
}
