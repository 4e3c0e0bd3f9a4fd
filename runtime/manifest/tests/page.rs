//! The page of the book about manifests.

use std::fs;
use std::path::Path;

use app_manifest::LoadOptions;
use app_manifest::Router;
use app_manifest::load;

fn read(path: &str) -> String {
  fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Its example is an app, and as it is told is one for Spin.
#[test]
fn its_example_is_read() {
  let page = read("../../docs/src/manifests.md");
  let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
  let folder = tempfile::tempdir().unwrap();
  let options = LoadOptions { build_only: true, ..LoadOptions::default() };

  fs::write(folder.path().join("plugbay.toml"), example).unwrap();
  let app = load(folder.path(), &options).unwrap();
  assert!(app.warnings.is_empty(), "{:?}", app.warnings);
  let (router, _) = Router::of_app(&app).unwrap();
  assert_eq!(router.route("/cart/7").unwrap().parameters().collect::<Vec<_>>(), [("id", "7")]);

  let spin = format!("spin_manifest_version = 2\n{}", example.replace("[app]", "[application]"));
  let spin = spin.replace("instances = 1\n", "").replace(".js\"", ".wasm\"");
  fs::write(folder.path().join("app"), spin).unwrap();
  let as_spin = load(&folder.path().join("app"), &options).unwrap();
  assert_eq!((as_spin.variables, as_spin.triggers.len()), (app.variables, app.triggers.len()));
}

/// Every key that a manifest may have.
#[test]
fn it_has_every_key() {
  let page = read("../../docs/src/manifests.md");
  for manifest in ["spin1", "spin2", "plugbay"] {
    for line in read(&format!("tests/every/{manifest}.toml")).lines() {
      // What the app itself names.
      let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !["greeting", "anything"].contains(key)) else {
        continue;
      };
      let is_there = page.contains(&format!("`{key}`")) || page.contains(&format!("{key} = "));
      let within = page.contains(&format!("{key},")) || page.contains(&format!(".{key}`"));
      assert!(is_there || within, "`{key}` of {manifest}.toml");
    }
  }
}

/// The manifest of the module that the page of the app host shows has what the module asks for.
#[test]
fn the_example_of_the_app_host_is_an_app() {
  let page = read("../../docs/src/app-host.md");
  let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
  let module = page.split("```js\n").nth(1).unwrap().split("```").next().unwrap();
  let folder = tempfile::tempdir().unwrap();
  fs::write(folder.path().join("plugbay.toml"), example).unwrap();
  for source in ["page.js", "prices.js"] {
    fs::write(folder.path().join(source), module).unwrap();
  }
  let app = load(folder.path(), &LoadOptions::default()).unwrap();
  assert!(app.warnings.is_empty(), "{:?}", app.warnings);
  let component = app.component("page").unwrap();
  for (asked, granted) in [
    ("env.keyValue(\"default\")", component.key_value_stores.contains(&"default".to_owned())),
    ("env.sqlite(\"default\")", component.sqlite_databases.contains(&"default".to_owned())),
    ("env.variables.get(\"log_host\")", component.variables.contains_key("log_host")),
    ("http://prices.spin.internal", component.allowed_outbound_hosts.iter().any(|host| host.contains("prices"))),
    ("env.path(\"/pages/hello.html\")", !component.files.is_empty()),
  ] {
    assert!(module.contains(asked) && granted, "{asked}");
  }
}
