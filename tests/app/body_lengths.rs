//! Bodies of requests to other servers, beside what is said of their length.

use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::sync::mpsc;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use super::host::PATIENCE;
use super::outbound_plugin::NO_DEADLINE;
use super::outbound_plugin::allowed;
use super::outbound_plugin::server;
use super::outbound_plugin::up;
use crate::components_http::chunks;
use crate::harness::builds_wasi_guests;

/// A server, and what is told of each request: its method, how its body is delimited, and the body.
struct Telling {
  address: SocketAddr,
  told: mpsc::Receiver<String>,
}

impl Telling {
  fn new() -> Self {
    let (tell, told) = mpsc::channel();
    let address = server(move |head, stream| {
      let method = head.split(' ').next().unwrap_or_default().to_string();
      let told = body_of(head, stream).map_or_else(|_| "broken off".to_string(), |body| format!("{method} {body}"));
      let _ = tell.send(told);
      let output = stream.get_mut();
      write!(output, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n")?;
      if method == "head" { Ok(()) } else { write!(output, "ok") }
    });
    Self { address, told }
  }

  fn told(&self) -> String {
    self.told.recv_timeout(PATIENCE).expect("it was asked")
  }
}

fn body_of(head: &str, stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
  if head.is_empty() {
    return Err(std::io::ErrorKind::UnexpectedEof.into());
  }
  let of = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
  let (how, body) = match (of("content-length"), of("transfer-encoding")) {
    (Some(length), None) => {
      let mut body = vec![0; length.parse().expect("it is a number")];
      stream.read_exact(&mut body)?;
      (length.to_string(), body)
    }
    (None, Some(encoding)) => (encoding.to_string(), chunks(stream)?.0),
    (None, None) => return Ok("none".to_string()),
    both => panic!("{both:?}"),
  };
  Ok(format!("{how}: {}", String::from_utf8_lossy(&body)))
}

const SIZE: &str = "Error ERR_SERVICE: the service cannot do that: HTTP-request-body-size: ";

#[test]
fn a_native_plugin_is_told_that_a_body_is_not_as_long_as_it_says() {
  let server = Telling::new();
  let (_app, host) = up(&allowed(&[server.address]), NO_DEADLINE);
  let ask = |method: &str, length: &str, pieces: &str| {
    let mut headers = vec![format!("x-url: http://{}/", server.address), format!("x-pieces: {pieces}")];
    if !length.is_empty() {
      headers.push(format!("x-length: {length}"));
    }
    host.ask(method, "/given", &headers.iter().map(String::as_str).collect::<Vec<_>>(), b"").text()
  };
  assert_eq!(ask("POST", "5", "hel|lo"), "200 ok");
  assert_eq!(server.told(), "post 5: hello");
  for (length, pieces, why) in
    [("5", "hel|lo!", "longer"), ("5", "hello|!", "longer"), ("0", "!", "longer"), ("7", "hel|lo", "shorter")]
  {
    let told = ask("POST", length, pieces);
    assert!(told.starts_with(SIZE) && told.contains(why), "{pieces}: {told}");
    // Of what is known to be too long at once nothing is sent; of others no whole request.
    if length != "0" {
      assert_eq!(server.told(), "broken off", "{pieces}");
    }
  }
  for length in ["5x", "+5", "5, 5"] {
    let told = ask("POST", length, "hel|lo");
    assert!(told.starts_with(SIZE) && told.contains("content-length"), "{length}: {told}");
  }
  assert_eq!(ask("POST", "", "hel|lo"), "200 ok");
  assert_eq!(server.told(), "post chunked: hello");
  // The client sends no body of unknown length with these by itself.
  assert_eq!(ask("GET", "", "hel|lo"), "200 ok");
  assert_eq!(server.told(), "get chunked: hello");
  assert_eq!(ask("HEAD", "", "hel|lo"), "");
  assert_eq!(server.told(), "head chunked: hello");
  assert_eq!(ask("GET", "5", "hel|lo"), "200 ok");
  assert_eq!(server.told(), "get 5: hello");
  assert!(host.stop().success());
}

#[test]
fn a_component_is_told_so_too() {
  if !builds_wasi_guests() {
    return;
  }
  let server = Telling::new();
  let app = App::of_guest(&format!("allowed_outbound_hosts = {:?}", allowed(&[server.address])));
  let host = app.up();
  let ask = |path: &str, more: &[&str]| {
    let url = format!("x-url: http://{}/", server.address);
    host.ask("GET", path, &[&[&*url], more].concat(), b"").text()
  };
  let post = |length: &str, body: &str| {
    ask("/mismatched", &["x-method: POST", &format!("x-length: {length}"), &format!("x-body: {body}")])
  };
  assert_eq!(post("5", "hello"), "true true Ok(200)");
  assert_eq!(server.told(), "post 5: hello");
  assert_eq!(post("5", "hello!"), "false false Err(ErrorCode::HttpRequestBodySize(Some(6)))");
  assert_eq!(post("7", "hello"), "true false Err(ErrorCode::HttpRequestBodySize(Some(5)))");
  let bodies = [server.told(), server.told()];
  assert_eq!(bodies, ["broken off", "broken off"]);
  assert_eq!(ask("/mismatched", &["x-body: hello"]), "true true Ok(200)");
  assert_eq!(server.told(), "get chunked: hello");
  // A body that was opened, and to which nothing was written.
  assert_eq!(ask("/mismatched", &[]), "true true Ok(200)");
  assert_eq!(server.told(), "get none");
  assert!(host.stop().success());
}

const FETCHES: &str = r#"
  export default {
    async fetch(request) {
      const headers = { "content-length": "3", "transfer-encoding": "gzip" };
      const url = request.headers.get("x-url");
      const body = new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("hello"));
          controller.close();
        },
      });
      await fetch(url, { method: "POST", headers, body });
      return await fetch(url, { method: "POST", headers, body: "hello" });
    },
  };
"#;

/// How a body is delimited is the client's to say.
#[test]
fn a_script_says_nothing_of_the_length_of_a_body() {
  let server = Telling::new();
  let manifest = format!("{ONE_MODULE}allowed_outbound_hosts = {:?}\n", allowed(&[server.address]));
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", FETCHES)]);
  let host: Host = app.up();
  assert_eq!(host.ask("GET", "/", &[&format!("x-url: http://{}/", server.address)], b"").text(), "ok");
  assert_eq!(server.told(), "post chunked: hello");
  assert_eq!(server.told(), "post 5: hello");
  assert!(host.stop().success());
}
