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

/// Whatever the build writes: it is not done again until somebody else has changed something.
#[test]
fn what_is_watched_is_built_and_served_anew() {
  let manifest = r#"
    [app]
    name = "site"
    [[trigger.http]]
    route = "/..."
    component = "site"
    [component.site]
    source = "made/site.js"
    [component.site.build]
    command = "mkdir -p made && echo built >> log && cp src/site.js src/copy.js && test ! -e src/broken && cp src/site.js made/site.js"
    watch = ["src/**/*"]
  "#;
  let handler = |text: &str| format!("export const fetch = () => new Response({text:?});");
  let app = App::new(&[("plugbay.toml", manifest), ("src/site.js", &handler("one"))]);
  let mut command = plugbay();
  command.args(["watch", "--listen", "127.0.0.1:0", "--lanes", "1", "--from"]).arg(app.path());
  let host = Host::start(command);
  assert_eq!(host.get("/").text(), "one");
  app.write("src/site.js", handler("two").as_bytes());
  host.says("reloaded");
  assert_eq!(host.get("/").text(), "two");
  app.write("src/broken", b"");
  host.says("it is not built");
  assert_eq!(host.get("/").text(), "two");
  std::fs::remove_file(app.path().join("src/broken")).expect("it is there");
  app.write("src/site.js", handler("three").as_bytes());
  host.says("reloaded");
  assert_eq!(host.get("/").text(), "three");
  assert!(host.stop().success());
  // The last change may have been seen in two steps.
  let log = std::fs::read_to_string(app.path().join("log")).expect("it was built");
  assert!((4..=5).contains(&log.lines().count()), "{log}");
}

/// What was not built and what the manifest lacks, and how both are mended.
#[test]
fn a_doctor_mends_an_app() {
  let manifest = "[application]\nname = \"site\"\n[[trigger.http]]\nroute = \"/...\"\nstatic_response = { body = \"x\" }\n\
    [[trigger.http]]\nroute = \"/a\"\ncomponent = \"a\"\n[component.a]\nsource = \"made.wasm\"\n\
    build.command = \"cp plain.wasm made.wasm\"\n";
  let app = App::new(&[("spin.toml", manifest), ("plain.wasm", "\0asm")]);
  let doctor = |arguments: &[&str]| {
    let mut command = plugbay();
    command.arg("doctor").args(arguments).arg("-f").arg(app.path()).stdin(std::process::Stdio::null());
    let output = command.output().expect("plugbay runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
  };
  let (code, told) = doctor(&[]);
  assert!(code == Some(1) && told.contains("to mend it: add `spin_manifest_version = 2`"), "{told}");
  let (code, told) = doctor(&["--fix"]);
  assert!(code == Some(0) && told.contains("2 found, 2 mended, 0 left"), "{told}");
  assert!(app.path().join("made.wasm").is_file());
  assert_eq!(doctor(&[]), (Some(0), "0 found, 0 mended, 0 left\n".to_string()));
}

/// It looks again at what it has mended, and what it says to type is right where it is typed.
#[test]
fn a_doctor_says_what_it_has_not_mended() {
  let manifest = "[app]\nname = \"site\"\n[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n\
    [[trigger.cron]]\ncomponent = \"b\"\n[component.a]\nsource = \"made.js\"\nbuild.command = \"true\"\n\
    [component.b]\nsource = \"b.js\"\n";
  let app = App::new(&[("shop/plugbay.toml", manifest), ("shop/b.js", "")]);
  let plugins = app.path().join("plugins");
  let run = |arguments: &[&str]| {
    let mut command = plugbay();
    command.args(arguments).current_dir(app.path()).env("PLUGBAY_PLUGINS", &plugins);
    let output = command.stdin(std::process::Stdio::null()).output().expect("plugbay runs");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
  };
  let (code, told) = run(&["doctor", "--fix", "-f", "shop"]);
  assert_eq!(code, Some(1), "{told}");
  assert!(told.contains("2 found, 0 mended, 2 left") && told.contains("not mended: run"), "{told}");
  assert!(told.contains("trigger cron is a plugin that is not installed"), "{told}");
  let typed = told.split('`').find(|part| part.starts_with("plugbay build")).expect("it says what to type");
  let (code, built) = run(&typed.split(' ').skip(1).collect::<Vec<_>>());
  assert_eq!((code, built.as_str()), (Some(0), "built 1 components\n"));
}

#[test]
fn an_artifact_that_is_written_elsewhere_is_told() {
  let manifest = "spin_manifest_version = 2\n[application]\nname = \"site\"\n[[trigger.http]]\nroute = \"/...\"\n\
    component = \"a\"\n[component.a]\nsource = \"a/target/wasm32-wasip1/release/a.wasm\"\n[component.a.build]\n\
    workdir = \"a\"\ncommand = \"mkdir -p $CARGO_TARGET_DIR/wasm32-wasip1/release && \
    echo > $CARGO_TARGET_DIR/wasm32-wasip1/release/a.wasm\"\n";
  let app = App::new(&[("spin.toml", manifest), ("a/Cargo.toml", "")]);
  let build = |folder: &str| {
    let mut command = plugbay();
    command.args(["build", "-f"]).arg(app.path()).env("CARGO_TARGET_DIR", folder);
    let output = command.output().expect("plugbay runs");
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
  };
  let (code, told) = build("../shared");
  assert_eq!(code, Some(1), "{told}");
  for text in ["CARGO_TARGET_DIR", "shared/wasm32-wasip1/release/a.wasm", "a/target/wasm32-wasip1/release/a.wasm"] {
    assert!(told.contains(text), "{text}: {told}");
  }
  let (code, told) = build("target");
  assert!(code == Some(0) && !told.contains("CARGO_TARGET_DIR says"), "{told}");
}
