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

/// Of components and of triggers, each with its place.
#[test]
fn everything_that_does_not_open_is_told_at_once() {
  let manifest = r#"
    [app]
    name = "site"
    [[trigger.http]]
    route = "/a"
    component = "one"
    [[trigger.http]]
    route = "/b"
    component = "two"
    [[trigger.pigeon]]
    component = "one"
    [[trigger.cron]]
    component = "one"
    [component.one]
    source = "one.wasm"
    [component.two]
    source = "two.so"
    [[trigger.redis]]
    channel = "orders"
    address = "nowhere"
    component = "three"
    [component.three]
    source = "three.js"
  "#;
  let three = ("three.js", "export const redis = () => {};");
  let app = App::new(&[("plugbay.toml", manifest), ("one.wasm", "no module"), ("two.so", ""), three]);
  let plugins = app.path().join("plugins");
  let mut command = app.command();
  command.env("PLUGBAY_PLUGINS", &plugins).args(["--follow", "four"]);
  let told = String::from_utf8(command.output().expect("plugbay runs").stderr).expect("errors are text");
  for text in [
    "plugbay.toml:14:5: component one: ",
    "plugbay.toml:16:5: component two: ",
    "plugbay.toml:10:5: there is no trigger pigeon",
    "plugbay.toml:12:5: the trigger cron is a plugin that is not installed",
    "plugbay.toml:18:5: trigger three-redis-trigger: address: ",
    "--follow four is for nothing",
  ] {
    assert!(told.contains(text), "{text}: {told}");
  }
}

#[test]
fn a_flag_that_nothing_takes_is_told_with_the_nearest() {
  let manifest = "[app]\nname = \"site\"\n[[trigger.http]]\nroute = \"/\"\nstatic_response = { body = \"x\" }\n";
  let app = App::new(&[("plugbay.toml", manifest)]);
  let told = app.refused_with(&["--qiuet", "--log-fromat=json", "--speed", "3"]);
  for text in ["no flag --qiuet", "did you mean --quiet?", "did you mean --log-format?", "no flag --speed"] {
    assert!(told.contains(text), "{text}: {told}");
  }
  let told = |arguments: &[&str]| {
    let output = crate::harness::plugbay().args(arguments).output().expect("plugbay runs");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    String::from_utf8(output.stderr).expect("errors are text")
  };
  assert!(told(&["run", "--alow-read", "a.js"]).contains("did you mean --allow-read?"));
  for (arguments, meant) in [
    (&["build", "--form", "a"][..], "--from"),
    (&["doctor", "--fixs"], "--fix"),
    (&["new", "a", "--templat-dir", "b"], "--template-dir"),
    (&["trigger", "http", "--lsten", "a"], "--listen"),
    (&["plugins", "list", "--hepl"], "--help"),
  ] {
    let said = told(arguments);
    assert!(said.contains("similar") && said.contains(meant), "{arguments:?}: {said}");
  }
}

/// With its line, and how to get the file.
#[test]
fn a_source_in_a_registry_is_told() {
  let manifest = "spin_manifest_version = 2\n[application]\nname = \"site\"\n[[trigger.http]]\nroute = \"/\"\n\
    component = \"far\"\n[component.far]\n\
    source = { registry = \"ghcr.io\", package = \"shop:far\", version = \"1.0.0\" }\n";
  let told = App::new(&[("spin.toml", manifest)]).refused();
  for text in ["spin.toml:8:", "wkg get shop:far@1.0.0 --registry ghcr.io", "source = \"far.wasm\""] {
    assert!(told.contains(text), "{text}: {told}");
  }
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
