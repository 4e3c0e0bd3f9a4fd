//! What does not come to an end by itself.

use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;
use super::host::Sent;
use crate::harness::builds_wasi_guests;

/// Whose requests have 2 s.
fn manifest() -> String {
  format!("{ONE_MODULE}limits = {{ deadline = 2000 }}\n")
}

const HANDLER: &str = r#"
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/loop") for (;;);
      if (pathname === "/spin") for (;;) await null;
      if (pathname === "/wait") await new Promise(() => setInterval(() => {}, 10));
      if (pathname === "/read") return new Response(await request.text());
      return new Response("fine");
    },
  };
"#;

fn app() -> App {
  App::new(&[("plugbay.toml", &manifest()), ("handler.js", HANDLER)])
}

#[test]
fn a_module_that_is_never_evaluated_is_refused_and_holds_no_reload() {
  let told = App::new(&[("plugbay.toml", &manifest()), ("handler.js", "for (;;);")]).refused();
  assert!(told.contains("component script") && told.contains("after 2000 ms"), "{told}");
  let app = app();
  let host = app.up();
  for never in ["for (;;);", "await new Promise(() => setInterval(() => {}, 10));"] {
    app.write("handler.js", never.as_bytes());
    host.signal("HUP");
    host.says("it cannot be reloaded");
    assert_eq!(host.get("/").text(), "fine");
  }
  app.write("handler.js", HANDLER.replace("fine", "better").as_bytes());
  host.signal("HUP");
  host.says("reloaded");
  assert_eq!(host.get("/").text(), "better");
  assert!(host.stop().success());
}

#[test]
fn a_handler_that_loops_is_ended_and_others_go_on() {
  let app = app();
  let host = app.up();
  for path in ["/loop", "/spin"] {
    let looping = host.send("GET", path, &[], b"");
    if path == "/loop" {
      // Of two lanes one goes on.
      assert_eq!(host.get("/").text(), "fine");
    }
    assert_eq!(looping.answer().status, 504, "{path}");
    host.says("begins anew");
  }
  // Both loop: what comes meanwhile waits, and is answered.
  let looping = [host.send("GET", "/loop", &[], b""), host.send("GET", "/loop", &[], b"")];
  for sent in looping {
    assert_eq!(sent.answer().status, 504);
  }
  assert_eq!(host.get("/").text(), "fine");
  assert!(host.stop().success());
}

/// More than a lane takes at once.
#[test]
fn handlers_that_never_answer_hold_no_lane() {
  let app = app();
  let host = Host::start(app.command_of(1));
  let waiting = (0..70).map(|_| host.send("GET", "/wait", &[], b"")).collect::<Vec<_>>();
  for sent in waiting {
    assert_eq!(sent.answer().status, 504);
  }
  assert_eq!(host.get("/").text(), "fine");
}

const LATER: &str = r#"
  let begun = 0, running = 0, most = 0;
  const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
  // As many as there may be are there at once.
  const later = async () => {
    while (begun < 64) await sleep(20);
    await sleep(500);
    running--;
  };
  export const fetch = (request, env, context) => {
    if (new URL(request.url).pathname === "/most") return new Response(`${most}`);
    begun++;
    most = Math.max(most, ++running);
    context.waitUntil(later());
    return new Response("answered");
  };
"#;

/// What a handler does after its answer counts as the request does.
#[test]
fn so_many_handlers_go_on_at_once() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", LATER)]);
  let host = Host::start(app.command_of(1));
  let sent = (0..200).map(|_| host.send("GET", "/", &[], b"")).collect::<Vec<_>>();
  for sent in sent {
    assert_eq!(sent.answer().text(), "answered");
  }
  assert_eq!(host.get("/most").text(), "64");
}

/// In all they would take longer than anybody waits.
#[test]
fn requests_of_clients_that_are_gone_hold_no_component_that_is_kept() {
  if !builds_wasi_guests() {
    return;
  }
  let app = App::of_guest("stateless = false\nlimits = { deadline = 4000 }");
  let host = Host::start(app.command_of(1));
  assert_eq!(host.get("/hello").text(), "hello");
  for _ in 0..60 {
    drop(host.send("GET", "/wait", &[], b""));
  }
  assert_eq!(host.get("/hello").text(), "hello");
}

const TOGETHER: &str = r#"
  const waiting = [];
  let count = 0;
  export const fetch = (request, _env, context) => {
    if (new URL(request.url).pathname === "/count") return new Response(`${count}`);
    count++;
    context.waitUntil(new Promise((done) => {
      waiting.push(done);
      if (waiting.length === 64) waiting.splice(0).forEach((done) => done());
    }));
    return new Response("answered");
  };
"#;

/// A lane that was full goes on, in its state, when all of them are done at once.
#[test]
fn handlers_that_are_done_together_make_room() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", TOGETHER)]);
  let host = Host::start(app.command_of(1));
  for _ in 0..64 {
    assert_eq!(host.get("/").text(), "answered");
  }
  assert_eq!(host.get("/count").text(), "64");
}

const STREAMS: &str = r#"
  export const fetch = (request) => {
    const piece = new TextEncoder().encode("begun"), isLong = new URL(request.url).pathname === "/long";
    const start = (controller) => isLong && controller.enqueue(piece);
    const wait = () => new Promise((done) => setTimeout(done, 1e6));
    return new Response(isLong ? new ReadableStream({ start, pull: wait }) : "answered");
  };
"#;

/// A client that reads a body for long is a connection, and keeps nobody waiting.
#[test]
fn bodies_that_are_written_for_long_hold_no_lane() {
  let app = App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", STREAMS)]);
  let host = Host::start(app.command_of(1));
  let begun = (0..70).map(|_| {
    let mut stream = host.send("GET", "/long", &[], b"").0;
    let mut said = Vec::new();
    while !said.ends_with(b"begun\r\n") {
      let mut piece = [0; 1024];
      let length = stream.read(&mut piece).expect("the body has begun");
      assert!(length > 0, "it goes on");
      said.extend_from_slice(&piece[..length]);
    }
    stream
  });
  let begun = begun.collect::<Vec<_>>();
  assert_eq!(host.get("/").text(), "answered");
  drop(begun);
}

#[test]
fn an_old_version_with_a_stuck_request_ends() {
  let manifest = manifest().replace("limits = { deadline = 2000 }", "limits = { deadline = 0 }");
  let app = App::new(&[("plugbay.toml", &manifest), ("handler.js", HANDLER)]);
  let mut command = app.command_of(1);
  command.args(["--drain-timeout", "1"]);
  let mut host = Host::start(command);
  let threads = host.status_of("Threads");
  let stuck = [host.send("GET", "/wait", &[], b""), host.send("GET", "/wait", &[], b"")];
  // Until it has the requests.
  thread::sleep(Duration::from_millis(300));
  host.signal("HUP");
  host.says("reloaded");
  host.says("their lanes are ended");
  for sent in stuck {
    assert_eq!(sent.answer().status, 500);
  }
  assert_eq!(host.get("/").text(), "fine");
  while host.status_of("Threads") > threads {
    thread::sleep(Duration::from_millis(50));
  }
  // The same at the end.
  let stuck = host.send("GET", "/loop", &[], b"");
  thread::sleep(Duration::from_millis(300));
  host.signal("TERM");
  assert!(host.wait().success());
  drop(stuck);
}

/// Sends the first half of a body, and after a pause that is longer than the deadline the second.
fn send_with_pause(host: &Host, path: &str) -> Sent {
  let mut stream = host.connect();
  let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 10\r\n\r\nfirst");
  stream.write_all(head.as_bytes()).expect("it takes the request");
  thread::sleep(Duration::from_millis(3000));
  stream.write_all(b" last").expect("it waits for the rest");
  Sent(stream)
}

#[test]
fn what_the_client_takes_is_not_the_handlers_time() {
  let host = app().up();
  assert_eq!(send_with_pause(&host, "/read").answer().text(), "first last");
}

#[test]
fn what_the_client_takes_is_not_the_components_time() {
  if !builds_wasi_guests() {
    return;
  }
  let app = App::of_guest("limits = { deadline = 2000 }");
  let host = app.up();
  let answer = send_with_pause(&host, "/echo").answer();
  assert_eq!((answer.status, answer.text()), (200, "first last".to_string()));
  // One that reads late: more than connections keep.
  let Sent(mut stream) = host.send("GET", "/many?20000000", &[], b"");
  thread::sleep(Duration::from_millis(3000));
  let mut all = Vec::new();
  stream.read_to_end(&mut all).expect("it answers");
  assert!(all.len() > 20_000_000, "{}", all.len());
  // Its own time it has, and no more.
  for path in ["/loop", "/wait"] {
    assert_eq!(host.get(path).status, 504, "{path}");
  }
  assert_eq!(host.get("/head").status, 200);
}

#[test]
fn requests_that_wait_for_an_instance_have_an_end() {
  let app = App::of_guest("limits = { deadline = 1000 }");
  let host = Host::start(app.command_of(1));
  // As many as there are instances. Their clients take their time, which is not the guest's.
  let mut slow = (0..64).map(|_| slow_echo(&host)).collect::<Vec<_>>();
  assert_eq!(host.get("/hello").status, 504);
  host.says("until one of 64 instances is free");
  let mut last = slow.pop().expect("it is one of them");
  last.write_all(b"y").expect("it takes the rest");
  let mut rest = String::new();
  last.read_to_string(&mut rest).expect("it answers to the end");
  assert!(rest.contains('y'), "{rest}");
  assert_eq!(host.get("/hello").text(), "hello");
  drop(slow);
  // Nobody waits for these any more: they hold nobody up.
  let waiting = (0..70).map(|_| host.send("GET", "/wait", &[], b"")).collect::<Vec<_>>();
  thread::sleep(Duration::from_millis(100));
  drop(waiting);
  assert_eq!(host.get("/hello").text(), "hello");
}

/// A request whose answer has begun, and whose body is not there to its end.
fn slow_echo(host: &Host) -> TcpStream {
  let mut stream = host.connect();
  let head = "POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n\r\nx";
  stream.write_all(head.as_bytes()).expect("it takes the request");
  let mut first = [0; 15];
  stream.read_exact(&mut first).expect("it answers before it has read all");
  assert_eq!(&first, b"HTTP/1.1 200 OK");
  stream
}
