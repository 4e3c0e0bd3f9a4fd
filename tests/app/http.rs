//! What becomes of a request.

use super::host::App;
use super::host::Host;
use crate::harness::builds_wasi_guests;
use crate::harness::fixtures;
use crate::harness::text_modules;

const HANDLER: &str = r#"
  const said = new TextEncoder();
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/js/throw") throw new Error("it was asked to");
      if (pathname === "/js/nothing") return undefined;
      if (pathname === "/js/never") await new Promise(() => {});
      if (pathname === "/js/lies") return new Response("hello", { headers: { "content-length": "3", connection: "x" } });
      if (pathname === "/js/pieces") {
        let count = 0;
        const pieces = new ReadableStream({
          async pull(controller) {
            await new Promise((go) => setTimeout(go, 10));
            if (count === 3) controller.close();
            else controller.enqueue(said.encode(`piece ${count++} `));
          },
        });
        return new Response(pieces, { status: 201 });
      }
      if (pathname === "/js/broken") {
        return new Response(new ReadableStream({
          start(controller) {
            controller.enqueue(said.encode("begun"));
            controller.error(new Error("it breaks off"));
          },
        }));
      }
      const told = ["spin-full-url", "spin-path-info", "spin-matched-route", "spin-client-addr", "x-mine"];
      const headers = told.map((name) => request.headers.get(name)).join(" ");
      return new Response(`${request.method} ${request.url} ${headers} ${await request.text()}`, {
        headers: [["x-answer", "yes"], ["set-cookie", "a=1"], ["set-cookie", "b=2"]],
      });
    },
  };
"#;

fn app() -> App {
  let manifest = r#"
    [app]
    name = "site"
    version = "1.2.3"

    [[trigger.http]]
    route = "/js/..."
    component = "script"

    [[trigger.http]]
    route = "/fixed"
    static_response = { status_code = 418, headers = { "x-fixed" = "yes" }, body = "short and stout" }

    [component.script]
    source = "handler.js"
    kind = "javascript"
  "#;
  App::new(&[("plugbay.toml", manifest), ("handler.js", HANDLER)])
}

#[test]
fn a_module_of_javascript_answers_requests() {
  let host = app().up();
  let answer = host.ask("POST", "/js/a/b?c=1", &["x-mine: my own", "spin-path-info: /forged"], b"a body");
  assert_eq!(answer.status, 200);
  let text = answer.text();
  assert!(
    text.starts_with("POST http://app.example/js/a/b?c=1 http://app.example/js/a/b?c=1 /a/b /js/... 127.0.0.1:")
      && text.ends_with(" my own a body"),
    "{text}"
  );
  assert_eq!(answer.header("x-answer"), Some("yes"));
  assert_eq!(answer.headers.iter().filter(|line| line.starts_with("set-cookie: ")).count(), 2);
  let pieces = host.get("/js/pieces");
  assert_eq!((pieces.status, pieces.text()), (201, "piece 0 piece 1 piece 2 ".to_string()));
  let lies = host.get("/js/lies");
  assert_eq!(
    (lies.text(), lies.header("content-length"), lies.header("connection")),
    ("hello".to_string(), Some("5"), Some("close"))
  );
  for path in ["/js/throw", "/js/nothing"] {
    assert_eq!(host.get(path).status, 500, "{path}");
  }
  host.says("it was asked to");
  host.says("gave no Response");
  // It goes on.
  assert_eq!(host.get("/js/").status, 200);
  assert!(host.stop().success());
}

#[test]
fn what_a_component_writes_at_once_is_sent_whole_and_the_rest_as_it_comes() {
  if !builds_wasi_guests() {
    return;
  }
  for keys in ["", "stateless = false"] {
    let host = App::of_guest(keys).up();
    // Those of a component that is slow at first are sent as they come.
    let whole = (0..50).map(|_| host.get("/hello")).find(|answer| answer.header("content-length") == Some("5"));
    assert_eq!(whole.map(|answer| answer.text()).as_deref(), Some("hello"), "{keys}");
    for path in ["/later", "/busy"] {
      assert_eq!(host.get(path).header("transfer-encoding"), Some("chunked"), "{path}");
    }
  }
}

/// As many as a lane takes at once.
#[test]
fn requests_that_are_never_answered_hold_no_lane_for_ever() {
  let app = app();
  let host = Host::start(app.command_of(1));
  let never = (0..64).map(|_| host.send("GET", "/js/never", &[], b"")).collect::<Vec<_>>();
  for sent in never {
    assert_eq!(sent.answer().status, 500);
  }
  assert_eq!(host.get("/js/").status, 200);
}

#[test]
fn what_must_be_one_is_one() {
  let manifest = r#"
    [app]
    name = "count"
    [[trigger.http]]
    route = "/..."
    component = "counter"
    [component.counter]
    source = "counter.js"
    kind = "javascript"
    instances = 1
  "#;
  let counter = "let count = 0; export const fetch = () => new Response(`${++count}`);";
  let host = App::new(&[("plugbay.toml", manifest), ("counter.js", counter)]).up();
  let counts = (0..8).map(|_| host.get("/").text()).collect::<Vec<_>>();
  assert_eq!(counts, ["1", "2", "3", "4", "5", "6", "7", "8"]);
}

#[test]
fn the_host_answers_what_is_its_own() {
  let host = app().up();
  let fixed = host.get("/fixed");
  assert_eq!((fixed.status, fixed.header("x-fixed"), fixed.text()), (418, Some("yes"), "short and stout".to_string()));
  assert_eq!(host.get("/.well-known/spin/health").text(), "OK");
  let info = host.get("/.well-known/spin/info").text();
  assert!(info.contains("\"site\"") && info.contains("1.2.3"), "{info}");
  for path in ["/", "/fixed/more", "/.well-known/spin/other"] {
    assert_eq!(host.get(path).status, 404, "{path}");
  }
}

/// What a client does that is not one of HTTP's.
#[test]
fn bad_requests_end_their_connection_alone() {
  use std::io::Read;
  use std::io::Write;
  let host = app().up();
  let say = |text: &[u8]| {
    let mut stream = std::net::TcpStream::connect(host.address).expect("it listens");
    stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).expect("a time-out can be set");
    // It may hang up while this writes.
    let _ = stream.write_all(text);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
  };
  let long = [b"GET /js/ HTTP/1.1\r\nhost: x\r\nx-long: ".as_slice(), &vec![b'a'; 200_000], b"\r\n\r\n"].concat();
  let many = format!("GET /js/ HTTP/1.1\r\nhost: x\r\n{}\r\n", "x: y\r\n".repeat(1000));
  let both = b"POST /js/ HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /js/ HTTP/1.1\r\n\r\n";
  let bad: [&[u8]; 5] = [b"nonsense\r\n\r\n", b"GET /js/ HTTP/1.1\r\nbad header\r\n\r\n", &long, many.as_bytes(), both];
  for text in bad {
    let answer = say(text);
    let shown = String::from_utf8_lossy(&text[..text.len().min(60)]).into_owned();
    assert!(!answer.contains(" 200 ") || text == both, "{shown}: {answer}");
  }
  assert!(say(b"GET /js/ HTTP/1.1\r\nconnection: close\r\n\r\n").contains(" 400 "), "no host");
  assert_eq!(host.get("/js/").status, 200);
}

/// A command of CGI, for whom the request is environment and input.
#[test]
fn a_command_answers_by_wagi() {
  text_modules();
  let manifest = r#"
    spin_manifest_version = 2
    [application]
    name = "commands"
    [[trigger.http]]
    route = "/cgi/..."
    component = "command"
    executor = { type = "wagi" }
    [[trigger.http]]
    route = "/silent"
    component = "silent"
    executor = { type = "wagi" }
    [component.command]
    source = "wagi.wasm"
    [component.silent]
    source = "silent.wasm"
  "#;
  let app = App::new(&[("spin.toml", manifest)]);
  for name in ["wagi.wasm", "silent.wasm"] {
    let module = std::fs::read(fixtures().join("guests").join(name)).expect("it was made");
    app.write(name, &module);
  }
  let host = app.up();
  let answer = host.ask("POST", "/cgi/more?x=1&y=2", &[], b"the input");
  assert_eq!((answer.status, answer.header("content-type")), (201, Some("text/plain")));
  let text = answer.text();
  for line in ["PATH_INFO=/more", "REQUEST_METHOD=POST", "QUERY_STRING=x=1&y=2", "the input", "/cgi/more"] {
    assert!(text.contains(line), "{line}: {text}");
  }
  assert_eq!(host.get("/silent").status, 500);
  host.says("it wrote nothing to standard output");
}
