//! Triggers that are programs of their own: installed as plugins, and served.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Output;

use serde_json::Value;
use serde_json::json;
use tempfile::TempDir;

use super::host::App;
use super::host::Host;
use crate::harness::plugbay;

/// A trigger in a shell script: it says what it was started with, and runs until it is told to end, or a file says so.
const TICK: &str = r#"#!/bin/sh
if [ "$1" = --launch-metadata-only ]; then
  echo '{"all_flags": [{"long": "--speed", "short": "-s"}, {"long": "--variable"}]}' >&2
  exit
fi
trap 'echo "tick is told to end" >&2; [ -e "$SPIN_LOCAL_APP_DIR/stubborn" ] || exit 0' TERM
cp "${SPIN_LOCKED_URL#file://}" "$SPIN_LOCAL_APP_DIR/app.lock"
echo "tick has $(cat "$SPIN_WORKING_DIR"/assets/*/data.txt)" >&2
echo "tick has started: $*" >&2
while [ ! -e "$SPIN_LOCAL_APP_DIR/end" ]; do sleep 0.05; done
exit "$(cat "$SPIN_LOCAL_APP_DIR/end")"
"#;

const MANIFEST: &str = r#"
spin_manifest_version = 2
[application]
name = "clock"
[application.trigger.tick]
every = 3
[variables]
hour = { default = "12" }
[[trigger.http]]
route = "/"
static_response = { body = "here" }
[[trigger.tick]]
component = "watch"
second = 7
[component.watch]
source = "watch.wasm"
files = ["data.txt"]
"#;

/// A folder with plugins, and another with what they are installed from.
struct Plugins {
  installed: TempDir,
  packages: TempDir,
}

impl Plugins {
  fn new() -> Self {
    let folder = || tempfile::tempdir().expect("a folder can be made");
    Self { installed: folder(), packages: folder() }
  }

  fn command(&self, arguments: &[&str]) -> Command {
    let mut command = plugbay();
    command.arg("plugins").args(arguments).env("PLUGBAY_PLUGINS", self.installed.path());
    command
  }

  fn run(&self, arguments: &[&str]) -> Output {
    self.command(arguments).output().expect("plugbay runs")
  }

  fn list(&self) -> String {
    let output = self.run(&["list"]);
    assert!(output.status.success(), "{output:?}");
    text(&output.stdout)
  }

  /// Makes a package of a folder, with a manifest that `change` may change; gives the manifest's path.
  fn package(&self, name: &str, content: &Path, change: impl FnOnce(&mut Value)) -> PathBuf {
    let archive = self.packages.path().join(format!("{name}.tar.gz"));
    succeed(Command::new("tar").arg("czf").arg(&archive).arg("-C").arg(content).arg("."));
    let hash = succeed(Command::new("sha256sum").arg(&archive));
    let os = if cfg!(target_os = "macos") { "osx" } else { std::env::consts::OS };
    let arch = if cfg!(target_arch = "x86_64") { "amd64" } else { std::env::consts::ARCH };
    let mut manifest = json!({
      "name": name,
      "version": "1.0.0",
      "license": "MIT",
      "spinCompatibility": ">=2.0",
      "packages": [
        { "os": "other", "arch": arch, "url": "nowhere.tar.gz", "sha256": "" },
        { "os": os, "arch": arch, "url": format!("{name}.tar.gz"), "sha256": hash.split(' ').next() },
      ],
    });
    change(&mut manifest);
    let path = self.packages.path().join(format!("{name}.json"));
    std::fs::write(&path, manifest.to_string()).expect("a file can be written");
    path
  }

  /// A package with a script as its program.
  fn script(&self, name: &str, script: &str, change: impl FnOnce(&mut Value)) -> PathBuf {
    let content = tempfile::tempdir().expect("a folder can be made");
    let program = content.path().join(name);
    std::fs::write(&program, script).expect("a file can be written");
    succeed(Command::new("chmod").arg("755").arg(&program));
    self.package(name, content.path(), change)
  }

  fn install(&self, manifest: &Path) -> Output {
    self.run(&["install", manifest.to_str().expect("it is text")])
  }

  /// With the trigger tick.
  fn with_tick() -> Self {
    let plugins = Self::new();
    let output = plugins.install(&plugins.script("trigger-tick", TICK, |_| {}));
    assert!(output.status.success() && text(&output.stdout).contains("installed trigger-tick 1.0.0"), "{output:?}");
    plugins
  }

  fn up(&self, app: &App, arguments: &[&str]) -> Command {
    let mut command = app.command();
    command.args(arguments).env("PLUGBAY_PLUGINS", self.installed.path());
    command
  }

  /// Why an app is not served.
  fn refused(&self, app: &App, arguments: &[&str]) -> String {
    let output = self.up(app, arguments).output().expect("plugbay runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    text(&output.stderr)
  }
}

fn text(bytes: &[u8]) -> String {
  String::from_utf8_lossy(bytes).into_owned()
}

fn succeed(command: &mut Command) -> String {
  let output = command.output().expect("it runs");
  assert!(output.status.success(), "{output:?}");
  text(&output.stdout)
}

fn app() -> App {
  App::new(&[("spin.toml", MANIFEST), ("watch.wasm", "the trigger's own business"), ("data.txt", "its data")])
}

#[test]
fn plugins_are_installed_listed_and_removed() {
  let plugins = Plugins::with_tick();
  assert_eq!(plugins.list().trim(), "trigger-tick 1.0.0");
  // A newer one takes its place.
  let newer = plugins.script("trigger-tick", TICK, |manifest| manifest["version"] = "1.1.0".into());
  assert!(plugins.install(&newer).status.success());
  assert_eq!(plugins.list().trim(), "trigger-tick 1.1.0");
  let output = plugins.run(&["uninstall", "trigger-tick"]);
  assert!(output.status.success(), "{output:?}");
  assert_eq!(plugins.list().trim(), "");
  for name in ["trigger-tick", "../packages", "", "."] {
    let output = plugins.run(&["uninstall", name]);
    assert!(!output.status.success() && text(&output.stderr).contains("there is no plugin"), "{output:?}");
  }
  let left = std::fs::read_dir(plugins.installed.path()).expect("it is there").count();
  assert_eq!(left, 0, "nothing is left behind");
}

#[test]
fn what_is_wrong_with_a_plugin_leaves_what_was_there() {
  let plugins = Plugins::with_tick();
  let refused = |manifest: &Path, told: &str| {
    let output = plugins.install(manifest);
    assert!(!output.status.success() && text(&output.stderr).contains(told), "{told}: {output:?}");
    assert_eq!(plugins.list().trim(), "trigger-tick 1.0.0");
    assert_eq!(std::fs::read_dir(plugins.installed.path()).expect("it is there").count(), 1);
  };
  let changed = |change: fn(&mut Value)| plugins.script("trigger-tick", TICK, change);
  refused(&changed(|manifest| manifest["packages"][1]["sha256"] = "0".repeat(64).into()), "SHA-256");
  refused(&changed(|manifest| manifest["packages"][1]["os"] = "plan9".into()), "it has no package for");
  refused(&changed(|manifest| manifest["packages"][1]["url"] = "gone.tar.gz".into()), "gone.tar.gz");
  refused(&changed(|manifest| manifest["spinCompatibility"] = "=0.4".into()), "is for Spin =0.4");
  refused(&changed(|manifest| manifest["name"] = "../tick".into()), "its name");
  refused(&changed(|manifest| manifest["name"] = "trigger-tock".into()), "has no program trigger-tock");
  refused(&changed(|manifest| manifest["packages"] = Value::Null), "it is no manifest");
  refused(Path::new("nowhere.json"), "nowhere.json");
  refused(Path::new("ftp://example.com/a.json"), "none of file, http and https");
  let linked = tempfile::tempdir().expect("a folder can be made");
  std::os::unix::fs::symlink("/bin/sh", linked.path().join("trigger-tick")).expect("a link can be made");
  refused(&plugins.package("trigger-tick", linked.path(), |_| {}), "neither a file nor a folder");
}

#[test]
fn a_plugin_comes_from_the_web() {
  let plugins = Plugins::new();
  plugins.script("trigger-tick", TICK, |_| {});
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = listener.local_addr().expect("it has an address");
  let folder = plugins.packages.path().to_owned();
  std::thread::spawn(move || {
    for mut stream in listener.incoming().map_while(Result::ok) {
      let mut line = String::new();
      let mut input = BufReader::new(stream.try_clone().expect("it can be shared"));
      input.read_line(&mut line).expect("it asks");
      // All of the head is read: a connection that is closed before would be reset.
      let _ = input.lines().map_while(Result::ok).find(String::is_empty);
      let path = line.split(' ').nth(1).expect("it has a path").trim_start_matches('/').to_string();
      let (status, bytes) = match std::fs::read(folder.join(path)) {
        Ok(bytes) => ("200 OK", bytes),
        Err(_) => ("404 Not Found", Vec::new()),
      };
      let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
      // The client may have gone.
      let _ = stream.write_all(&[head.into_bytes(), bytes].concat());
    }
  });
  let output = plugins.run(&["install", &format!("http://{address}/gone.json")]);
  assert!(!output.status.success() && text(&output.stderr).contains("404"), "{output:?}");
  let output = plugins.run(&["install", &format!("http://{address}/trigger-tick.json")]);
  assert!(output.status.success(), "{output:?}");
  assert_eq!(plugins.list().trim(), "trigger-tick 1.0.0");
}

#[test]
fn a_trigger_of_its_own_is_served_beside_http() {
  let (plugins, app) = (Plugins::with_tick(), app());
  let host = Host::start(plugins.up(&app, &["--speed", "3", "--variable", "hour=11"]));
  host.says("tick has its data");
  host.says("tick has started: --speed 3 --variable hour=11");
  assert_eq!(host.get("/").text(), "here");
  let locked = std::fs::read(app.path().join("app.lock")).expect("the trigger has copied it");
  let locked: Value = serde_json::from_slice(&locked).expect("it is JSON");
  let trigger = &locked["triggers"][1];
  assert_eq!(trigger["trigger_type"], "tick");
  assert_eq!(trigger["trigger_config"], json!({ "component": "watch", "second": 7 }));
  assert_eq!(locked["metadata"]["triggers"]["tick"], json!({ "every": 3 }));
  host.signal("TERM");
  host.says("tick is told to end");
  let mut host = host;
  assert!(host.wait().success());
}

#[test]
fn the_first_that_ends_ends_all() {
  let plugins = Plugins::with_tick();
  for (code, ends_well) in [("0", true), ("3", false)] {
    let app = app();
    let mut host = Host::start(plugins.up(&app, &[]));
    host.says("tick has started");
    assert_eq!(host.get("/").text(), "here");
    app.write("end", code.as_bytes());
    host.says(if ends_well { "has ended, and so does the app" } else { "trigger tick has ended: exit status: 3" });
    assert_eq!(host.wait().success(), ends_well);
  }
}

#[test]
fn a_second_signal_ends_those_that_do_not_end() {
  let (plugins, app) = (Plugins::with_tick(), app());
  app.write("stubborn", b"");
  let mut host = Host::start(plugins.up(&app, &[]));
  host.says("tick has started");
  host.signal("TERM");
  host.says("tick is told to end");
  host.signal("TERM");
  assert_eq!(host.wait().code(), Some(130));
  // Standard error is the trigger's too.
  host.says_no_more();
}

#[test]
fn a_reload_starts_it_anew() {
  let (plugins, app) = (Plugins::with_tick(), app());
  let host = Host::start(plugins.up(&app, &[]));
  host.says("tick has started");
  app.write("spin.toml", MANIFEST.replace("second = 7", "second = 8").as_bytes());
  host.signal("HUP");
  host.says("tick is told to end");
  host.says("tick has started");
  let locked = std::fs::read_to_string(app.path().join("app.lock")).expect("the trigger has copied it");
  assert!(locked.contains(r#""second": 8"#), "{locked}");
  // Other kinds of triggers would want what is not there.
  app.write("spin.toml", MANIFEST.replace("trigger.tick", "trigger.tock").as_bytes());
  host.signal("HUP");
  host.says("there is no trigger tock");
  assert_eq!(host.get("/").text(), "here");
  assert!(host.stop().success());
}

#[test]
fn triggers_that_are_not_served_are_told_apart() {
  let (plugins, app) = (Plugins::with_tick(), app());
  let of_kind = |kind: &str| {
    app.write("spin.toml", MANIFEST.replace("trigger.tick", &format!("trigger.{kind}")).as_bytes());
    plugins.refused(&app, &[])
  };
  let unknown = of_kind("tock");
  assert!(unknown.contains("there is no trigger tock") && unknown.contains("trigger-tock"), "{unknown}");
  let known = of_kind("cron");
  assert!(known.contains("cron is a plugin that is not installed") && known.contains("plugins install"), "{known}");
  // One of a version that plugbay could install once.
  let manifest = plugins.installed.path().join("trigger-tick/plugin.json");
  let old = std::fs::read_to_string(&manifest).expect("it is there").replace(">=2.0", "<2.0");
  std::fs::write(&manifest, old).expect("a file can be written");
  let incompatible = of_kind("tick");
  assert!(incompatible.contains("trigger-tick is not compatible") && incompatible.contains("<2.0"), "{incompatible}");
  std::fs::write(&manifest, "nothing").expect("a file can be written");
  assert!(of_kind("tick").contains("is damaged"));
}

/// There is no catalogue of them.
#[test]
fn a_plugin_has_no_name_alone() {
  let plugins = Plugins::with_tick();
  let mut command = plugbay();
  command.args(["plugins", "install", "trigger-cron"]).env("PLUGBAY_PLUGINS", plugins.installed.path());
  let told = String::from_utf8(command.output().expect("plugbay runs").stderr).expect("errors are text");
  assert!(told.contains("knows no plugins by name") && told.contains("https://"), "{told}");
}

#[test]
fn flags_that_nothing_takes_are_told() {
  let (plugins, app) = (Plugins::with_tick(), app());
  let told = plugins.refused(&app, &["--speed", "3", "--sped", "3"]);
  assert!(told.contains("there is no flag --sped:") && !told.contains("no flag --speed"), "{told}");
  // Those of triggers may be meant, too.
  assert!(told.contains("did you mean --speed?"), "{told}");
  let alone = App::new(&[("spin.toml", MANIFEST), ("watch.wasm", ""), ("data.txt", "")]);
  alone.write("spin.toml", MANIFEST.split("[[trigger.tick]]").next().expect("it has one").as_bytes());
  assert!(plugins.refused(&alone, &["--speed", "3"]).contains("there is no flag --speed"));
}

#[test]
fn triggers_of_the_hosts_own_are_started_as_others_are() {
  let (plugins, app) = (Plugins::with_tick(), app());
  let host = Host::start(plugins.up(&app, &[]));
  host.says("tick has started");
  let mut command = plugbay();
  command.args(["trigger", "http", "--listen", "127.0.0.1:0"]).env("SPIN_LOCAL_APP_DIR", app.path());
  command.env("SPIN_LOCKED_URL", format!("file://{}/app.lock", app.path().display()));
  let child = Host::start(command);
  assert_eq!(child.get("/").text(), "here");
  assert!(child.stop().success());
  assert!(host.stop().success());
  let output = plugbay().args(["trigger", "redis", "--launch-metadata-only"]).output().expect("plugbay runs");
  let metadata: Value = serde_json::from_slice(&output.stderr).expect("it is JSON");
  let flags = metadata["all_flags"].as_array().expect("it has flags");
  assert!(flags.contains(&json!({ "short": "-q", "long": "--quiet" })), "{metadata}");
  let output = plugbay().args(["trigger", "http", "--help-args-only"]).output().expect("plugbay runs");
  let help = text(&output.stdout);
  assert!(help.contains("--listen <ADDRESS>") && !help.contains("Usage"), "{help}");
  let output = plugbay().args(["trigger", "http"]).env("SPIN_LOCKED_URL", "nowhere").output().expect("plugbay runs");
  assert!(text(&output.stderr).contains("SPIN_LOCKED_URL"), "{output:?}");
}
