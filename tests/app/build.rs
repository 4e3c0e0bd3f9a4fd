//! `plugbay build`, with a real shell.

use super::host::App;
use super::host::Host;
use crate::harness::plugbay;

const MANIFEST: &str = r#"
  [app]
  name = "site"
  [[trigger.http]]
  route = "/one"
  component = "one"
  [[trigger.http]]
  route = "/two"
  component = "two"
  [component.one]
  source = "made/one.js"
  kind = "javascript"
  [component.one.build]
  command = ["mkdir -p made", "cp one.js made/one.js && echo copied"]
  [component.two]
  source = "made/two.js"
  kind = "javascript"
  [component.two.build]
  command = "mkdir -p ../made && cp two.js ../made/two.js"
  workdir = "sub"
"#;

fn app() -> App {
  let handler = |name: &str| format!("export const fetch = () => new Response({name:?});");
  App::new(&[("plugbay.toml", MANIFEST), ("one.js", &handler("one")), ("sub/two.js", &handler("two"))])
}

#[test]
fn what_is_built_is_served() {
  let app = app();
  assert!(app.refused().contains("plugbay build"));
  let mut command = app.command();
  command.arg("--build");
  let host = Host::start(command);
  assert_eq!([host.get("/one").text(), host.get("/two").text()], ["one", "two"]);
}

#[test]
fn every_build_that_fails_is_told() {
  let app = app();
  std::fs::remove_file(app.path().join("one.js")).expect("it is there");
  std::fs::remove_file(app.path().join("sub/two.js")).expect("it is there");
  let output = plugbay().args(["build", "--from"]).arg(app.path()).output().expect("plugbay runs");
  let told = String::from_utf8_lossy(&output.stderr).into_owned();
  assert_eq!(output.status.code(), Some(1));
  assert!(told.contains("component one is not built") && told.contains("component two is not built"), "{told}");
  assert!(told.contains("one | $ mkdir -p made") && told.contains("cp: "), "{told}");
}
