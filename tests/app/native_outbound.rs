//! Native plugins ask other servers: tests/fixtures/outbound_plugin.

use std::io::Read;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::thread;

use super::outbound_plugin::NO_DEADLINE;
use super::outbound_plugin::allowed;
use super::outbound_plugin::ask;
use super::outbound_plugin::head_of;
use super::outbound_plugin::server;
use super::outbound_plugin::up;
use crate::components_http::serve;

#[test]
fn a_plugin_asks_other_servers() {
  let other = serve();
  let (_app, host) = up(&allowed(&[other]), NO_DEADLINE);
  assert_eq!(ask(&host, "/fetch", &format!("http://{other}/a?b=1")), "200 yes GET /a?b=1 a plugin");
  let url = |path: &str| format!("x-url: http://{other}{path}");
  let posted = host.ask("POST", "/fetch", &[&url("/post")], b"all of a body");
  assert_eq!(posted.text(), "200 no all of a body");
  assert_eq!(host.ask("HEAD", "/fetch", &[&url("/hello")], b"").status, 200);
  // What was sent, and nothing asked for in the plugin's name.
  assert_eq!(ask(&host, "/fetch", &format!("http://{other}/gzip")), "200 no as it was sent");
  assert_eq!(ask(&host, "/fetch", &format!("http://{other}/hints")), "200 no last");
  assert_eq!(ask(&host, "/pieces", &format!("http://{other}/post")), "1000004 aaac");
  let told = ask(&host, "/elsewhere", &format!("http://{other}/x"));
  assert_eq!(told, "GET /x a plugin, GET /x a plugin");
  assert_eq!(ask(&host, "/stream", &format!("http://{other}/many")).len(), 1_000_000);
  assert!(host.stop().success());
}

#[test]
fn what_follows_a_body_comes_and_goes() {
  let other = serve();
  let (_app, host) = up(&allowed(&[other]), NO_DEADLINE);
  assert_eq!(ask(&host, "/trailers", &format!("http://{other}/echo")), "body x-after: all {}");
  assert_eq!(ask(&host, "/trailers", &format!("http://{other}/trailers")), "body {\"x-checksum\": \"12\"}");
  assert!(host.stop().success());
}

/// The id of a request goes to the servers that are asked for its sake.
#[test]
fn servers_are_told_what_a_request_is_called() {
  let other = serve();
  let (_app, host) = up(&allowed(&[other]), NO_DEADLINE);
  let headers = [format!("x-url: http://{other}/headers"), "x-request-id: order-17".to_string()];
  let told = host.ask("GET", "/fetch", &[&headers[0], &headers[1]], b"").text();
  assert!(told.contains("x-request-id: order-17") && !told.contains("connection: x"), "{told}");
  assert!(told.contains("user-agent: plugbay/"), "{told}");
}

#[test]
fn bodies_go_both_ways_at_once() {
  // Answers before it has read, and gives back each piece as it comes.
  let other = server(|head, stream| {
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
    let mut left: usize = length.expect("it says the length");
    write!(stream.get_mut(), "HTTP/1.1 200 OK\r\ncontent-length: {left}\r\nconnection: close\r\n\r\n")?;
    let mut piece = vec![0; 65536];
    while left > 0 {
      let read = stream.read(&mut piece)?;
      stream.get_mut().write_all(&piece[..read])?;
      left -= read;
    }
    Ok(())
  });
  let (_app, host) = up(&allowed(&[other]), NO_DEADLINE);
  let body = (0..16 << 20).map(|index: u32| (index % 251) as u8).collect::<Vec<_>>();
  let stream = host.connect();
  let mut writer = stream.try_clone().expect("it has two sides");
  let sent = body.clone();
  let head = format!(
    "POST /stream HTTP/1.1\r\nhost: app.example\r\nconnection: close\r\nx-url: http://{other}/\r\ncontent-length: {}\r\n\r\n",
    body.len()
  );
  let writing = thread::spawn(move || {
    writer.write_all(head.as_bytes())?;
    writer.write_all(&sent)
  });
  let answer = super::host::Sent(stream).answer();
  writing.join().expect("it does not panic").expect("it is read");
  assert!(answer.status == 200 && answer.body == body);
  assert!(host.stop().success());
}

#[test]
fn connections_are_used_again() {
  let connections = Arc::new(AtomicUsize::new(0));
  let counted = connections.clone();
  let other = server(move |_, stream| {
    counted.fetch_add(1, Ordering::SeqCst);
    loop {
      stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")?;
      if head_of(stream)?.is_empty() {
        return Ok(());
      }
    }
  });
  let (_app, host) = up(&allowed(&[other]), NO_DEADLINE);
  for _ in 0..20 {
    assert_eq!(ask(&host, "/fetch", &format!("http://{other}/")), "200 no ok");
  }
  assert!(connections.load(Ordering::SeqCst) < 20);
  assert!(host.stop().success());
}

/// A native plugin may ask its own app, and so itself: that comes to an end.
#[test]
fn a_plugin_asks_its_own_app() {
  let (_app, host) = up(&["http://self".to_string()], NO_DEADLINE);
  assert_eq!(ask(&host, "/fetch", "http://self/fixed"), "200 no fixed");
  let told = host.get("/loop");
  assert_eq!((told.status, told.text().as_str()), (508, "components of an app ask one another no more than 32 deep\n"));
  // What it asks is handed on to itself, which has no such header.
  let told = ask(&host, "/fetch", "http://self/fetch");
  assert!(told.starts_with("200 no ") && told.contains("TypeError : empty string"), "{told}");
  assert!(host.stop().success());
}
