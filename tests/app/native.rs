//! Native plugins that answer requests: tests/fixtures/http_plugin.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use plugbay::Caller;
use plugbay::Exchange;
use plugbay::Grant;
use plugbay::Permissions;
use plugbay::Runtime;
use plugbay::Value;
use plugbay::message_body;
use plugbay::request_queue;
use tokio::sync::oneshot;

use super::host::App;
use super::host::Host;
use super::host::PATIENCE;
use super::host::until;
use crate::harness::fixtures;
use crate::harness::library;

const MANIFEST: &str = r#"
  [app]
  name = "site"
  [[trigger.http]]
  route = "/..."
  component = "answers"
  [component.answers]
  source = "answers.so"
  kind = "native"
  limits = { deadline = 0 }
"#;
/// The fixture's library, as version 1 or another.
fn plugin(version: u8) -> Vec<u8> {
  let mut bytes = std::fs::read(library("http_plugin")).expect("it was built");
  let mark = b"the version of this plugin: ";
  let at = bytes.windows(mark.len()).position(|window| window == mark).expect("it says its version");
  bytes[at + mark.len()] = version;
  bytes
}

fn app() -> App {
  let app = App::new(&[("plugbay.toml", MANIFEST)]);
  app.write("answers.so", &plugin(b'1'));
  app
}

fn up(app: &App) -> Host {
  Host::start(app.command_of_plugins(2))
}

/// Pieces that were asked for, futures that were dropped, pieces that were read.
fn counts(host: &Host) -> [usize; 3] {
  let text = host.get("/counts").text();
  let counts = text.split(' ').map(|count| count.parse().expect("it is a number")).collect::<Vec<_>>();
  counts.try_into().expect("there are three")
}

#[test]
fn a_handler_answers_what_it_is_asked() {
  let app = app();
  let host = up(&app);
  let told = host.ask("PUT", "/told?a=1", &["x-mine: yes"], b"");
  assert_eq!(told.status, 201);
  assert_eq!(told.text(), "PUT http://app.example/told?a=1 yes /told");
  assert_eq!(told.headers.iter().filter(|line| line.starts_with("set-cookie: ")).count(), 2);
  assert_eq!(told.header("content-length"), Some("41"));
  let odd = host.get("/odd");
  assert_eq!((odd.text().as_str(), odd.header("content-length")), ("hello", Some("5")));
  assert_eq!((odd.header("connection"), odd.header("transfer-encoding")), (Some("close"), None));
  assert_eq!(host.get("/nothing").status, 404);
  assert_eq!(host.ask("HEAD", "/version", &[], b"").body, b"");
  assert!(host.stop().success());
}

#[test]
fn bodies_go_both_ways_piece_by_piece() {
  let app = app();
  let host = up(&app);
  let body = (0..3 << 20).map(|index: u32| (index % 251) as u8).collect::<Vec<_>>();
  assert_eq!(host.ask("POST", "/echo", &[], b"").body, b"");
  assert_eq!(host.ask("POST", "/echo", &[], &body).body, body);
  for path in ["/length", "/elsewhere"] {
    assert_eq!(host.ask("POST", path, &[], &body).text(), format!("{} bytes", body.len()));
  }
  let large = host.get("/large");
  assert_eq!(large.body.len(), 64 << 20);
  let is_whole =
    large.body.chunks(64 << 10).enumerate().all(|(number, piece)| piece.iter().all(|byte| *byte == number as u8));
  assert!(is_whole);
  assert_eq!(host.ask("POST", "/short", &[], b"0123456789").text(), "0123456789");
  let long = host.ask("POST", "/short", &[], &body);
  assert_eq!((long.status, long.text().as_str()), (413, ""));
  assert!(host.stop().success());
}

#[test]
fn what_goes_wrong_in_a_handler_is_500_and_logged_by_plugin_and_op() {
  let app = app();
  let host = up(&app);
  for (path, told) in [("/panic", "panicked: it was asked to"), ("/error", "it was asked to fail")] {
    let answer = host.get(path);
    assert_eq!((answer.status, answer.text().as_str()), (500, ""), "{path}");
    host.says(&format!("op \"http\" of plugin http_plugin: {told}"));
  }
  // A body that breaks off is no whole one.
  let mut broken = TcpStream::connect(host.address).expect("it listens");
  broken.write_all(b"GET /broken HTTP/1.1\r\nhost: app.example\r\n\r\n").expect("it takes the request");
  let mut answer = Vec::new();
  let _ = broken.read_to_end(&mut answer);
  let answer = String::from_utf8_lossy(&answer);
  assert!(!answer.contains("\r\n0\r\n"), "{answer}");
  host.says("op \"http\" of plugin http_plugin: it breaks off");
  assert_eq!(host.get("/version").text(), "1");
  assert!(host.stop().success());
}

#[test]
fn a_connection_has_many_requests() {
  let app = app();
  let host = up(&app);
  let stream = TcpStream::connect(host.address).expect("it listens");
  stream.set_read_timeout(Some(PATIENCE)).expect("a time-out can be set");
  let mut writer = stream.try_clone().expect("it has two sides");
  let mut reader = BufReader::new(stream);
  for round in 0..50 {
    let body = "x".repeat(round * 100);
    let head = format!("POST /length HTTP/1.1\r\nhost: app.example\r\ncontent-length: {}\r\n\r\n", body.len());
    writer.write_all(format!("{head}{body}").as_bytes()).expect("it takes the request");
    let mut length = 0;
    loop {
      let mut line = String::new();
      reader.read_line(&mut line).expect("it answers");
      if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length: ") {
        length = value.trim().parse().expect("it is a number");
      }
      if line == "\r\n" {
        break;
      }
    }
    let mut answer = vec![0; length];
    reader.read_exact(&mut answer).expect("the body comes");
    assert_eq!(String::from_utf8_lossy(&answer), format!("{} bytes", body.len()));
  }
  assert!(host.stop().success());
}

/// Requests that wait for one another are answered by one lane.
#[test]
fn a_lane_has_many_requests_that_wait() {
  let app = app();
  let host = Host::start(app.command_of_plugins(1));
  let sent = (0..8).map(|_| host.send("GET", "/meet", &[], b"")).collect::<Vec<_>>();
  for request in sent {
    assert_eq!(request.answer().text(), "all are there");
  }
  assert!(host.stop().success());
}

#[test]
fn nothing_more_is_done_for_a_client_that_has_gone() {
  let app = app();
  let host = Host::start(app.command_of_plugins(1));
  let never = host.send("GET", "/never", &[], b"");
  let endless = host.send("GET", "/endless", &[], b"");
  // No more is asked for than the connection takes.
  let mut before = usize::MAX;
  until("the handler is asked for more and more", || {
    let [asked, ..] = counts(&host);
    let is_still = asked > 0 && asked == std::mem::replace(&mut before, asked);
    assert!(asked < 2000, "{asked}");
    is_still
  });
  assert_eq!(counts(&host)[1], 0);
  drop(never);
  until("the future is not dropped", || counts(&host)[1] == 1);
  drop(endless);
  until("the body is not dropped", || counts(&host)[1] == 2);
  assert!(host.stop().success());
}

#[test]
fn a_handler_that_is_late_is_answered_for_and_dropped() {
  let app = app();
  app.write("plugbay.toml", MANIFEST.replace("deadline = 0", "deadline = 200").as_bytes());
  let host = up(&app);
  assert_eq!(host.get("/never").status, 504);
  until("the future is not dropped", || counts(&host)[1] == 1);
  assert!(host.stop().success());
}

/// What a handler does not read stays in the connection.
#[test]
fn a_client_that_sends_is_held_up_by_the_handler() {
  let app = app();
  let host = up(&app);
  let mut stream = TcpStream::connect(host.address).expect("it listens");
  stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a time-out can be set");
  const LENGTH: usize = 90 << 20;
  let head = format!("POST /take_your_time HTTP/1.1\r\nhost: app.example\r\ncontent-length: {LENGTH}\r\n\r\n");
  stream.write_all(head.as_bytes()).expect("it takes the request");
  let (piece, mut sent) = (vec![1; 64 << 10], 0);
  while stream.write_all(&piece).is_ok() {
    sent += piece.len();
    assert!(sent < LENGTH, "it takes all");
  }
  until("the first piece is not read", || counts(&host)[2] == 1);
  drop(stream);
  assert_eq!(host.get("/go_on").status, 200);
  host.says("op \"http\" of plugin http_plugin: ");
  assert!(host.stop().success());
}

/// A library that changes is reloaded; a request in flight ends in the old one, and none fails.
#[test]
fn reloads_lose_no_request() {
  let app = app();
  let host = up(&app);
  let is_over = AtomicBool::new(false);
  thread::scope(|scope| {
    for _ in 0..2 {
      scope.spawn(|| {
        while !is_over.load(Ordering::Relaxed) {
          let answer = host.get("/version");
          assert!(answer.status == 200 && answer.body.len() == 1, "{answer:?}");
        }
      });
    }
    for version in b'2'..b'7' {
      let slow = host.send("GET", "/wait", &[], b"");
      // Until it has the request.
      thread::sleep(Duration::from_millis(200));
      app.write("answers.so", &plugin(version));
      host.signal("HUP");
      host.says("reloaded");
      assert_eq!(host.get("/version").body, [version]);
      assert_eq!(slow.answer().body, [version - 1]);
    }
    app.write("answers.so", b"this is no library");
    host.signal("HUP");
    host.says("it cannot be reloaded");
    assert_eq!(host.get("/version").text(), "6");
    is_over.store(true, Ordering::Relaxed);
  });
  // What the old versions had is gone with them: their libraries, and the threads of their runtimes.
  until("old libraries are mapped", || {
    let maps = std::fs::read_to_string(host.process().join("maps")).expect("it runs");
    // The C library unmaps the last one when it unmaps another.
    maps.lines().filter(|line| line.contains("answers.so") && line.contains("r-x")).count() <= 2
  });
  until("threads of old versions run", || {
    let threads = std::fs::read_dir(host.process().join("task")).expect("it runs");
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    names.filter(|name| name.trim() == "plugin-tokio").count() == 2
  });
  assert!(host.stop().success());
}

#[test]
fn a_native_plugin_runs_only_where_that_is_said() {
  let app = app();
  let told = app.refused();
  assert!(told.contains("component answers: ") && told.contains("--allow-plugin="), "{told}");
  let refused = |flag: &str| {
    let output = app.command().arg(flag).output().expect("plugbay runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).expect("errors are text")
  };
  let elsewhere = format!("--allow-plugin={}", fixtures().display());
  assert!(refused(&elsewhere).contains("--allow-plugin="));
  let mut command = app.command();
  command.arg(format!("--allow-plugin={}", app.path().display()));
  let host = Host::start(command);
  assert_eq!(host.get("/version").text(), "1");
  assert!(host.stop().success());
  // A plugin that answers nothing.
  app.write("answers.so", &std::fs::read(library("hello")).expect("it was built"));
  let told = refused("--allow-plugin");
  assert!(told.contains("plugin hello answers no requests: call interface.register_http(handler)"), "{told}");
  // Another than its digest says.
  let source = format!("source = {{ path = \"answers.so\", digest = \"sha256:{}\" }}", "0".repeat(64));
  app.write("plugbay.toml", MANIFEST.replace("source = \"answers.so\"", &source).as_bytes());
  let told = refused("--allow-plugin");
  assert!(told.contains("component answers: ") && told.contains("sha256"), "{told}");
}

/// It keeps what it holds, and with one instance it has one lane.
#[test]
fn a_handler_may_be_a_closure() {
  let app = App::new(&[("plugbay.toml", &format!("{MANIFEST}  instances = 1\n"))]);
  let name = format!("examples/{}counting_handler{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
  app.write("answers.so", &std::fs::read(fixtures().join(name)).expect("it was built"));
  let host = up(&app);
  for count in 1..10 {
    assert_eq!(host.get("/").text(), count.to_string());
  }
  assert!(host.stop().success());
}

/// While a runtime answers by native handlers nothing of a script's runs in it.
#[test]
fn no_javascript_runs_meanwhile() {
  const REQUESTS: usize = 100;
  let folder = tempfile::tempdir().expect("a folder can be made");
  let script = folder.path().join("script.js");
  let source = "let runs = false; setTimeout(() => runs = true, 0); export const hasRun = () => runs;";
  std::fs::write(&script, source).expect("it can be written");
  let permissions = Permissions { plugin: Grant::Paths(vec![fixtures().to_owned()]), ..Default::default() };
  let mut runtime = Runtime::builder().permissions(permissions).build().expect("a runtime can be made");
  runtime.open_native_handler(7, library("http_plugin"), "{}").expect("it answers requests");
  let script = runtime.open_script(script).expect("it is a module");
  let (send, requests) = request_queue(REQUESTS);
  let (_, none) = request_queue(1);
  let answers = (0..REQUESTS).map(|_| {
    let (answer, answered) = oneshot::channel();
    let body = message_body(http_body_util::Empty::new());
    let request = http::Request::get("http://app.example/version").body(body).expect("it is a request");
    send.send(Exchange { handler: 7, command: None, request, answer }).expect("there is room");
    answered
  });
  let answers = answers.collect::<Vec<_>>();
  drop(send);
  runtime.serve_native_requests(requests, none, 8).expect("nobody ends it");
  for mut answer in answers {
    let response = answer.try_recv().expect("it is answered").expect("it went well");
    assert_eq!(response.status(), 200);
  }
  let caller = Caller::host();
  let op = runtime.bind(&caller, &script, "hasRun").expect("it is there");
  assert_eq!(runtime.invoke(&caller, &op, Vec::new()).expect("it answers"), Value::Bool(false));
  let metrics = runtime.metrics();
  let op = metrics.ops.iter().find(|op| op.name == "http").expect("it is counted");
  assert_eq!((op.calls, op.completed, op.errors), (REQUESTS as u64, REQUESTS as u64, 0));
}
