//! Native plugins ask other servers: tests/fixtures/outbound_plugin.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

use plugbay::Caller;
use plugbay::ErrorCode;
use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;
use plugbay::Value;

use super::host::Answer;
use super::host::App;
use super::host::Host;
use super::host::PATIENCE;
use crate::components_http::serve;
use crate::harness::fixtures;
use crate::harness::library;

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
  let app = App::new(&[("plugbay.toml", &manifest)]);
  app.write("outbound_plugin.so", &std::fs::read(library("outbound_plugin")).expect("it was built"));
  let mut command = app.command_of(1);
  command.arg("--allow-plugin");
  let host = Host::start(command);
  (app, host)
}

pub(super) const NO_DEADLINE: &str = "limits = { deadline = 0 }";

pub(super) fn allowed(servers: &[SocketAddr]) -> Vec<String> {
  servers.iter().map(|server| format!("http://{server}")).collect()
}

fn ask(host: &Host, path: &str, url: &str) -> String {
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

fn head_of(stream: &mut impl BufRead) -> std::io::Result<String> {
  let mut head = String::new();
  while !head.ends_with("\r\n\r\n") {
    if stream.read_line(&mut head)? == 0 {
      break;
    }
  }
  Ok(head.to_ascii_lowercase())
}

/// A server that never answers, or whose body never ends; and who is told when a client of it has gone.
fn endless(begins: bool) -> (SocketAddr, mpsc::Receiver<()>, mpsc::Receiver<()>) {
  let ((begun, has_begun), (gone, has_gone)) = (mpsc::channel(), mpsc::channel());
  let address = server(move |_, stream| {
    let _ = begun.send(());
    if begins {
      let output = stream.get_mut();
      output.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n\r\n")?;
      while output.write_all(&[b'x'; 65536]).is_ok() {}
    }
    let _ = stream.read(&mut [0]);
    let _ = gone.send(());
    Ok(())
  });
  (address, has_begun, has_gone)
}

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

#[test]
fn what_the_manifest_does_not_name_is_refused() {
  let (other, unnamed) = (serve(), serve());
  let (_app, host) = up(&allowed(&[other]), NO_DEADLINE);
  let line = format!("add \"http://{unnamed}\" to allowed_outbound_hosts of component native");
  let told = ask(&host, "/fetch", &format!("http://{unnamed}/"));
  assert!(told.starts_with("NotCapable ERR_SERVICE: ") && told.contains(&line), "{told}");
  for url in [&format!("https://{other}/"), "http://example.com/", "http://self/fixed"] {
    let told = ask(&host, "/fetch", url);
    assert!(told.starts_with("NotCapable ERR_SERVICE: ") && told.contains("allowed_outbound_hosts"), "{url}: {told}");
  }
  for (url, why) in [
    (format!("http://me:secret@{other}/"), "it has a user in it"),
    ("ftp://example.com/".to_string(), "only http and https"),
    ("/path".to_string(), "HTTP-request-URI-invalid"),
  ] {
    let told = ask(&host, "/fetch", &url);
    assert!(told.starts_with("Error ERR_SERVICE: ") && told.contains(why), "{url}: {told}");
  }
  assert!(host.stop().success());
}

#[test]
fn a_private_address_is_refused_whatever_leads_there() {
  let port = serve().port();
  let (_app, host) = up(&["*://*:*".to_string()], NO_DEADLINE);
  for url in [
    format!("http://127.0.0.1:{port}/"),
    format!("http://localhost:{port}/"),
    format!("http://[::ffff:127.0.0.1]:{port}/"),
    format!("http://2130706433:{port}/"),
    "http://169.254.169.254/latest/meta-data".to_string(),
  ] {
    let told = ask(&host, "/fetch", &url);
    assert!(told.starts_with("NotCapable ERR_SERVICE: ") && told.contains("that is not public"), "{url}: {told}");
  }
}

#[test]
fn what_goes_wrong_at_a_server_is_told() {
  let other = serve();
  let closed = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port is free");
  let (_app, host) = up(&allowed(&[other, closed]), NO_DEADLINE);
  for (path, why) in [
    ("/gone", "Error ERR_SERVICE: the service cannot do that: HTTP-response-incomplete"),
    ("/nonsense", "Error ERR_SERVICE: the service cannot do that: HTTP-protocol-error"),
    ("/flood", "more than 100 informational responses"),
    ("/broken", "200 no begun broken: Error ERR_SERVICE: the service cannot do that: HTTP-response-incomplete"),
  ] {
    let told = ask(&host, "/fetch", &format!("http://{other}{path}"));
    assert!(told.contains(why), "{path}: {told}");
  }
  let told = ask(&host, "/fetch", &format!("http://{closed}/"));
  assert!(told.contains("connection-refused"), "{told}");
  // The plugin's own error is not lost.
  assert_eq!(ask(&host, "/breaks_off", &format!("http://{other}/post")), "RangeError : it breaks off");
  assert_eq!(ask(&host, "/fetch", &format!("http://{other}/hello")), "200 yes GET /hello a plugin");
  assert!(host.stop().success());
}

#[test]
fn what_nobody_waits_for_is_given_up_at_the_server() {
  let (long, long_begun, long_gone) = endless(true);
  let (silent, silent_begun, silent_gone) = endless(false);
  let (_app, host) = up(&allowed(&[long, silent]), NO_DEADLINE);
  // The plugin lets go of a response in the middle of its body.
  assert_eq!(ask(&host, "/first", &format!("http://{long}/")), "Some(true)");
  long_begun.recv_timeout(PATIENCE).expect("it was asked");
  long_gone.recv_timeout(PATIENCE).expect("the connection is closed");
  // It waits no longer.
  assert_eq!(ask(&host, "/given_up", &format!("http://{silent}/")), "true");
  silent_begun.recv_timeout(PATIENCE).expect("it was asked");
  silent_gone.recv_timeout(PATIENCE).expect("the connection is closed");
  // The client has gone for which it asks.
  for (path, url, begun, gone) in
    [("/fetch", silent, &silent_begun, &silent_gone), ("/stream", long, &long_begun, &long_gone)]
  {
    let request = host.send("GET", path, &[&format!("x-url: http://{url}/")], b"");
    begun.recv_timeout(PATIENCE).expect("it was asked");
    drop(request);
    gone.recv_timeout(PATIENCE).expect("the connection is closed");
  }
  assert!(host.stop().success());
}

#[test]
fn a_request_that_is_late_is_answered_for_and_what_it_asks_for_given_up() {
  let (silent, _begun, gone) = endless(false);
  let (_app, host) = up(&allowed(&[silent]), "limits = { deadline = 300 }");
  let answer: Answer = host.ask("GET", "/fetch", &[&format!("x-url: http://{silent}/")], b"");
  assert_eq!(answer.status, 504);
  gone.recv_timeout(PATIENCE).expect("the connection is closed");
  assert!(host.stop().success());
}

#[test]
fn so_many_requests_may_be_under_way() {
  let (long, ..) = endless(true);
  let (_app, host) = up(&allowed(&[long]), NO_DEADLINE);
  let full = "256: Error ERR_SERVICE: the service cannot do that: the plugin has 256 connections open";
  for _ in 0..2 {
    let told = ask(&host, "/many", &format!("http://{long}/"));
    assert!(told.starts_with(full), "{told}");
  }
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

#[test]
fn a_plugin_that_is_granted_nothing_asks_nobody() {
  let permissions = Permissions { plugin: Grant::Paths(vec![fixtures().to_owned()]), ..Default::default() };
  let mut runtime = Runtime::builder().permissions(permissions).build().expect("a runtime can be made");
  let plugin = runtime.open(library("outbound_plugin")).expect("it can be opened");
  let caller = Caller::host();
  let op = runtime.bind(&caller, &plugin, "fetch").expect("it is there");
  let failure = runtime.invoke(&caller, &op, vec![Value::from("http://127.0.0.1:1/")]).expect_err("nothing is granted");
  assert_eq!(failure.error, Some(ErrorCode::ServiceRefused));
  assert!(failure.message.contains("the plugin has no way to other servers: "), "{failure:?}");
  for (op, told) in [("http", "answers the requests of a server"), ("redis", "takes the messages of a server")] {
    let failure = runtime.bind(&caller, &plugin, op).and_then(|op| runtime.invoke(&caller, &op, Vec::new()));
    assert!(failure.as_ref().is_err_and(|failure| failure.message.contains(told)), "{failure:?}");
  }
}
