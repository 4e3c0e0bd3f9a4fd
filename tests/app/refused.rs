//! Apps that cannot be served: everything that is wrong is told before anything listens.

use std::net::TcpListener;

use super::host::App;

#[test]
fn every_fault_of_a_manifest_has_its_line() {
  let manifest = "spin_manifest_version = 2\n[application]\nname = 7\nnaem = \"x\"\n[[trigger.http]]\nroute = \"/\"\ncomponent = \"gone\"\n";
  let told = App::new(&[("spin.toml", manifest)]).refused();
  for text in ["spin.toml:3:", "spin.toml:4:", "naem", "gone"] {
    assert!(told.contains(text), "{text}: {told}");
  }
}

#[test]
fn every_component_that_does_not_open_is_told() {
  let manifest = r#"
    [app]
    name = "site"
    [[trigger.http]]
    route = "/a"
    component = "one"
    [[trigger.http]]
    route = "/b"
    component = "two"
    [component.one]
    source = "one.wasm"
    [component.two]
    source = "two.js"
    kind = "javascript"
  "#;
  let app = App::new(&[("plugbay.toml", manifest), ("one.wasm", "no module"), ("two.js", "export const a = 1;")]);
  let told = app.refused();
  assert!(told.contains("component one: ") && told.contains("component two: "), "{told}");
  assert!(told.contains("exports no function fetch"), "{told}");
}

#[test]
fn an_address_that_is_taken_is_told() {
  let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = taken.local_addr().expect("it has an address").to_string();
  let manifest = "[app]\nname = \"site\"\n[[trigger.http]]\nroute = \"/\"\nstatic_response = { body = \"x\" }\n";
  let app = App::new(&[("plugbay.toml", manifest)]);
  let mut command = crate::harness::plugbay();
  command.args(["up", "--listen", &address, "--from"]).arg(app.path());
  let output = command.output().expect("plugbay runs");
  let told = String::from_utf8_lossy(&output.stderr).into_owned();
  assert!(!output.status.success() && told.contains(&address) && told.contains("--find-free-port"), "{told}");
}

#[test]
fn a_folder_without_an_app_is_told() {
  let told = App::new(&[("readme.txt", "nothing")]).refused();
  assert!(told.contains("spin.toml") && told.contains("plugbay.toml"), "{told}");
}
