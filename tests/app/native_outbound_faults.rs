//! Native plugins ask other servers in vain: tests/fixtures/outbound_plugin.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::sync::mpsc;

use plugbay::Caller;
use plugbay::ErrorCode;
use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;
use plugbay::Value;

use super::host::Answer;
use super::host::PATIENCE;
use super::outbound_plugin::NO_DEADLINE;
use super::outbound_plugin::allowed;
use super::outbound_plugin::ask;
use super::outbound_plugin::server;
use super::outbound_plugin::up;
use crate::components_http::serve;
use crate::harness::fixtures;
use crate::harness::library;

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
