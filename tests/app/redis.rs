//! The Redis trigger: guests of Spin's SDKs, beside a real server.

use std::path::Path;

use super::host::App;
use super::host::Host;
use super::host::until;
use crate::components_http::build_spin_redis;
use crate::harness::build_guests;
use crate::harness::builds_wasi_guests;
use crate::redis_server::RedisServer;

const MANIFEST: &str = r#"
spin_manifest_version = 2

[application]
name = "queue"
[application.trigger.redis]
address = "redis://localhost:{{ port }}"

[variables]
port = { default = "1" }
channel = { default = "orders" }

[[trigger.http]]
route = "/"
static_response = { body = "here" }

[[trigger.redis]]
channel = "{{ channel }}"
component = "first"

[[trigger.redis]]
channel = "orders"
address = "redis://localhost:{{ port }}"
component = "second"

[component.first]
source = "app.wasm"
key_value_stores = ["default"]

[component.second]
source = "app.wasm"
key_value_stores = ["default"]
"#;

fn app(module: &Path) -> App {
  let app = App::new(&[("spin.toml", MANIFEST)]);
  app.write("app.wasm", &std::fs::read(module).expect("it was built"));
  app
}

fn up(app: &App, port: u16) -> Host {
  let mut command = app.command();
  command.args(["--variable", &format!("port={port}")]);
  Host::start(command)
}

#[test]
fn messages_go_to_every_component_of_their_channel() {
  if !builds_wasi_guests() {
    return;
  }
  let Some(server) = RedisServer::start() else { return };
  for module in build_spin_redis() {
    let app = app(&module);
    let host = up(&app, server.port);
    host.says("the trigger redis is ready");
    assert_eq!(host.get("/").text(), "here", "both triggers are served");
    assert_eq!(server.publish("orders", "one"), 1, "one connection, whatever calls");
    for said in [host.says("message 1: one"), host.says("message 2: one")] {
      assert!(has_id(&said), "{said}");
    }
    assert_eq!(server.publish("others", "none"), 0);
    // One that fails keeps no other from coming.
    for (bad, told) in [("fail", "it was asked to fail"), ("trap", "unreachable")] {
      server.publish("orders", bad);
      host.says(told);
    }
    server.publish("orders", "two");
    host.says("message 3: two");
    host.says("message 4: two");
    assert!(host.stop().success());
  }
}

/// Whether a line says which message it is of.
fn has_id(line: &str) -> bool {
  line.split(" | ").next().and_then(|label| label.split(' ').nth(1)).is_some_and(|id| id.len() == 36)
}

#[test]
fn an_app_of_before_components_takes_messages() {
  if !builds_wasi_guests() {
    return;
  }
  let Some(server) = RedisServer::start() else { return };
  let module = build_guests("wasm32-wasip1", &["spin_0"]).join("spin_0.wasm");
  let host = up(&app(&module), server.port);
  host.says("the trigger redis is ready");
  server.publish("orders", "old");
  let said = host.says("message: old");
  assert!(has_id(&said), "{said}");
  server.publish("orders", "fail");
  host.says("has failed at a message");
  server.publish("orders", "older");
  host.says("message: older");
}

#[test]
fn a_server_that_goes_away_is_listened_to_when_it_is_back() {
  if !builds_wasi_guests() {
    return;
  }
  let Some(server) = RedisServer::start() else { return };
  let port = server.port;
  let app = app(&build_spin_redis()[1]);
  let host = up(&app, port);
  host.says("the trigger redis is ready");
  drop(server);
  host.says("the trigger redis is not ready");
  host.says("it is tried again in 1 s");
  host.says("it is tried again in 2 s");
  assert_eq!(host.get("/").text(), "here");
  // Nobody else may have taken the port meanwhile.
  let Some(server) = RedisServer::start_at(port) else { return };
  host.says("the trigger redis is ready");
  server.publish("orders", "again");
  host.says("message 1: again");
  assert!(host.stop().success());
}

#[test]
fn a_message_that_is_being_taken_is_taken_before_the_end() {
  if !builds_wasi_guests() {
    return;
  }
  let Some(server) = RedisServer::start() else { return };
  let host = up(&app(&build_spin_redis()[1]), server.port);
  host.says("the trigger redis is ready");
  server.publish("orders", "wait");
  host.says("it waits");
  host.signal("TERM");
  host.says("message 1: wait");
  // The other component has its turn too.
  host.says("message 2: wait");
  let mut host = host;
  assert!(host.wait().success());
}

#[test]
fn a_reload_listens_to_other_channels() {
  if !builds_wasi_guests() {
    return;
  }
  let Some(server) = RedisServer::start() else { return };
  let app = app(&build_spin_redis()[1]);
  let host = up(&app, server.port);
  host.says("the trigger redis is ready");
  app.write("spin.toml", MANIFEST.replace("\"orders\"", "\"returns\"").as_bytes());
  host.signal("HUP");
  host.says_all(&["reloaded", "the trigger redis is ready"]);
  // The old connection is closed a little later.
  until("nobody listens to the old channel", || server.listeners("orders") == 0);
  server.publish("returns", "back");
  host.says("message 1: back");
  assert!(host.stop().success());
}

#[test]
fn what_is_no_server_or_takes_no_messages_is_told() {
  let manifest = MANIFEST.replace("redis://localhost:{{ port }}", "redis+unix://me:secret@localhost");
  let app = App::new(&[("spin.toml", &manifest), ("app.wat", "(module)")]);
  app.write("app.wasm", &wat::parse_str("(module)").expect("it is a module"));
  let told = app.refused();
  assert!(told.contains("component first") && told.contains("fermyon:spin/inbound-redis"), "{told}");
  let both = format!("{MANIFEST}\n[[trigger.http]]\nroute = \"/first\"\ncomponent = \"first\"\n");
  let told = App::new(&[("spin.toml", &both), ("app.wasm", "")]).refused();
  assert!(told.contains("component first: its triggers call it in several ways"), "{told}");
  if !builds_wasi_guests() {
    return;
  }
  app.write("app.wasm", &std::fs::read(&build_spin_redis()[1]).expect("it was built"));
  let told = app.refused();
  assert!(told.contains("first-redis-trigger: address") && !told.contains("secret"), "{told}");
}

const HANDLER: &str = r#"
  export default {
    async redis(message, env, context) {
      const { channel, payload } = message, text = message.text();
      if (text === "fail") throw new Error("it was asked to fail");
      if (text === "wait") await new Promise((go) => setTimeout(go, 1));
      const store = env.keyValue("default"), count = Number(await store.getText("count")) + 1;
      await store.set("count", `${count}`);
      console.error(`message ${count} of ${channel}: ${text}, ${payload instanceof Uint8Array} ${payload.length}`);
      context.waitUntil(Promise.resolve().then(() => console.error(`after ${count}`)));
    },
  };
"#;

#[test]
fn a_module_takes_messages() {
  let Some(server) = RedisServer::start() else { return };
  let manifest = format!(
    r#"
      [app]
      name = "queue"
      [app.trigger.redis]
      address = "{}"
      [[trigger.http]]
      route = "/"
      static_response = {{ body = "here" }}
      [[trigger.redis]]
      channel = "orders"
      component = "script"
      [[trigger.redis]]
      channel = "returns/100%ä"
      component = "script"
      [component.script]
      source = "handler.js"
      key_value_stores = ["default"]
    "#,
    server.url()
  );
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", HANDLER)]);
  let poisoned = App::new(&[("plugbay.toml", &manifest.replace("handler.js", "entry.js")), ("handler.js", HANDLER)]);
  poisoned.write_poisoned("handler.js");
  for app in [app, poisoned] {
    let host = app.up();
    host.says("the trigger redis is ready");
    server.publish("orders", "one");
    host.says("message 1 of orders: one, true 3");
    host.says("after 1");
    server.publish("returns/100%ä", "wait");
    host.says("message 2 of returns/100%ä: wait, true 4");
    server.publish("orders", "fail");
    host.says("it was asked to fail");
    server.publish("orders", "two");
    host.says("message 3 of orders: two");
    let said = host.end();
    assert!(!said.contains("POISONED"), "{said}");
  }
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", "export default { fetch() {} };")]);
  let told = app.refused();
  assert!(told.contains("component script") && told.contains("it exports no function redis"), "{told}");
}
