//! An app whose native plugin asks other servers, tests/fixtures/outbound_plugin, and servers that it asks.

use std::io::BufRead;
use std::io::BufReader;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use super::host::App;
use super::host::Host;

/// An app whose native plugin may ask these.
pub(super) fn up(hosts: &[String], more: &str) -> (App, Host) {
  let manifest = format!(
    r#"
      [app]
      name = "site"
      [[trigger.http]]
      route = "/..."
      component = "native"
      [[trigger.http]]
      route = "/fixed"
      static_response = {{ body = "fixed" }}
      [component.native]
      source = "outbound_plugin.so"
      kind = "native"
      allowed_outbound_hosts = {hosts:?}
      {more}
    "#
  );
  let app = App::of_plugins(&manifest, &["outbound_plugin"]);
  let host = Host::start(app.command_of_plugins(1));
  (app, host)
}

pub(super) const NO_DEADLINE: &str = "limits = { deadline = 0 }";

pub(super) fn allowed(servers: &[SocketAddr]) -> Vec<String> {
  servers.iter().map(|server| format!("http://{server}")).collect()
}

pub(super) fn ask(host: &Host, path: &str, url: &str) -> String {
  host.ask("GET", path, &[&format!("x-url: {url}")], b"").text()
}

/// A server that has each connection's request answered by a function, which gets its head in lower case.
pub(super) fn server(
  answer: impl Fn(&str, &mut BufReader<TcpStream>) -> std::io::Result<()> + Send + Sync + 'static,
) -> SocketAddr {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = listener.local_addr().expect("it has an address");
  let answer = Arc::new(answer);
  thread::spawn(move || {
    for stream in listener.incoming().map_while(Result::ok) {
      let answer = answer.clone();
      thread::spawn(move || {
        let mut stream = BufReader::new(stream);
        let head = head_of(&mut stream)?;
        answer(&head, &mut stream)
      });
    }
  });
  address
}

pub(super) fn head_of(stream: &mut impl BufRead) -> std::io::Result<String> {
  let mut head = String::new();
  while !head.ends_with("\r\n\r\n") {
    if stream.read_line(&mut head)? == 0 {
      break;
    }
  }
  Ok(head.to_ascii_lowercase())
}
