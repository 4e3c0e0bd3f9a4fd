//! What whoever runs an app says of its services, on the command line and in the file of settings.

use super::host::App;
use super::host::Host;
use crate::components_http::build_spin;
use crate::harness::builds_wasi_guests;
use crate::redis_server::RedisServer;
use crate::services_vault::vault;

const MANIFEST: &str = r#"
spin_manifest_version = 2
[application]
name = "settings"
[variables]
greeting = { default = "by default" }
host = { default = "by default" }
token = { default = "by default" }
[[trigger.http]]
route = "/..."
component = "front"
[component.front]
source = "app.wasm"
key_value_stores = ["default"]
sqlite_databases = ["default"]
[component.front.variables]
all = "{{ greeting }}, {{ host }}, {{ token }}"
"#;

/// Nothing where there is no Rust for its component.
fn app() -> Option<App> {
  if !builds_wasi_guests() {
    return None;
  }
  let app = App::new(&[("spin.toml", MANIFEST)]);
  app.write("app.wasm", &std::fs::read(&build_spin()[2]).expect("it was built"));
  Some(app)
}

/// Serves it with flags, in its own folder.
fn up(app: &App, flags: &[&str]) -> Host {
  let mut command = app.command();
  command.args(flags).current_dir(app.path()).env("SPIN_VARIABLE_TOKEN", "of-environment").env("MY_TOKEN", "mine");
  Host::start(command)
}

fn post(host: &Host, path: &str, body: &str) -> String {
  let answer = host.ask("POST", path, &[], body.as_bytes());
  assert_eq!(answer.status, 200, "{path}: {}", answer.text());
  answer.text()
}

#[test]
fn what_is_given_at_the_start_is_there() {
  let Some(app) = app() else { return };
  app.write("schema.sql", b"CREATE TABLE t (name TEXT); INSERT INTO t VALUES ('of-file');");
  app.write("greeting.txt", b"of text");
  app.write("values.json", br#"{ "host": "of-table", "greeting": "not the last" }"#);
  let host = up(
    &app,
    &[
      "--key-value",
      "given=a=b",
      "--sqlite",
      "@schema.sql",
      "--sqlite",
      "INSERT INTO t VALUES ('one'); INSERT INTO t VALUES ('two')",
      "--variable",
      "@values.json",
      "--variable",
      "greeting=@greeting.txt",
    ],
  );
  assert_eq!(post(&host, "/keep", "value"), r#"value ["given", "kept"] false"#);
  assert_eq!(post(&host, "/variable", "all"), "of text, of-table, of-environment");
  let names = post(&host, "/sql", "SELECT group_concat(name) FROM t");
  assert!(names.contains("of-file,one,two"), "{names}");
  // A reload is no start.
  host.signal("HUP");
  host.says("reloaded");
  assert_eq!(post(&host, "/sql", "SELECT group_concat(name) FROM t"), names);
}

#[test]
fn what_cannot_be_given_is_told() {
  let Some(app) = app() else { return };
  let told = app.refused_with(&["--sqlite", "INSERT INTO absent VALUES (1)"]);
  assert!(told.contains("--sqlite") && told.contains("no such table: absent"), "{told}");
  assert!(app.refused_with(&["--sqlite", "@none.sql"]).contains("--sqlite @none.sql: No such file"));
  let told = app.refused_with(&["--variable", "other=hush"]);
  assert!(told.contains("no variable other") && !told.contains("hush"), "{told}");
  app.write("values.toml", b"host = 'a'\ngreeting = 7\n");
  let values = format!("@{}", app.path().join("values.toml").display());
  let told = app.refused_with(&["--variable", &values]);
  assert!(told.contains("values.toml:2:12: `greeting` of the file of variables must be a string"), "{told}");
  for flags in [["--variable", "hush"], ["--variable", "@values.yaml"], ["--key-value", "=x"], ["--sqlite", "@f:"]] {
    let output = app.command().args(flags).output().expect("plugbay runs");
    assert_eq!(output.status.code(), Some(2), "{flags:?}: {output:?}");
  }
}

const SETTINGS: &str = r#"
state_dir = "kept"
[key_value_store.default]
type = "spin"
path = "stores/values.db"
[sqlite_database.default]
type = "spin"
[[variables_provider]]
type = "static"
values = { greeting = "of settings", host = "of settings", unknown = "to this app" }
[[variables_provider]]
type = "env"
prefix = "MY"
"#;

#[test]
fn settings_say_where_things_are() {
  let Some(app) = app() else { return };
  app.write("settings/runtime.toml", SETTINGS.as_bytes());
  let flags = ["--runtime-config-file", "settings/runtime.toml", "--variable", "host=of flag"];
  let host = up(&app, &flags);
  assert_eq!(post(&host, "/keep", "value"), r#"value ["kept"] false"#);
  post(&host, "/sql", "CREATE TABLE t (name TEXT)");
  assert_eq!(post(&host, "/variable", "all"), "of settings, of flag, mine");
  assert!(host.stop().success());
  assert!(app.path().join("settings/stores/values.db").is_file());
  assert!(!app.path().join(".spin").exists());
  // A database without a file goes with the app, a store with one does not.
  let host = up(&app, &flags);
  assert_eq!(post(&host, "/keep", "value"), r#"value ["kept"] false"#);
  post(&host, "/sql", "CREATE TABLE t (name TEXT)");
}

#[test]
fn settings_that_are_wrong_are_told_with_their_place() {
  let Some(app) = app() else { return };
  app.write("runtime.toml", b"[key_value_store.default]\ntype = 'azure_cosmos'\nkey = 'hush'\n[sqlite_databse.x]\n");
  let file = app.path().join("runtime.toml").display().to_string();
  let told = app.refused_with(&["--runtime-config-file", &file]);
  assert!(told.contains("runtime.toml:2:8: the key-value store `default`: plugbay has no Azure Cosmos DB"), "{told}");
  assert!(told.contains("`sqlite_databse`; did you mean `sqlite_database`?") && !told.contains("hush"), "{told}");
  assert!(app.refused_with(&["--runtime-config-file", "none.toml"]).contains("none.toml: "));
}

#[test]
fn variables_may_be_in_vault() {
  let Some(app) = app() else { return };
  let provider = |token: &str| {
    let url = vault();
    format!(
      "[[variables_provider]]\ntype = 'vault'\nurl = '{url}'\ntoken = '{token}'\nmount = 'secret'\nprefix = 'app'\n"
    )
  };
  app.write("runtime.toml", provider("hvs.hush").as_bytes());
  let host = up(&app, &["--runtime-config-file", "runtime.toml"]);
  assert_eq!(post(&host, "/variable", "all"), "by default, by default, from vault");
  app.write("runtime.toml", provider("hvs.wrong").as_bytes());
  let file = app.path().join("runtime.toml").display().to_string();
  let told = app.refused_with(&["--runtime-config-file", &file]);
  assert!(told.contains("Vault") && told.contains("does not let the host read this"), "{told}");
  assert!(!told.contains("hvs."), "{told}");
}

#[test]
fn a_store_may_be_in_redis() {
  let Some(mut server) = RedisServer::start() else { return };
  let Some(app) = app() else { return };
  let url = server.url().replace("redis://", "redis://stranger:hush@");
  app.write("runtime.toml", format!("[key_value_store.default]\ntype = 'redis'\nurl = '{url}'\n").as_bytes());
  let flags = ["--runtime-config-file", "runtime.toml", "--key-value", "given=1"];
  let file = app.path().join("runtime.toml").display().to_string();
  let told = app.refused_with(&["--runtime-config-file", &file, "--key-value", "given=1"]);
  assert!(told.contains("--key-value given: the key-value store default cannot be reached"), "{told}");
  assert!(!told.contains("hush"), "{told}");
  app
    .write("runtime.toml", format!("[key_value_store.default]\ntype = 'redis'\nurl = '{}'\n", server.url()).as_bytes());
  let host = up(&app, &flags);
  assert_eq!(post(&host, "/keep", "value"), r#"value ["given", "kept"] false"#);
  server.stop();
  assert_eq!(host.ask("POST", "/keep", &[], b"value").status, 500);
  server.start_again();
  assert_eq!(post(&host, "/keep", "value"), r#"value ["kept"] false"#);
}

/// Of a component: to servers that its manifest names.
#[test]
fn components_connect_to_what_their_manifest_names() {
  let Some(server) = RedisServer::start() else { return };
  let Some(app) = app() else { return };
  let ask = |hosts: &str, address: &str| {
    let grant = format!("[component.front]\nallowed_outbound_hosts = [{hosts}]");
    app.write("spin.toml", MANIFEST.replace("[component.front]", &grant).as_bytes());
    let host = up(&app, &[]);
    let answer = host.ask("POST", "/redis", &[], address.as_bytes()).text();
    if answer.contains("InvalidAddress") {
      host.says("to allowed_outbound_hosts of component front");
    }
    answer
  };
  let (named, port) = (server.url(), server.port);
  let quoted = format!("{named:?}");
  assert_eq!(ask(&quoted, &named), "1");
  assert_eq!(ask(&format!("\"redis://localhost:*\", \"redis://*:{port}\""), &named), "2");
  assert_eq!(ask(&format!("\"redis://*:{port}\", \"redis://127.0.0.0/8:{port}\""), &named), "3");
  // A private address must be named; so must the port and the scheme.
  for hosts in [format!("\"redis://*:{port}\""), "\"redis://localhost:1\"".into(), "\"http://localhost:*\"".into()] {
    let answer = ask(&hosts, &named);
    assert!(answer.contains("InvalidAddress"), "{hosts}: {answer}");
  }
  let answer = ask(&quoted, &named.replace("localhost", "localhost@127.0.0.1"));
  assert!(answer.contains("InvalidAddress"), "the name is that of a user: {answer}");
}
