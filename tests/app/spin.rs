//! Apps of Spin's, as their authors wrote them.

use std::path::Path;

use super::host::App;
use super::host::Host;
use crate::components_http::build_spin;
use crate::components_http::serve;
use crate::harness::builds_wasi_guests;

const MANIFEST: &str = r#"
spin_manifest_version = 2

[application]
name = "shop"

[variables]
greeting = { default = "hello" }
server = { required = true }

[[trigger.http]]
route = "/front/..."
component = "front"

[[trigger.http]]
route = { private = true }
component = "back"

[component.front]
source = "app.wasm"
key_value_stores = ["default"]
sqlite_databases = ["default"]
allowed_outbound_hosts = ["http://{{ server }}", "http://back.spin.internal", "http://self"]
[component.front.variables]
greeting = "{{ greeting }} from {{ server }}"

[component.back]
source = "app.wasm"
"#;

fn app(module: &Path) -> App {
  let app = App::new(&[("spin.toml", MANIFEST)]);
  app.write("app.wasm", &std::fs::read(module).expect("it was built"));
  app
}

/// With a server that its components may ask.
fn up(app: &App, server: &str) -> Host {
  let mut command = app.command();
  command.args(["--variable", &format!("server={server}")]);
  Host::start(command)
}

#[test]
fn an_app_for_spin_has_its_services() {
  if !builds_wasi_guests() {
    return;
  }
  for module in build_spin() {
    let (app, sdk) = (app(&module), module.display());
    let server = serve().to_string();
    let host = up(&app, &server);
    let post = |path: &str, body: &str| {
      let answer = host.ask("POST", path, &[], body.as_bytes());
      (answer.status, answer.text())
    };
    let (status, text) = post("/front/any?x=1", "body");
    assert!(status == 200 && text.ends_with("body"), "{sdk}: {text}");
    // The fixture looks at the whole path: another app has its route at the root.
    assert_eq!(host.get("/back").status, 404, "a private route");
    assert!(host.stop().success());
  }
}

#[test]
fn an_app_for_spin_keeps_asks_and_calls() {
  if !builds_wasi_guests() {
    return;
  }
  let manifest = MANIFEST.replace("/front/...", "/...");
  let app = App::new(&[("spin.toml", &manifest)]);
  app.write("app.wasm", &std::fs::read(&build_spin()[2]).expect("it was built"));
  let server = serve().to_string();
  let host = up(&app, &server);
  let post = |path: &str, body: &str| {
    let answer = host.ask("POST", path, &[], body.as_bytes());
    (answer.status, answer.text())
  };
  assert_eq!(post("/keep", "a value"), (200, r#"a value ["kept"] false"#.to_string()));
  assert_eq!(post("/variable", "greeting"), (200, format!("hello from {server}")));
  assert!(post("/variable", "other").1.contains("Undefined"));
  assert_eq!(post("/query", ""), (200, r#"[(Some(42), Some("x"))]"#.to_string()));
  assert_eq!(post("/fetch", &format!("http://{server}/post")), (200, "ping".to_string()));
  // Another component of the app, which only they can ask.
  let (status, text) = post("/fetch", "http://back.spin.internal/called");
  assert!(status == 200 && text.contains("POST") && text.ends_with("ping"), "{text}");
  // Its own routes, by their paths.
  let (status, text) = post("/fetch", "/called");
  assert!(status == 200 && text.contains("POST") && text.ends_with("ping"), "{text}");
  assert_eq!(post("/fetch", "http://other.example/").0, 500);
  host.says("allowed_outbound_hosts");
  assert_eq!(post("/fail", "").0, 500);
  assert!(host.stop().success());
  // What is kept is there when it runs again.
  let host = up(&app, &server);
  assert_eq!(host.ask("POST", "/keep", &[], b"another").text(), r#"another ["kept"] false"#);
  assert!(app.path().join(".spin").is_dir());
}

/// More than a lane takes at once.
#[test]
fn components_that_wait_for_others_do_not_keep_them_waiting() {
  if !builds_wasi_guests() {
    return;
  }
  let app = App::new(&[("spin.toml", &MANIFEST.replace("/front/...", "/..."))]);
  app.write("app.wasm", &std::fs::read(&build_spin()[2]).expect("it was built"));
  let mut command = app.command_of(1);
  command.args(["--variable", "server=127.0.0.1:1"]);
  let host = Host::start(command);
  let url = b"http://back.spin.internal/called";
  let sent = (0..100).map(|_| host.send("POST", "/fetch", &[], url)).collect::<Vec<_>>();
  for sent in sent {
    assert_eq!(sent.answer().status, 200);
  }
}

#[test]
fn a_variable_without_a_value_is_told() {
  if !builds_wasi_guests() {
    return;
  }
  let told = app(&build_spin()[2]).refused();
  assert!(told.contains("variable server has no value") && told.contains("SPIN_VARIABLE_SERVER"), "{told}");
}
