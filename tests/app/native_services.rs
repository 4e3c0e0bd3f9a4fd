//! Native plugins use the services of their app: tests/fixtures/services_plugin.

use std::path::Path;
use std::process::Command;

use plugbay::Caller;
use plugbay::ErrorCode;
use plugbay::Grant;
use plugbay::HandlerGrants;
use plugbay::OpFailure;
use plugbay::Permissions;
use plugbay::Plugin;
use plugbay::Runtime;
use plugbay::Value;
use plugbay::services::Grants;
use plugbay::services::Services;

use super::host::App;
use super::host::Host;
use super::host::until;
use crate::harness::fixtures;
use crate::harness::library;
use crate::postgres_server::PostgresServer;
use crate::redis_server::RedisServer;

const MANIFEST: &str = r#"
  [app]
  name = "site"

  [variables]
  greeting = { default = "hello" }
  server = { default = "redis://nowhere.example:6379" }

  [[trigger.http]]
  route = "/..."
  component = "native"
  [[trigger.http]]
  route = "/bare/..."
  component = "bare"

  [component.native]
  source = "services_plugin.so"
  kind = "native"
  limits = { deadline = 0 }
  key_value_stores = ["default", "shared"]
  sqlite_databases = ["default"]
  files = ["texts/*.txt", { source = "texts", destination = "/mounted" }]
  allowed_outbound_hosts = ["{{ server }}"]
  environment = { COLOR = "blue" }
  [component.native.variables]
  greeting = "{{ greeting }}, you"

  [component.bare]
  source = "services_plugin.so"
  kind = "native"
"#;

fn app() -> App {
  let app = App::of_plugins(MANIFEST, &["services_plugin"]);
  app.write("texts/a.txt", b"the text");
  app.write("texts/b.md", b"another");
  app
}

fn command(app: &App, server: &str) -> Command {
  let mut command = app.command_of_plugins(2);
  command.args(["--variable", &format!("server={server}")]);
  command
}

fn up(app: &App) -> Host {
  Host::start(command(app, "redis://nowhere.example:6379"))
}

#[test]
fn a_native_plugin_has_the_services_that_it_is_granted() {
  let app = app();
  let host = up(&app);
  let ask = |path: &str| host.get(path).text();
  let kept = "None true (1099511627776, 1099511627775) (true, false, true) [Some(\"1\"), None, Some(\"2\")] \
              (false, true) [\"bytes\", \"key\", \"more\", \"sum\", \"swapped\"]";
  for store in ["default", "shared", "default"] {
    assert_eq!(ask(&format!("/keep/{store}")), kept);
  }
  assert_eq!(ask("/read/default/key"), "Some(\"of a store\")");
  let queried = "1 1 [\"a\", \"b\", \"c\", \"d\", \"e\"] \
    [[Integer(9223372036854775807), Real(0.5), Text(\"text\"), Blob([7, 8]), Null]] \
    Err(\"Error ERR_SERVICE: the service cannot do that: near \\\"from\\\": syntax error";
  let found = ask("/query/default");
  assert!(found.starts_with(queried), "{found}");
  assert_eq!(ask("/rollback/default"), "1 [[Integer(0)]]");
  assert_eq!(ask("/init"), "hello, you");
  assert_eq!(ask("/variable/greeting"), "hello, you");
  assert_eq!(ask("/variables"), r#"{"greeting": "hello, you"}"#);
  assert_eq!(ask("/environment"), r#"{"COLOR": "blue"}"#);
  assert_eq!(ask("/file/texts/a.txt"), "the text");
  assert_eq!(ask("/file/mounted/b.md"), "another");
  assert_eq!(ask("/elsewhere"), "1 2 3");
  let full = "256: Error ERR_SERVICE: the service cannot do that: the plugin has 256 connections open";
  let many = ask("/many/default");
  assert!(many.lines().count() == 2 && many.lines().all(|line| line.starts_with(full)), "{many}");
  assert!(host.stop().success());
}

#[test]
fn what_a_native_plugin_may_not_use_names_the_line_to_add() {
  let app = app();
  let host = up(&app);
  for (path, line) in [
    ("/keep/other", r#"key_value_stores = ["default", "shared", "other"]"#),
    ("/query/other", r#"sqlite_databases = ["default", "other"]"#),
    ("/variable/other", "[component.native.variables]: other = "),
    ("/bare/keep/default", r#"key_value_stores = ["default"]"#),
    ("/bare/query/default", r#"sqlite_databases = ["default"]"#),
    ("/bare/init", "[component.bare.variables]: greeting = "),
    ("/bare/file/texts/a.txt", "name it, or its folder, in files of the manifest"),
    ("/redis?redis://127.0.0.1:1", "allowed_outbound_hosts"),
  ] {
    let told = host.get(path).text();
    assert!(told.starts_with("NotCapable ERR_SERVICE: ") && told.contains(line), "{path}: {told}");
  }
  let told = host.get("/postgres?postgres://127.0.0.1:1/db").text();
  assert!(told.contains("ERR_SERVICE: ") && told.contains("allowed_outbound_hosts"), "{told}");
  assert_eq!(host.get("/bare/environment").text(), "{}");
  assert!(host.stop().success());
}

#[test]
fn a_native_plugin_connects_to_servers() {
  let app = app();
  if let Some(server) = RedisServer::start() {
    let host = Host::start(command(&app, &server.url()));
    let told = host.get(&format!("/redis?{}", server.url())).text();
    let lines = told.lines().collect::<Vec<_>>();
    assert_eq!(lines[0], "Some(\"value\") None (1, 2) 0 true 3", "{told}");
    assert!(lines[1].starts_with("Err(\"Error ERR_SERVICE: "), "{told}");
    assert!(lines[2].contains("SUBSCRIBE has no answer of its own"), "{told}");
    assert!(host.stop().success());
  }
  if let Some(server) = PostgresServer::start() {
    let host = Host::start(command(&app, &server.url()));
    let address = server.url().replace("://", "://plugbay:hush@");
    let told = host.get(&format!("/postgres?{address}/postgres")).text();
    let columns = r#"1 ["a int32", "b floating64", "c str", "d binary", "e date", "f datetime", "g boolean"] true"#;
    let lines = told.lines().collect::<Vec<_>>();
    assert_eq!(lines[0], columns, "{told}");
    assert!(lines[1].contains("ERR_SERVICE: the service cannot do that: 42703: column"), "{told}");
    assert!(host.stop().success());
  }
}

/// A client that goes has what was asked for given up: its connection is free for others.
#[test]
fn what_nobody_waits_for_is_given_up() {
  let app = app();
  let host = up(&app);
  // More than there may be connections to a file.
  for _ in 0..40 {
    drop(host.send("GET", "/endless/default", &[], b""));
  }
  until("the statements are interrupted", || host.get("/rollback/default").text() == "1 [[Integer(0)]]");
  assert!(host.stop().success());
}

fn opened(builder: plugbay::Builder) -> (Runtime, Plugin) {
  let permissions = Permissions { plugin: Grant::Paths(vec![fixtures().to_owned()]), ..Default::default() };
  let mut runtime = builder.permissions(permissions).build().expect("a runtime can be made");
  let plugin = runtime.open(library("services_plugin")).expect("it can be opened");
  (runtime, plugin)
}

fn invoke(runtime: &mut Runtime, plugin: &Plugin, op: &str, arguments: Vec<Value>) -> Result<Value, OpFailure> {
  let caller = Caller::host();
  let op = runtime.bind(&caller, plugin, op)?;
  runtime.invoke(&caller, &op, arguments)
}

fn granted(folder: &Path) -> plugbay::Builder {
  let services = Services::builder(folder).build().expect("it is right");
  let names = || vec!["default".to_string()];
  let grants = Grants {
    component: "program".to_string(),
    key_value_stores: names(),
    sqlite_databases: names(),
    ..Grants::default()
  };
  let services = services.grant(grants).expect("it can be granted");
  Runtime::builder().grants(HandlerGrants { services: Some(services), ..HandlerGrants::default() })
}

#[test]
fn a_plugin_has_what_the_script_has_that_opens_it() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let (mut runtime, plugin) = opened(granted(folder.path()));
  for count in 1..3 {
    assert_eq!(invoke(&mut runtime, &plugin, "visit", Vec::new()), Ok(Value::from(count)));
  }
}

#[test]
fn a_plugin_that_is_granted_nothing_is_told_so() {
  let (mut runtime, plugin) = opened(Runtime::builder());
  for (path, told) in [
    ("/keep/default", "the plugin has no services: "),
    ("/query/default", "the plugin has no services: "),
    ("/redis", "the plugin has no services: "),
    ("/postgres", "the plugin has no services: "),
    ("/variables", "the plugin has no services: "),
    ("/environment", "the plugin has no environment of its own: "),
    ("/file/a.txt", "the component has no file \"/a.txt\""),
  ] {
    let failure = invoke(&mut runtime, &plugin, "ask", vec![Value::from(path)]).expect_err("nothing is granted");
    assert_eq!(failure.error, Some(ErrorCode::ServiceRefused), "{path}");
    assert!(failure.message.contains(told), "{path}: {}", failure.message);
  }
}

/// What a thread of the plugin's has asked for ends with the plugin.
#[test]
fn requests_end_with_their_plugin() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let (mut runtime, plugin) = opened(granted(folder.path()));
  let file = folder.path().join("told.txt");
  let path = Value::from(file.to_str().expect("it is text"));
  invoke(&mut runtime, &plugin, "until_closed", vec![path]).expect("it begins");
  until("the statement is begun", || file.with_extension("begun").exists());
  runtime.close(&plugin).expect("it is open");
  let told = || std::fs::read_to_string(&file).unwrap_or_default();
  until("the thread is told", || told().lines().count() == 2);
  let closed = "Error ERR_SERVICE: the service cannot do that: the plugin is closed";
  assert_eq!(told(), format!("{closed}\n{closed}"));
  // The connection is free, and the statement is interrupted.
  let plugin = runtime.open(library("services_plugin")).expect("it can be opened");
  let found = invoke(&mut runtime, &plugin, "ask", vec![Value::from("/rollback/default")]);
  assert_eq!(found, Ok(Value::from("1 [[Integer(0)]]")));
}
