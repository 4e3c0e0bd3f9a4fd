//! What components may reach of the network, and what not whatever leads there.

use super::host::App;
use super::host::Host;
use crate::components_http::serve;
use crate::harness::build_guests;
use crate::harness::builds_wasi_guests;

const FETCHES: &str = r#"
  export default {
    async fetch(request) {
      try {
        const answer = await fetch(request.headers.get("x-url"));
        return new Response(`${answer.status} ${await answer.text()}`);
      } catch (error) {
        return new Response(`failed: ${error.message}`);
      }
    },
  };
"#;

/// An app whose one component asks for what the header x-url says.
fn up(source: &str, kind: &str, hosts: &[&str], file: &[u8]) -> (App, Host) {
  let manifest = format!(
    r#"
      [app]
      name = "site"
      [[trigger.http]]
      route = "/fetch"
      component = "asks"
      [[trigger.http]]
      route = "/fixed/..."
      static_response = {{ body = "fixed" }}
      [component.asks]
      source = "{source}"
      kind = "{kind}"
      allowed_outbound_hosts = {hosts:?}
    "#
  );
  let app = App::new(&[("plugbay.toml", &manifest)]);
  app.write(source, file);
  let host = app.up();
  (app, host)
}

fn asks(host: &Host, url: &str) -> String {
  host.ask("GET", "/fetch", &[&format!("x-url: {url}")], b"").text()
}

#[test]
fn a_module_reaches_no_private_address_that_is_not_named() {
  let (server, other) = (serve(), serve());
  let moved = format!("http://{server}/moved");
  let (_app, host) = up("asks.js", "javascript", &["*://*:*"], FETCHES.as_bytes());
  let port = server.port();
  for url in [
    format!("http://{server}/"),
    format!("http://localhost:{port}/"),
    format!("http://[::ffff:127.0.0.1]:{port}/"),
    format!("http://[::1]:{port}/"),
    format!("http://[fd00::1]:{port}/"),
    format!("http://2130706433:{port}/"),
    "http://169.254.169.254/latest/meta-data".to_string(),
  ] {
    let answer = asks(&host, &url);
    assert!(answer.starts_with("failed: ") && answer.contains("that is not public"), "{url}: {answer}");
  }
  let (_app, host) = up("asks.js", "javascript", &[&format!("http://{server}")], FETCHES.as_bytes());
  assert!(asks(&host, &moved).starts_with("200 "), "the address is named");
  let answer = asks(&host, &format!("http://{other}/"));
  assert!(answer.starts_with("failed"), "{answer}");
}

#[test]
fn a_component_reaches_no_private_address_that_is_not_named() {
  if !builds_wasi_guests() {
    return;
  }
  let module = build_guests("wasm32-wasip1", &["http_guest"]).join("http_guest.wasm");
  let module = std::fs::read(module).expect("it was built");
  let server = serve();
  let port = server.port();
  let (_app, host) = up("asks.wasm", "wasm", &["*://*:*"], &module);
  for url in [
    format!("http://{server}/"),
    format!("http://localhost:{port}/"),
    format!("http://[::ffff:127.0.0.1]:{port}/"),
    format!("http://[::1]:{port}/"),
    format!("http://2130706433:{port}/"),
    "http://169.254.169.254/latest/meta-data".to_string(),
  ] {
    let answer = asks(&host, &url);
    assert!(answer.contains("DestinationIpProhibited"), "{url}: {answer}");
  }
  host.says("that is not public");
  let (_app, host) = up("asks.wasm", "wasm", &["http://127.0.0.1:*"], &module);
  assert!(asks(&host, &format!("http://{server}/")).starts_with("200 "), "the address is named");
  // What leads there by a name is not what is named.
  assert!(asks(&host, &format!("http://localhost:{port}/")).contains("HttpRequestDenied"));
}

#[test]
fn a_component_asks_its_own_app() {
  if !builds_wasi_guests() {
    return;
  }
  let module = build_guests("wasm32-wasip1", &["http_guest"]).join("http_guest.wasm");
  let module = std::fs::read(module).expect("it was built");
  let (_app, host) = up("asks.wasm", "wasm", &["http://self"], &module);
  assert_eq!(asks(&host, "http://self/fixed/any"), "200 fixed");
  assert!(asks(&host, "http://self/none").starts_with("404"));
  assert!(asks(&host, "http://example.com/").contains("HttpRequestDenied"));
  let (_app, host) = up("asks.wasm", "wasm", &["http://example.com"], &module);
  assert!(asks(&host, "http://self/fixed/any").contains("HttpRequestDenied"));
  host.says("\"http://self\"");
}
