//! What a request is called, from the client to the log and to other servers.

use std::io::Read;

use serde_json::Value;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use crate::components_http::serve;
use crate::harness::builds_wasi_guests;

const HANDLER: &str = r#"
  export default {
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/throw") throw new Error("it was asked to");
      return new Response(request.headers.get("x-request-id"));
    },
  };
"#;

#[test]
fn a_request_is_called_the_same_everywhere() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", HANDLER)]);
  let mut command = app.command();
  command.args(["--log-format", "json"]);
  let host = Host::start(command);
  let answer = host.ask("GET", "/", &["x-request-id: order-17"], b"");
  assert_eq!((answer.text().as_str(), answer.header("x-request-id")), ("order-17", Some("order-17")));
  let logged = serde_json::from_str::<Value>(&host.says("\"answered\"")).expect("it is JSON");
  for (name, expected) in [("request_id", "order-17"), ("path", "/"), ("method", "GET"), ("target", "access")] {
    assert_eq!(logged[name], expected, "{logged}");
  }
  assert_eq!(logged["status"], 200);
  // Others are made, one for each.
  let made = [host.get("/"), host.ask("GET", "/", &["x-request-id: a b"], b"")].map(|answer| answer.text());
  assert!(made[0] != made[1] && made.iter().all(|id| id.len() == 36), "{made:?}");
  assert_eq!(host.ask("GET", "/throw", &["x-request-id: order-18"], b"").status, 500);
  let logged = serde_json::from_str::<Value>(&host.says("it was asked to")).expect("it is JSON");
  assert_eq!(logged["request_id"], "order-18");
  let message = logged["message"].as_str().expect("there is one");
  assert!(message.contains("Error: it was asked to (file://") && message.contains("handler.js:"), "{message}");
}

/// Nor by what a handler throws.
#[test]
fn no_client_forges_a_line_of_the_log() {
  let handler = "export default { async fetch(request) { throw new Error(`no ${await request.text()}`); } };";
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", handler)]);
  let host = Host::start(app.command_of(1));
  let body = b"a\n2026-01-01T00:00:00Z  INFO access: answered\r\x1b[2J";
  assert_eq!(host.ask("POST", "/", &[], body).status, 500);
  let said = host.end();
  assert!(said.contains("Error: no a\n  | 2026-01-01T00:00:00Z  INFO access: answered\\r\\u{1b}[2J"), "{said}");
}

#[test]
fn whom_a_component_asks_is_told_what_the_request_is_called() {
  if !builds_wasi_guests() {
    return;
  }
  let server = serve();
  let app = App::of_guest(&format!("allowed_outbound_hosts = [\"http://{server}\"]"));
  let host = app.up();
  let answer = host.ask("GET", "/fetch", &["x-request-id: order-19", &format!("x-url: http://{server}/headers")], b"");
  assert!(answer.text().contains("x-request-id: order-19"), "{}", answer.text());
}

#[test]
fn whom_a_module_asks_is_told_what_its_own_request_is_called() {
  let server = serve();
  // Each asks when all are there, and again in what goes on after the answer.
  let handler = format!(
    r#"
      let left = 3, all;
      const are_there = new Promise((go) => all = go);
      const ask = async (init) => await (await fetch("http://{server}/headers", init)).text();
      export default {{
        async fetch(request) {{
          if (--left === 0) all();
          await are_there;
          const first = await ask();
          await new Promise((go) => setTimeout(go, 1));
          const others = [await ask(), await ask({{ headers: {{ "x-request-id": "its-own" }} }})];
          return new Response([first, ...others].join("--"));
        }},
      }};
    "#
  );
  let manifest = format!("{ONE_MODULE}  allowed_outbound_hosts = [\"http://{server}\"]\n");
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", &handler)]);
  let host = Host::start(app.command_of(1));
  let ids = ["order-1", "order-2", "order-3"];
  let sent = ids.map(|id| host.send("GET", "/", &[&format!("x-request-id: {id}")], b""));
  for (id, sent) in ids.iter().zip(sent) {
    let text = sent.answer().text();
    let told = text.split("--").map(|told| told.matches("x-request-id").count()).collect::<Vec<_>>();
    assert_eq!(told, [1, 1, 1], "{text}");
    assert_eq!(text.matches(&format!("x-request-id: {id}")).count(), 2, "{text}");
    assert!(text.ends_with("its-own") || text.contains("x-request-id: its-own"), "{text}");
  }
}

#[test]
fn what_a_component_prints_is_logged_with_its_request() {
  if !builds_wasi_guests() {
    return;
  }
  for kept in ["stateless = false\ninstances = 1", "stateless = true"] {
    let app = App::of_guest(kept);
    let mut command = app.command();
    command.args(["--log-format", "json"]);
    let host = Host::start(command);
    for id in ["order-20", "order-21"] {
      // It prints why it panics, and its answer breaks off.
      let _ = host.send("GET", "/trap", &[&format!("x-request-id: {id}")], b"").0.read_to_end(&mut Vec::new());
      let logged = serde_json::from_str::<Value>(&host.says("\"message\":\"in the middle\"")).expect("it is JSON");
      for (name, expected) in [("request_id", id), ("component", "guest"), ("stream", "stderr"), ("target", "print")] {
        assert_eq!(logged[name], expected, "{logged}");
      }
    }
  }
}
