//! Connections between requests: nothing serves them until their clients say something.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::admin::start;
use super::admin::value;
use super::connections::secure;
use super::connections::wait_closed;
use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use super::host::get;
use super::host::until;

/// What is larger than the system keeps of what nobody reads.
const LARGE: usize = 32 << 20;

const HANDLER: &str = r#"
  let count = 0;
  export default {
    async fetch(request, _env, context) {
      const { pathname } = new URL(request.url);
      if (pathname === "/large") return new Response(new Uint8Array(32 << 20));
      if (pathname === "/early") {
        context.waitUntil(request.bytes().then((bytes) => count += bytes.length));
        return new Response("early");
      }
      if (pathname === "/count") return new Response(`${count}`);
      return new Response(request.method === "POST" ? await request.text() : pathname);
    },
  };
"#;

fn app() -> App {
  App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", HANDLER)])
}

/// A host that says how many connections rest.
struct Resting {
  _app: App,
  host: Host,
  admin: SocketAddr,
}

impl Resting {
  fn up(app: App, mut command: Command) -> Self {
    command.env("PLUGBAY_LOG", "info,plugbay_app=debug");
    let (host, admin) = start(command);
    Self { _app: app, host, admin }
  }

  fn plain() -> Self {
    let app = app();
    let command = app.command_of(1);
    Self::up(app, command)
  }

  #[track_caller]
  fn wait_for(&self, count: usize) {
    let resting = || value(&get(self.admin, "/metrics"), "plugbay_connections_resting") == count as f64;
    until(&format!("{count} rest"), resting);
  }
}

fn ask(stream: &mut impl Write, path: &str) {
  stream.write_all(format!("GET {path} HTTP/1.1\r\nhost: app.example\r\n\r\n").as_bytes()).expect("it is open");
}

/// The body of the next answer, which says how long it is.
fn answer(stream: &mut impl Read) -> String {
  let mut head = Vec::new();
  while !head.ends_with(b"\r\n\r\n") {
    let mut byte = [0];
    stream.read_exact(&mut byte).expect("it answers");
    head.extend(byte);
  }
  let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
  assert!(head.starts_with("http/1.1 200"), "{head}");
  let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).expect("it says its length");
  let mut body = vec![0; length.parse().expect("it is a number")];
  stream.read_exact(&mut body).expect("all of it comes");
  String::from_utf8(body).expect("it is text")
}

/// What a client may do with a connection that rests.
fn try_all(resting: &Resting, mut stream: impl Read + Write) {
  ask(&mut stream, "/first");
  assert_eq!(answer(&mut stream), "/first");
  resting.wait_for(1);
  ask(&mut stream, "/second");
  assert_eq!(answer(&mut stream), "/second");
  resting.wait_for(1);
  // Half a line wakes it, and it waits for the rest.
  stream.write_all(b"GET /thi").expect("it is open");
  stream.flush().expect("it is open");
  resting.wait_for(0);
  stream.write_all(b"rd HTTP/1.1\r\nhost: app.example\r\n\r\n").expect("it is open");
  assert_eq!(answer(&mut stream), "/third");
  resting.wait_for(1);
  // Two requests and the beginning of another, which is there when nothing else is under way.
  let two = "GET /fourth HTTP/1.1\r\nhost: app.example\r\n\r\n".repeat(2);
  stream.write_all(format!("{two}GET /fif").as_bytes()).expect("it is open");
  assert_eq!([answer(&mut stream), answer(&mut stream)], ["/fourth", "/fourth"]);
  thread::sleep(Duration::from_millis(600));
  resting.wait_for(0);
  stream.write_all(b"th HTTP/1.1\r\nhost: app.example\r\n\r\n").expect("it is open");
  assert_eq!(answer(&mut stream), "/fifth");
  // Bodies, whose bytes are no request.
  for _ in 0..2 {
    resting.wait_for(1);
    let head = "POST / HTTP/1.1\r\nhost: app.example\r\ncontent-length: 8\r\n\r\n";
    stream.write_all(format!("{head}some").as_bytes()).expect("it is open");
    stream.flush().expect("it is open");
    resting.wait_for(0);
    stream.write_all(b"body").expect("it is open");
    assert_eq!(answer(&mut stream), "somebody");
  }
  resting.wait_for(1);
  drop(stream);
  resting.wait_for(0);
}

#[test]
fn who_rests_is_answered_again() {
  let resting = Resting::plain();
  try_all(&resting, resting.host.connect());
}

#[test]
fn who_rests_is_answered_again_by_tls() {
  let app = app();
  let mut command = app.command_of(1);
  let client = secure(&app, &mut command);
  let resting = Resting::up(app, command);
  try_all(&resting, client(&resting.host));
}

#[test]
fn an_answer_that_is_not_read_yet_keeps_a_connection_from_resting() {
  let resting = Resting::plain();
  let mut stream = resting.host.connect();
  ask(&mut stream, "/large");
  thread::sleep(Duration::from_secs(1));
  resting.wait_for(0);
  assert_eq!(answer(&mut stream).len(), LARGE);
  resting.wait_for(1);
  ask(&mut stream, "/after");
  assert_eq!(answer(&mut stream), "/after");
}

#[test]
fn a_body_that_is_read_after_the_answer_keeps_a_connection_from_resting() {
  let resting = Resting::plain();
  let mut stream = resting.host.connect();
  let head = "POST /early HTTP/1.1\r\nhost: app.example\r\ncontent-length: 8\r\n\r\n";
  stream.write_all(format!("{head}some").as_bytes()).expect("it is open");
  assert_eq!(answer(&mut stream), "early");
  thread::sleep(Duration::from_secs(1));
  resting.wait_for(0);
  stream.write_all(b"body").expect("it is open");
  until("it has read the body", || resting.host.get("/count").text() == "8");
}

#[test]
fn who_says_half_of_a_request_after_a_rest_is_cut_off() {
  let resting = Resting::plain();
  let mut stream = resting.host.connect();
  ask(&mut stream, "/");
  assert_eq!(answer(&mut stream), "/");
  resting.wait_for(1);
  stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").expect("it is open");
  let mut trickle = stream.try_clone().expect("it can be cloned");
  let trickling = thread::spawn(move || {
    while trickle.write_all(b"x: y\r\n").is_ok() {
      thread::sleep(Duration::from_millis(500));
    }
  });
  wait_closed(&mut stream);
  let _ = stream.shutdown(std::net::Shutdown::Both);
  trickling.join().expect("it ends");
  resting.host.says("no request comes in time");
}

#[test]
fn those_that_rest_make_room() {
  let app = app();
  let mut command = app.command_of(1);
  command.args(["--max-connections", "4"]);
  let resting = Resting::up(app, command);
  let mut idle = (0..4).map(|_| resting.host.connect()).collect::<Vec<_>>();
  for stream in &mut idle {
    ask(stream, "/");
    assert_eq!(answer(stream), "/");
  }
  resting.wait_for(4);
  let mut other = resting.host.connect();
  ask(&mut other, "/other");
  assert_eq!(answer(&mut other), "/other");
  wait_closed(&mut idle[0]);
  ask(&mut idle[3], "/last");
  assert_eq!(answer(&mut idle[3]), "/last");
}

#[test]
fn an_end_does_not_wait_for_those_that_rest() {
  let mut resting = Resting::plain();
  let mut idle = (0..10).map(|_| resting.host.connect()).collect::<Vec<_>>();
  for stream in &mut idle {
    ask(stream, "/");
    assert_eq!(answer(stream), "/");
  }
  resting.wait_for(10);
  // And one that has said nothing yet.
  idle.push(resting.host.connect());
  resting.host.signal("TERM");
  idle.iter_mut().for_each(wait_closed);
  assert!(resting.host.wait().success());
}
