//! How the bodies of answers are delimited, whatever handlers say of that.

use std::io::Read;

use super::host::Answer;
use super::host::App;
use super::host::Host;
use crate::harness::build_guests;
use crate::harness::builds_wasi_guests;

const MANIFEST: &str = r#"
  [app]
  name = "site"
  [[trigger.http]]
  route = "/..."
  component = "script"
  [[trigger.http]]
  route = "/fixed"
  static_response = { status_code = 204, headers = { content-length = "9", connection = "x" }, body = "fixed" }
  [component.script]
  source = "handler.js"
  kind = "javascript"
  allowed_outbound_hosts = ["http://*.spin.internal"]
"#;

/// Each answers what a request asks for: `x-status`, `x-headers` and `x-body`, which is a stream with `x-streamed`. The
/// script asks another where `x-ask` says so.
const HANDLER: &str = r#"
  export default {
    async fetch(request) {
      const of = (name) => request.headers.get(name) ?? "";
      const url = of("x-ask");
      if (url !== "") {
        const headers = new Headers(request.headers);
        headers.delete("x-ask");
        const answer = await fetch(url, { headers });
        return new Response(`${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`);
      }
      const pieces = of("x-body").split("|");
      const text = pieces.join("");
      const stream = () => ReadableStream.from(pieces.map((piece) => new TextEncoder().encode(piece)));
      const headers = of("x-headers").split("|").filter((header) => header !== "").map((header) => header.split("="));
      const status = Number(of("x-status") || "200");
      const body = [204, 205, 304].includes(status) ? null : of("x-streamed") === "" ? text : stream();
      return new Response(body, { status, headers });
    },
  };
"#;

fn app(more: &str) -> App {
  of_plugins(more, &[])
}

fn of_plugins(more: &str, plugins: &[&str]) -> App {
  let app = App::of_plugins(&format!("{MANIFEST}{more}"), plugins);
  app.write("handler.js", HANDLER.as_bytes());
  app
}

fn of_script() -> (App, Host) {
  let app = app("");
  let host = app.up();
  (app, host)
}

/// With the native plugin at `/framed`.
fn of_native() -> (App, Host) {
  let native = r#"
    [[trigger.http]]
    route = "/framed"
    component = "native"
    [component.native]
    source = "http_plugin.so"
    kind = "native"
  "#;
  let app = of_plugins(native, &["http_plugin"]);
  let host = Host::start(app.command_of_plugins(2));
  (app, host)
}

/// With the component at `/framed`.
fn of_component() -> (App, Host) {
  let app = app(
    r#"
      [[trigger.http]]
      route = "/framed"
      component = "guest"
      [component.guest]
      source = "guest.wasm"
    "#,
  );
  let module = build_guests("wasm32-wasip1", &["http_guest"]).join("http_guest.wasm");
  app.write("guest.wasm", &std::fs::read(module).expect("it was built"));
  let host = app.up();
  (app, host)
}

const WHOLE: bool = false;
const STREAMED: bool = true;

fn ask(host: &Host, method: &str, status: u16, headers: &str, body: (bool, &str)) -> Answer {
  let (is_streamed, pieces) = body;
  let mut asked = vec![format!("x-status: {status}"), format!("x-headers: {headers}"), format!("x-body: {pieces}")];
  if is_streamed {
    asked.push("x-streamed: yes".to_string());
  }
  host.ask(method, "/framed", &asked.iter().map(String::as_str).collect::<Vec<_>>(), b"")
}

/// What any handler may say.
fn check(host: &Host) {
  // How long it is: content-length, whether it is chunked, and the body.
  let told = |method: &str, status: u16, headers: &str, body: (bool, &str)| {
    let answer = ask(host, method, status, headers, body);
    assert_eq!(answer.status, status, "{headers}");
    assert!(answer.headers.iter().filter(|line| line.starts_with("content-length: ")).count() < 2, "{answer:?}");
    let length = answer.header("content-length").map(str::to_string);
    (length, answer.header("transfer-encoding").is_some(), answer.text())
  };
  let sized = |length: &str, text: &str| (Some(length.to_string()), false, text.to_string());
  let nothing = || (None, false, String::new());
  assert_eq!(told("GET", 200, "", (WHOLE, "hello")), sized("5", "hello"));
  assert_eq!(told("GET", 200, "content-length=5", (STREAMED, "hel|lo")), sized("5", "hello"));
  assert_eq!(told("GET", 200, "", (STREAMED, "hel|lo")), (None, true, "hello".to_string()));
  // One that is another is no whole body.
  for pieces in ["hel|lo!", "hel", "hel|lo!|!"] {
    let headers = ["x-headers: content-length=5", &format!("x-body: {pieces}"), "x-streamed: yes"];
    let mut sent = Vec::new();
    host.send("GET", "/framed", &headers, b"").0.read_to_end(&mut sent).expect("the connection is closed");
    let sent = String::from_utf8_lossy(&sent).to_ascii_lowercase();
    // Its head may not have left yet.
    let (head, body) = sent.split_once("\r\n\r\n").unwrap_or(("content-length: 5", ""));
    assert!(head.contains("content-length: 5") && !head.contains("transfer-encoding"), "{pieces}: {head}");
    assert!(body.len() < 5, "{pieces}: {body}");
  }
  for body in [(WHOLE, "hello"), (STREAMED, "hel|lo")] {
    assert_eq!(told("GET", 204, "content-length=5", body), nothing());
    assert_eq!(told("GET", 205, "content-length=5", body), sized("0", ""));
    let (_, is_chunked, body) = told("GET", 304, "content-length=5", body);
    assert_eq!((is_chunked, body.as_str()), (false, ""));
  }
  // That of an answer to GET.
  assert_eq!(told("HEAD", 200, "content-length=5", (WHOLE, "")), sized("5", ""));
  assert_eq!(told("HEAD", 200, "", (WHOLE, "hello")), sized("5", ""));
  assert_eq!(told("HEAD", 200, "content-length=5", (STREAMED, "hel|lo")), sized("5", ""));
  assert_eq!(told("HEAD", 204, "content-length=5", (WHOLE, "")), nothing());
}

/// What those may say who are not told at once that it is wrong.
fn check_odd(host: &Host) {
  for length in ["3", "9", "0", "x", "5, 5", "+5", "5|content-length=6"] {
    let answer = ask(host, "GET", 200, &format!("content-length={length}"), (WHOLE, "hello"));
    assert_eq!((answer.header("content-length"), answer.text().as_str()), (Some("5"), "hello"), "{length}");
    let answer = ask(host, "GET", 200, &format!("content-length={length}"), (WHOLE, ""));
    assert_eq!((answer.header("content-length"), answer.text().as_str()), (Some("0"), ""), "{length}");
  }
  for length in ["x", "5, 5", "+5", "5|content-length=6"] {
    let answer = ask(host, "GET", 200, &format!("content-length={length}"), (STREAMED, "hel|lo"));
    let told = (answer.header("content-length"), answer.header("transfer-encoding"), answer.text());
    assert_eq!(told, (None, Some("chunked"), "hello".to_string()), "{length}");
  }
  let of_connection = "connection=x-mine|keep-alive=1|proxy-connection=x|upgrade=h2c|x-mine=1";
  for encoding in ["gzip", "chunked", "identity"] {
    for body in [(WHOLE, "hello"), (STREAMED, "hel|lo")] {
      let headers = format!("transfer-encoding={encoding}|content-length=5|{of_connection}");
      let answer = ask(host, "GET", 200, &headers, body);
      assert_eq!((answer.header("content-length"), answer.text().as_str()), (Some("5"), "hello"), "{answer:?}");
      assert_eq!((answer.header("transfer-encoding"), answer.header("connection")), (None, Some("close")));
      for name in ["keep-alive", "proxy-connection", "upgrade"] {
        assert_eq!(answer.header(name), None, "{answer:?}");
      }
    }
  }
}

#[test]
fn an_answer_of_a_script_is_as_long_as_it_says() {
  let (_app, host) = of_script();
  check(&host);
  check_odd(&host);
}

#[test]
fn an_answer_of_a_native_plugin_is_as_long_as_it_says() {
  let (_app, host) = of_native();
  check(&host);
  check_odd(&host);
  // So it is for another component.
  let asked = |status: &str, headers: &str, more: &str| {
    let asked = [
      "x-ask: http://native.spin.internal/framed",
      &format!("x-status: {status}"),
      &format!("x-headers: {headers}"),
      "x-body: hello",
      more,
    ];
    host.ask("GET", "/", &asked, b"").text()
  };
  let told = asked("200", "transfer-encoding=chunked|content-length=3|connection=x", "x-other: 1");
  assert!(told.starts_with("200 ") && told.ends_with(" hello"), "{told}");
  for name in ["transfer-encoding", "connection", "content-length\",\"3"] {
    assert!(!told.contains(name), "{told}");
  }
  let told = asked("204", "content-length=5", "x-streamed: yes");
  assert!(told.starts_with("204 ") && told.ends_with(' ') && !told.contains("content-length"), "{told}");
}

#[test]
fn an_answer_of_a_component_is_as_long_as_it_says() {
  if builds_wasi_guests() {
    let (_app, host) = of_component();
    check(&host);
  }
}

/// A command that writes an answer.
fn command(answer: &str) -> Vec<u8> {
  let (length, escaped) = (answer.len(), answer.replace('\n', "\\n"));
  let text = format!(
    r#"(module
      (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
      (memory (export "memory") 1)
      (data (i32.const 100) "{escaped}")
      (func (export "_start")
        (i32.store (i32.const 0) (i32.const 100))
        (i32.store (i32.const 4) (i32.const {length}))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))"#
  );
  wat::parse_str(text).expect("it is a module")
}

#[test]
fn an_answer_of_a_command_or_of_the_manifest_is_as_long_as_it_is() {
  let of = |name: &str| {
    format!(
      r#"
        [[trigger.http]]
        route = "/{name}"
        component = "{name}"
        executor = {{ type = "wagi" }}
        [component.{name}]
        source = "{name}.wasm"
      "#
    )
  };
  let app = app(&["says", "empty", "early"].map(of).concat());
  let head = "content-length: 3\ntransfer-encoding: chunked\nconnection: x\ncontent-type: text/plain\n\nhello";
  app.write("says.wasm", &command(head));
  app.write("empty.wasm", &command(&format!("status: 204\n{head}")));
  app.write("early.wasm", &command(&format!("status: 101\n{head}")));
  let host = app.up();
  let answer = host.get("/says");
  assert_eq!((answer.header("content-length"), answer.text().as_str()), (Some("5"), "hello"));
  assert_eq!((answer.header("transfer-encoding"), answer.header("connection")), (None, Some("close")));
  for path in ["/empty", "/fixed"] {
    let answer = host.get(path);
    assert_eq!((answer.status, answer.text().as_str()), (204, ""), "{path}");
    assert_eq!((answer.header("content-length"), answer.header("transfer-encoding")), (None, None), "{path}");
  }
  // No answer begins before the answer.
  assert_eq!(host.get("/early").status, 500);
  host.says("101");
}
