//! Native plugins take messages of Redis: tests/fixtures/outbound_plugin.

use super::host::App;
use super::host::Host;
use super::host::until;
use crate::components_http::serve;
use crate::redis_server::RedisServer;

const MANIFEST: &str = r#"
  [app]
  name = "queue"
  [app.trigger.redis]
  address = "redis://localhost:{{ port }}"

  [variables]
  port = { default = "1" }
  server = { default = "127.0.0.1:1" }

  [[trigger.http]]
  route = "/..."
  component = "web"
  [[trigger.redis]]
  channel = "orders"
  component = "takes"
  [[trigger.redis]]
  channel = "grüße / 100%"
  component = "takes"

  [component.web]
  source = "outbound_plugin.so"
  kind = "native"
  key_value_stores = ["default"]
  [component.takes]
  source = "outbound_plugin.so"
  kind = "native"
  key_value_stores = ["default"]
  allowed_outbound_hosts = ["http://{{ server }}"]
"#;

#[test]
fn a_native_plugin_takes_messages() {
  let Some(server) = RedisServer::start() else { return };
  let app = App::of_plugins(MANIFEST, &["outbound_plugin"]);
  let other = serve();
  let mut command = app.command_of_plugins(2);
  command.args(["--variable", &format!("port={}", server.port)]);
  command.args(["--variable", &format!("server={other}")]);
  let host = Host::start(command);
  host.says("the trigger redis is ready");
  let kept = |channel: &str| host.ask("POST", "/kept", &[], channel.as_bytes()).text();
  server.publish("orders", "one");
  until("the message is taken", || kept("orders") == "1 Some(\"one\")");
  // What fails is in the log, and keeps no other from coming.
  for (bad, told) in [
    ("fail", "op \"redis\" of plugin outbound_plugin: it was asked to fail"),
    ("panic", "op \"redis\" of plugin outbound_plugin: panicked: it was asked to"),
    ("http://127.0.0.1:1/", "add \"http://127.0.0.1:1\" to allowed_outbound_hosts of component takes"),
  ] {
    server.publish("orders", bad);
    let line = host.says(told);
    assert!(line.contains("takes") && line.contains("request_id"), "{line}");
  }
  server.publish("orders", &format!("http://{other}/hello"));
  until("the message is taken", || kept("orders") == format!("2 Some(\"http://{other}/hello\")"));
  // Names of channels and payloads are any bytes of text.
  server.publish("\"gr\\xc3\\xbc\\xc3\\x9fe / 100%\"", "\"a\\x00b\"");
  until("the message is taken", || kept("grüße / 100%") == "1 Some(\"a\\0b\")");
  assert!(host.stop().success());
}

#[test]
fn a_plugin_that_takes_no_messages_is_refused() {
  let manifest = r#"
    [app]
    name = "queue"
    [[trigger.redis]]
    channel = "orders"
    address = "redis://localhost:1"
    component = "takes"
    [component.takes]
    source = "http_plugin.so"
    kind = "native"
  "#;
  let told = App::of_plugins(manifest, &["http_plugin"]).refused_with(&["--allow-plugin"]);
  assert!(
    told.contains("plugin http_plugin takes no messages of Redis: call interface.register_redis(handler)"),
    "{told}"
  );
}
