//! Native plugins are led elsewhere by the servers that they ask: tests/fixtures/outbound_plugin.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;

use super::outbound_plugin::NO_DEADLINE;
use super::outbound_plugin::allowed;
use super::outbound_plugin::server;
use super::outbound_plugin::up;

/// Says what was asked, with the body and the `authorization`, unless the path says where to go.
fn redirecting() -> SocketAddr {
  server(|head, stream| {
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let of = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("-");
    let mut body = vec![0; of("content-length").parse().unwrap_or(0)];
    stream.read_exact(&mut body)?;
    let body = String::from_utf8_lossy(&body).into_owned();
    let output = stream.get_mut();
    match path.strip_prefix("/to/").and_then(|rest| rest.split_once('/')) {
      Some((status, location)) => {
        let location = location.replace("%s", "/");
        write!(
          output,
          "HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        )
      }
      None => {
        let told = format!("{method} {path} {} {body:?}", of("authorization"));
        write!(output, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{told}", told.len())
      }
    }
  })
}

#[test]
fn redirects_are_followed_where_the_plugin_wants_it_and_the_manifest_allows_it() {
  let (first, second, unnamed) = (redirecting(), redirecting(), redirecting());
  let (_app, host) = up(&[allowed(&[first, second]), vec!["http://self".to_string()]].concat(), NO_DEADLINE);
  let follow = |method: &str, most: u32, path: String, body: &[u8]| {
    let headers = [
      format!("x-url: http://{first}{path}"),
      format!("x-redirects: {most}"),
      "authorization: Bearer secret".to_string(),
    ];
    host.ask(method, "/fetch", &headers.each_ref().map(String::as_str), body).text()
  };
  let within = |status: u16| format!("/to/{status}/%sthere");
  assert_eq!(follow("GET", 0, within(302), b""), "302 no ");
  assert_eq!(follow("GET", 1, within(302), b""), "200 no get /there bearer secret \"\"");
  assert_eq!(follow("POST", 9, within(303), b"body"), "200 no get /there bearer secret \"\"");
  assert_eq!(follow("POST", 9, within(307), b"body"), "200 no post /there bearer secret \"body\"");
  // Who asks is told to nobody else, nor where they lead.
  let to = |server: SocketAddr, path: &str| format!("/to/302/http:%s%s{server}{}", path.replace('/', "%s"));
  assert_eq!(follow("GET", 9, to(second, "/there"), b""), "200 no get /there - \"\"");
  let again = format!("/to/302/http:%s%s{second}%sto%s302%s..%s..%s..%sthere");
  let told = follow("GET", 9, again, b"");
  assert!(told.contains(" - "), "{told}");
  // Round and round.
  assert_eq!(follow("GET", 3, "/to/302/".to_string(), b""), "302 no ");
  let told = follow("GET", 9, to(unnamed, "/there"), b"");
  let line = format!("add \"http://{unnamed}\" to allowed_outbound_hosts of component native");
  assert!(told.starts_with("NotCapable ERR_SERVICE: ") && told.contains(&line), "{told}");
  let told = follow("GET", 9, "/to/302/ftp:%s%sexample.com".to_string(), b"");
  assert!(told.contains("only http and https"), "{told}");
  assert_eq!(follow("GET", 9, "/to/302/http:%s%sself%sfixed".to_string(), b""), "200 no fixed");
  assert!(host.stop().success());
}
