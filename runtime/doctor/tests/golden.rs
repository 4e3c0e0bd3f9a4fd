//! Each file of `tests/patients` is an app: what is found in it stands beside it as text, and what it is when all that
//! can be is mended, as another manifest. `UPDATE=1` writes both.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;

use app_doctor::Finding;
use app_doctor::Keeper;
use app_doctor::Machine;
use app_doctor::Remedy;
use app_doctor::examine;

/// A machine that has cargo and one target, and a plugin for triggers. It installs targets; of what it builds it writes
/// the component `shop` alone, says that all is well of `old`, and fails at others.
struct Fake {
  app: PathBuf,
  targets: Mutex<Vec<String>>,
}

impl Fake {
  fn new(app: &Path) -> Self {
    Self { app: app.to_owned(), targets: Mutex::new(vec!["wasm32-wasip1".to_string()]) }
  }
}

impl Machine for Fake {
  fn has_program(&self, name: &str) -> bool {
    name == "cargo"
  }

  fn has_rust_target(&self, target: &str) -> Option<bool> {
    Some(self.targets.lock().unwrap().iter().any(|one| one == target))
  }

  fn serves(&self, kind: &str) -> Result<(), String> {
    match kind {
      "http" | "redis" | "mine" => Ok(()),
      "cron" => Err("the trigger cron is a plugin that is not installed".to_string()),
      "sqs" => Err("the plugin trigger-sqs is not compatible".to_string()),
      _ => Err(format!("there is no trigger {kind}")),
    }
  }

  fn run(&self, command: &[String]) -> io::Result<()> {
    let words = command.iter().map(String::as_str).collect::<Vec<_>>();
    match &*words {
      ["rustup", "target", "add", target] => self.targets.lock().unwrap().push(target.to_string()),
      ["plugbay", "build", "-f", manifest, "-c", component] => {
        assert_eq!(Path::new(manifest), self.app.join("spin.toml"));
        match *component {
          "shop" => {
            let folder = self.app.join("target/wasm32-wasip2/release");
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("shop.wasm"), "")?;
          }
          "old" => {}
          _ => return Err(io::Error::other("exit status: 1")),
        }
      }
      other => panic!("{other:?}"),
    }
    Ok(())
  }
}

/// Writes down what it is told, and has all mended.
struct Told<'t> {
  app: &'t Path,
  text: String,
}

impl Keeper for Told<'_> {
  fn found(&mut self, check: &str, finding: &Finding) -> bool {
    self.say(&format!("{check}: {}", finding.what));
    if let Some(remedy) = &finding.remedy {
      self.say(&format!("  {remedy}"));
    }
    true
  }

  fn tried(&mut self, _: &Finding, result: Result<(), String>) {
    self.say(&format!("  {}", result.map_or_else(|why| format!("not mended: {why}"), |()| "mended".to_string())));
  }
}

impl Told<'_> {
  fn say(&mut self, line: &str) {
    writeln!(self.text, "{}", line.replace(&format!("{}/", self.app.display()), "")).unwrap();
  }
}

/// Looks, and mends nothing.
#[derive(Default)]
struct Looks(Vec<String>);

impl Keeper for Looks {
  fn found(&mut self, _: &str, finding: &Finding) -> bool {
    assert!(!matches!(finding.remedy, Some(Remedy::Edit { .. })), "{finding:?}");
    self.0.push(finding.what.clone());
    false
  }

  fn tried(&mut self, finding: &Finding, _: Result<(), String>) {
    panic!("{finding:?}");
  }
}

/// A module that asks for a key-value store and a database.
const GUEST: &str = r#"(module
  (import "fermyon:spin/key-value@2.0.0" "[static]store.open" (func (param i32 i32 i32)))
  (import "fermyon:spin/sqlite@2.0.0" "[static]connection.open" (func (param i32 i32 i32))))"#;

/// A module that takes messages alone.
const HANDLER: &str = "export default { async redis(message) { await fetch(`http://a/${message.channel}`); } };";

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
    fs::write(app.path().join("handler.js"), HANDLER).unwrap();
    let (machine, mut told) = (Fake::new(app.path()), Told { app: app.path(), text: String::new() });
    let examined = examine(&manifest, &machine, &mut told).unwrap();
    told.say(&format!("{} of {} mended", examined.mended, examined.found));
    same(&folder.join(format!("{name}.txt")), &told.text);
    same(&folder.join(format!("{name}.mended.toml")), &fs::read_to_string(&manifest).unwrap());
    // What is mended is found no more, and what is left is.
    let mut looks = Looks::default();
    let again = examine(&manifest, &machine, &mut looks).unwrap();
    assert_eq!(again.found, examined.found - examined.mended, "{name}: {:?}", looks.0);
  }
  assert!(count >= 12, "{count}");
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
  let told = examine(app.path(), &Fake::new(app.path()), &mut Looks::default()).unwrap_err().to_string();
  assert!(told.contains("spin.toml") && told.contains("line 1"), "{told}");
}
