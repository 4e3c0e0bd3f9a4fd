//! What clients do with connections, and how an app survives them.

use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::ClientConnection;
use rustls::RootCertStore;
use rustls::StreamOwned;

use super::host::App;
use super::host::Host;
use super::host::ONE_MODULE;

const HANDLER: &str = r#"
  const said = new TextEncoder();
  export default {
    async fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/read") return new Response(`${(await request.bytes()).length}`);
      if (pathname === "/stream") {
        let count = 0;
        return new Response(new ReadableStream({
          async pull(controller) {
            await new Promise((go) => setTimeout(go, 100));
            if (count++ === 10) controller.close();
            else controller.enqueue(said.encode("piece "));
          },
        }));
      }
      if (pathname === "/status") return { __proto__: Response.prototype };
      if (pathname === "/header") return new Response("", { headers: { "x": "a\r\nb: c" } });
      return new Response("fine");
    },
  };
"#;

fn app() -> App {
  App::new(&[("plugbay.toml", ONE_MODULE), ("handler.js", HANDLER)])
}

fn up(arguments: &[&str]) -> (App, Host) {
  let app = app();
  let mut command = app.command();
  command.args(arguments);
  let host = Host::start(command);
  (app, host)
}

/// Waits until the other end closes it, after what it has to say.
pub(super) fn wait_closed(stream: &mut impl Read) {
  use std::io::ErrorKind;
  if let Err(error) = stream.read_to_end(&mut Vec::new()) {
    assert!(![ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()), "it is open still");
  }
}

#[test]
fn who_sends_slowly_is_cut_off() {
  let (_app, host) = up(&[]);
  let mut slow = host.connect();
  slow.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n").expect("it listens");
  let (silent, mut undecided) = (host.connect(), host.connect());
  undecided.write_all(b"PRI * HT").expect("it listens");
  let trickle = slow.try_clone().expect("it can be cloned");
  let trickling = thread::spawn(move || {
    let mut stream = trickle;
    while stream.write_all(b"x: y\r\n").is_ok() {
      thread::sleep(Duration::from_millis(500));
    }
  });
  for mut stream in [slow, silent, undecided] {
    wait_closed(&mut stream);
    let _ = stream.shutdown(Shutdown::Both);
  }
  trickling.join().expect("it ends");
  assert_eq!(host.get("/").text(), "fine");
}

#[test]
fn a_body_has_an_end() {
  let (_app, host) = up(&["--max-body", "1"]);
  let body = vec![b'x'; 1 << 20];
  assert_eq!(host.ask("POST", "/read", &[], &body).text(), "1048576");
  // What says that it is longer is not read.
  let mut stream = host.connect();
  stream.write_all(b"POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 1048577\r\n\r\n").expect("it listens");
  let mut answer = [0; 12];
  stream.read_exact(&mut answer).expect("it answers");
  assert_eq!(&answer, b"HTTP/1.1 413");
  // Who sends it all the same does not lose the answer.
  for _ in 0..16 {
    stream.write_all(&[b'x'; 4096]).expect("it is read");
  }
  // What does not say it is read as far as it may be.
  let mut stream = host.connect();
  stream.write_all(b"POST /read HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").expect("it listens");
  for _ in 0..2 {
    let chunk = [format!("{:x}\r\n", body.len()).as_bytes(), &body, b"\r\n"].concat();
    // It may hang up meanwhile.
    let _ = stream.write_all(&chunk);
  }
  stream.read_exact(&mut answer).expect("it answers");
  assert_eq!(&answer, b"HTTP/1.1 413");
  assert_eq!(host.get("/").text(), "fine");
}

#[test]
fn who_breaks_off_a_body_is_told_that() {
  let (_app, host) = up(&[]);
  for (length, body) in [
    ("content-length: 9", "x"),
    ("transfer-encoding: chunked", "5\r\nab"),
    ("transfer-encoding: chunked", "none\r\nab\r\n0\r\n\r\n"),
    ("content-length: 1\r\ncontent-length: 2", "x"),
    ("content-length: one", "x"),
  ] {
    let mut stream = host.connect();
    stream
      .write_all(format!("POST /read HTTP/1.1\r\nhost: x\r\n{length}\r\n\r\n{body}").as_bytes())
      .expect("it listens");
    stream.shutdown(Shutdown::Write).expect("it is open");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 400", "{length}");
  }
}

#[test]
fn a_manifest_says_how_long_a_body_may_be() {
  let body = vec![b'x'; (2 << 20) + 1];
  for (setting, flags, is_taken) in [
    ("max_body = 2", &[][..], false),
    ("max_body = 3", &[][..], true),
    ("max_body = 2", &["--max-body", "3"][..], true),
    ("max_body = 3", &["--max-body", "2"][..], false),
  ] {
    let named = format!("name = \"site\"\n[app.trigger.http]\n{setting}");
    let app = App::new(&[("plugbay.toml", &ONE_MODULE.replace("name = \"site\"", &named)), ("handler.js", HANDLER)]);
    let mut command = app.command();
    command.args(flags);
    let host = Host::start(command);
    if is_taken {
      assert_eq!(host.ask("POST", "/read", &[], &body).text(), body.len().to_string());
      continue;
    }
    let mut stream = host.connect();
    let head = format!("POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).expect("it listens");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("it answers");
    assert_eq!(&answer, b"HTTP/1.1 413", "{setting} {flags:?}");
  }
}

#[test]
fn a_thousand_connections_are_no_load() {
  let (_app, host) = up(&[]);
  let open = (0..1000).map(|_| host.connect()).collect::<Vec<_>>();
  assert_eq!(host.get("/").text(), "fine");
  for mut stream in open.into_iter().step_by(50) {
    // Those that have said nothing may be closed by now.
    let asked = stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
    let mut answer = Vec::new();
    if asked.is_ok() && stream.read_to_end(&mut answer).is_ok() && !answer.is_empty() {
      assert!(answer.ends_with(b"fine"));
    }
  }
  assert_eq!(host.get("/").text(), "fine");
}

#[test]
fn of_too_many_connections_the_idle_ones_are_closed() {
  let (_app, host) = up(&["--max-connections", "8"]);
  let mut idle = (0..8).map(|_| host.connect()).collect::<Vec<_>>();
  for stream in &mut idle {
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").expect("it listens");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).expect("it answers");
  }
  for _ in 0..20 {
    assert_eq!(host.get("/").text(), "fine");
  }
  // Those that are busy are not.
  let busy = (0..8).map(|_| host.send("GET", "/stream", &[], b"")).collect::<Vec<_>>();
  for sent in busy {
    assert_eq!(sent.answer().text(), "piece ".repeat(10));
  }
  assert_eq!(host.get("/").text(), "fine");
}

#[test]
fn who_breaks_off_hurts_nobody() {
  let (_app, host) = up(&[]);
  for part in
    ["", "GET", "GET / HTTP/1.1\r\nhost: x\r\n\r\n", "POST /read HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nx"]
  {
    for _ in 0..20 {
      host.connect().write_all(part.as_bytes()).expect("it listens");
    }
  }
  for _ in 0..20 {
    drop(host.send("GET", "/stream", &[], b""));
  }
  assert_eq!(host.get("/").text(), "fine");
  for path in ["/status", "/header"] {
    assert_eq!(host.get(path).status, 500, "{path}");
  }
  assert!(host.stop().success());
}

#[test]
fn a_streamed_answer_is_finished_before_the_end() {
  let (_app, mut host) = up(&[]);
  let sent = host.send("GET", "/stream", &[], b"");
  // Until it has begun.
  thread::sleep(Duration::from_millis(300));
  host.signal("TERM");
  assert_eq!(sent.answer().text(), "piece ".repeat(10));
  assert!(host.wait().success());
}

/// What a client of HTTP/2 says first.
pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A frame of HTTP/2.
pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
  let length = (payload.len() as u32).to_be_bytes();
  [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// The clients of HTTP/2 that do not say so at once.
#[test]
fn what_is_spoken_is_known_by_the_first_bytes_however_they_come() {
  let (_app, host) = up(&[]);
  // GET http://x/, by the static table.
  let request = [PREFACE, &frame(4, 0, 0, &[]), &frame(1, 5, 1, &[0x82, 0x86, 0x84, 0x41, 1, b'x'])].concat();
  for pieces in [1, 5, PREFACE.len(), request.len()] {
    let mut stream = host.connect();
    for piece in request.chunks(pieces) {
      stream.write_all(piece).expect("it listens");
      thread::sleep(Duration::from_millis(1));
    }
    let mut head = [0; 9];
    stream.read_exact(&mut head).expect("it answers");
    assert_eq!(head[3], 4, "its settings come first");
  }
  for head in ["P", "PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r", "G", "GET / HTTP/1.1\r\nhost: xx"] {
    let mut stream = host.connect();
    stream.write_all(head.as_bytes()).expect("it listens");
    thread::sleep(Duration::from_millis(20));
    match head.starts_with('G') {
      true => {
        let rest = &"GET / HTTP/1.1\r\nhost: xx\r\nconnection: close\r\n\r\n"[head.len()..];
        stream.write_all(rest.as_bytes()).expect("it listens");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        assert!(answer.ends_with(b"fine"), "{head}");
      }
      // Nothing follows.
      false => {
        stream.shutdown(Shutdown::Write).expect("it is open");
        wait_closed(&mut stream);
      }
    }
  }
}

/// How often the threads that serve connections were woken.
fn wakes(host: &Host) -> u64 {
  let threads = std::fs::read_dir(host.process().join("task")).expect("it runs").map_while(Result::ok);
  let threads = threads
    .filter(|thread| std::fs::read_to_string(thread.path().join("comm")).is_ok_and(|name| name.starts_with("io")));
  let count = |thread: std::fs::DirEntry| {
    let status = std::fs::read_to_string(thread.path().join("status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:")).map(str::trim);
    line.and_then(|count| count.parse::<u64>().ok()).unwrap_or_default()
  };
  threads.map(count).sum()
}

#[test]
fn who_says_half_of_something_is_not_asked_again_and_again() {
  let (_app, host) = up(&[]);
  let mut undecided = (0..200).map(|_| host.connect()).collect::<Vec<_>>();
  for stream in &mut undecided {
    stream.write_all(b"P").expect("it listens");
  }
  assert_eq!(host.get("/").text(), "fine");
  let before = wakes(&host);
  thread::sleep(Duration::from_secs(2));
  let woken = wakes(&host) - before;
  assert!(woken < 60, "{woken}");
}

/// Requests that are taken back as soon as they are sent (CVE-2023-44487).
#[test]
fn a_storm_of_resets_ends_its_connection() {
  let (_app, host) = up(&[]);
  let mut stream = host.connect();
  let mut bytes = [PREFACE, &frame(4, 0, 0, &[])].concat();
  for number in 0..10_000 {
    // GET http://x/, by the static table, and CANCEL.
    bytes.extend(frame(1, 5, 2 * number + 1, &[0x82, 0x86, 0x84, 0x41, 1, b'x']));
    bytes.extend(frame(3, 0, 2 * number + 1, &8_u32.to_be_bytes()));
  }
  // It hangs up meanwhile.
  let _ = stream.write_all(&bytes);
  wait_closed(&mut stream);
  assert_eq!(host.get("/").text(), "fine");
}

/// Has a command speak TLS; gives what connects to it.
pub(super) fn secure(
  app: &App,
  command: &mut Command,
) -> impl Fn(&Host) -> StreamOwned<ClientConnection, TcpStream> + use<> {
  let made = rcgen::generate_simple_self_signed(["app.example".to_string()]).expect("a certificate can be made");
  app.write("cert.pem", made.cert.pem().as_bytes());
  app.write("key.pem", made.signing_key.serialize_pem().as_bytes());
  command.arg("--tls-cert").arg(app.path().join("cert.pem")).arg("--tls-key").arg(app.path().join("key.pem"));
  let mut roots = RootCertStore::empty();
  roots.add(made.cert.der().clone()).expect("it is a certificate");
  let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
    .with_safe_default_protocol_versions()
    .expect("there are versions")
    .with_root_certificates(roots)
    .with_no_client_auth();
  let config = Arc::new(config);
  move |host| {
    let name = "app.example".try_into().expect("it is a name");
    let client = ClientConnection::new(config.clone(), name).expect("the settings are good");
    StreamOwned::new(client, host.connect())
  }
}

#[test]
fn what_is_no_tls_ends_its_connection_alone() {
  let app = app();
  let mut command = app.command();
  let client = secure(&app, &mut command);
  let host = Host::start(command);
  for bytes in [&b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"[..], &[0x16, 3, 1, 0xff, 0xff, 1, 2, 3], &[0; 1000]] {
    let mut stream = host.connect();
    stream.write_all(bytes).expect("it listens");
    wait_closed(&mut stream);
  }
  let mut stream = client(&host);
  stream.write_all(b"GET / HTTP/1.1\r\nhost: app.example\r\nconnection: close\r\n\r\n").expect("it listens");
  let mut answer = Vec::new();
  let _ = stream.read_to_end(&mut answer);
  assert!(answer.starts_with(b"HTTP/1.1 200") && answer.ends_with(b"fine"));
}

#[test]
fn no_folder_is_left_behind() {
  for signals in [1, 2] {
    let app = app();
    let temporary = app.path().join("tmp");
    std::fs::create_dir(&temporary).expect("a folder can be made");
    let mut command = app.command();
    command.env("TMPDIR", &temporary);
    let mut host = Host::start(command);
    let count = || std::fs::read_dir(&temporary).expect("it is a folder").count();
    assert_eq!(count(), 1);
    let sent = host.send("GET", "/stream", &[], b"");
    // Until it has begun.
    thread::sleep(Duration::from_millis(300));
    for _ in 0..signals {
      host.signal("TERM");
      thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(host.wait().success(), signals == 1);
    assert_eq!(count(), 0, "after {signals} signals");
    drop(sent);
  }
}
