//! What clients say in the heads of their requests.

use std::io::Read;
use std::io::Write;

use super::connections::PREFACE;
use super::connections::frame;
use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;

const HANDLER: &str = r#"
  export default {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/ask") {
        const headers = { "x-request-id": "a b", "spin-forged": "yes", "spin-client-addr": "6.6.6.6:6" };
        const url = searchParams.get("url");
        return await fetch(url, { headers }).catch((error) => new Response(error.message));
      }
      return new Response(JSON.stringify([request.url, Object.fromEntries(request.headers)]));
    },
  };
"#;

fn app() -> App {
  let manifest = format!("{ONE_MODULE}allowed_outbound_hosts = [\"http://self\", \"http://*.spin.internal\"]\n");
  App::new(&[("plugbay.toml", &manifest), ("handler.js", HANDLER)])
}

/// The status of the answer to a request without its end.
fn status(host: &Host, head: &str) -> String {
  let mut stream = host.connect();
  stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).expect("it listens");
  let mut answer = Vec::new();
  stream.read_to_end(&mut answer).expect("it answers");
  String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap_or_default().to_string()
}

#[test]
fn a_host_that_no_url_has_is_refused() {
  let app = app();
  let host = Host::start(app.command_of(1));
  for good in ["a", "A.example:80", "127.0.0.1:3000", "[::1]:80", "a_b", "xn--mnchen-3ya.de", "a-b.c3", "3com.net"] {
    assert_eq!(status(&host, &format!("GET / HTTP/1.1\r\nhost: {good}\r\n")), "200", "{good}");
  }
  for bad in [
    "",
    "a b",
    "a@b",
    "a/b",
    "a:b",
    "a:99999",
    "1.2.3.4.5",
    "256.1.1.1",
    "a.999",
    "xn--a",
    "[::1",
    "[::g]",
    "a%00b",
    "a%20b",
    "%",
    "a|b",
    "a^b",
    "a<b",
    "b\u{e4}",
  ] {
    let status = status(&host, &format!("GET / HTTP/1.1\r\nhost: {bad}\r\n"));
    assert_eq!(status, "400", "{bad}");
  }
}

#[test]
fn so_many_headers_are_taken_and_no_more() {
  let app = app();
  let host = Host::start(app.command_of(1));
  let lines = |count: usize| (0..count).map(|number| format!("h{number}: v\r\n")).collect::<String>();
  // With host and connection.
  for (count, expected) in [(126, "200"), (127, "431"), (300, "431")] {
    assert_eq!(status(&host, &format!("GET / HTTP/1.1\r\nhost: a\r\n{}", lines(count))), expected, "{count}");
  }
  for (count, is_taken) in [(128, true), (129, false), (300, false)] {
    // GET http://x/, by the static table, and each header by a name of its own.
    let mut block = vec![0x82, 0x86, 0x84, 0x41, 1, b'x'];
    for number in 0..count {
      let name = format!("h{number}");
      block.extend([0, name.len() as u8]);
      block.extend(name.as_bytes());
      block.extend([1, b'v']);
    }
    let mut stream = host.connect();
    stream.write_all(&[PREFACE, &frame(4, 0, 0, &[]), &frame(1, 5, 1, &block)].concat()).expect("it listens");
    let first = loop {
      let mut head = [0; 9];
      stream.read_exact(&mut head).expect("it answers");
      let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
      let mut payload = vec![0; length as usize];
      stream.read_exact(&mut payload).expect("it answers");
      if head[3] == 1 {
        break payload[0];
      }
    };
    // 200 is in the static table.
    assert_eq!(first == 0x88, is_taken, "{count}");
  }
}

#[test]
fn what_the_host_says_nobody_else_says() {
  let app = app();
  let host = Host::start(app.command_of(1));
  let text = host.ask("GET", "/", &["spin-forged: yes", "Spin-Path-Match-X: 1", "spin-full-url: x"], b"").text();
  assert!(!text.contains("forged") && !text.contains("path-match") && text.contains("spin-path-info"), "{text}");
  // Nor does another component of the app.
  for url in ["http://self/told", "http://script.spin.internal/told"] {
    let text = host.get(&format!("/ask?url={url}")).text();
    assert!(text.contains("/told") && !text.contains("forged") && !text.contains("6.6.6.6"), "{text}");
    let id = text.split("x-request-id\":\"").nth(1).expect("it has an id");
    assert_eq!(id.find('"'), Some(36), "{text}");
  }
}

#[test]
fn a_url_with_a_password_is_asked_for_by_nobody() {
  let app = app();
  let host = Host::start(app.command_of(1));
  for url in ["http://me:secret@self/told", "http://me@self/told", "http://:secret@script.spin.internal/told"] {
    let text = host.get(&format!("/ask?url={url}")).text();
    assert!(text.contains("header authorization") && !text.contains("secret"), "{text}");
  }
}
