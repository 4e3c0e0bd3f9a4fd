//! Components that answer requests of wasi:http, and make them: beside a real server, which answers well and badly.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crate::harness::build_guests;
use crate::harness::builds_guests;
use crate::harness::builds_wasi_guests;
use crate::harness::cargo;
use crate::harness::describe;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;
use crate::harness::wasm_tools;
use crate::scripts::poison;

/// Answers each connection on a thread of its own, once.
pub(crate) fn serve() -> SocketAddr {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = listener.local_addr().expect("it has an address");
  thread::spawn(move || {
    for stream in listener.incoming().map_while(Result::ok) {
      // That the client has gone is no fault of the server's.
      thread::spawn(move || answer(stream).ok());
    }
  });
  address
}

fn answer(stream: TcpStream) -> std::io::Result<()> {
  let mut input = BufReader::new(stream.try_clone()?);
  let mut output = stream;
  let mut line = String::new();
  input.read_line(&mut line)?;
  let mut words = line.split(' ');
  let (method, path) = (words.next().unwrap_or_default().to_string(), words.next().unwrap_or_default().to_string());
  let mut headers = Vec::new();
  for line in input.by_ref().lines() {
    let line = line?;
    if line.is_empty() {
      break;
    }
    headers.push(line.to_ascii_lowercase());
  }
  let is_chunked = headers.iter().any(|line| line == "transfer-encoding: chunked");
  let mut say = |extra: &str, body: &[u8]| {
    let length = body.len();
    write!(output, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n{extra}\r\n")?;
    output.write_all(body)
  };
  match path.as_str() {
    "/echo" => {
      assert!(is_chunked, "{headers:?}");
      let (body, trailers) = chunks(&mut input)?;
      say("", &[body, format!(" {trailers}").into_bytes()].concat())
    }
    "/post" if is_chunked => {
      let (body, _) = chunks(&mut input)?;
      say("", &body)
    }
    "/post" => {
      let length = headers.iter().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
      let mut body = vec![0; length.expect("a body has a length")];
      input.read_exact(&mut body)?;
      say("", &body)
    }
    // A body that comes to its end is answered, and another is not.
    "/late" => {
      thread::sleep(Duration::from_millis(300));
      chunks(&mut input)?;
      say("", b"")
    }
    "/moved" => {
      write!(output, "HTTP/1.1 302 Found\r\nlocation: /hello\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
    }
    // A guest gets what was sent, and nobody asks for it in its name.
    "/gzip" => {
      assert!(headers.iter().all(|line| !line.starts_with("accept-encoding")), "{headers:?}");
      say("content-encoding: gzip\r\n", b"as it was sent")
    }
    "/trailers" => write!(
      output,
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-checksum\r\nconnection: close\r\n\r\n4\r\nbody\r\n0\r\nx-checksum: 12\r\n\r\n"
    ),
    "/broken" => write!(output, "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun"),
    "/nonsense" => write!(output, "nonsense\r\n\r\n"),
    "/gone" => Ok(()),
    // Responses before the response: some, and without end.
    "/hints" => {
      output.write_all("HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n".repeat(50).as_bytes())?;
      write!(output, "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nlast")
    }
    "/flood" => {
      let many = "HTTP/1.1 103\r\n\r\n".repeat(1000);
      loop {
        output.write_all(many.as_bytes())?;
      }
    }
    "/never" => {
      thread::sleep(Duration::from_secs(600));
      Ok(())
    }
    "/many" => say("", &vec![b'x'; 1_000_000]),
    "/headers" => say("", headers.join("\n").as_bytes()),
    _ => {
      let from = headers.iter().find_map(|line| line.strip_prefix("x-from: ")).unwrap_or_default();
      say("x-answer: yes\r\n", format!("{method} {path} {from}").as_bytes())
    }
  }
}

/// A body in chunks, and what comes after it.
pub(crate) fn chunks(input: &mut impl BufRead) -> std::io::Result<(Vec<u8>, String)> {
  let (mut body, mut line) = (Vec::new(), String::new());
  loop {
    line.clear();
    input.read_line(&mut line)?;
    let length = usize::from_str_radix(line.trim(), 16).expect("a chunk begins with its length");
    if length == 0 {
      line.clear();
      input.read_line(&mut line)?;
      return Ok((body, line.trim().to_string()));
    }
    let mut chunk = vec![0; length + 2];
    input.read_exact(&mut chunk)?;
    body.extend_from_slice(&chunk[..length]);
  }
}

/// Runs a script with a module and the address of a server, also under the prelude that tells when the runtime asks for
/// what a script can replace.
pub(crate) fn check(script: &str, module: &Path, server: SocketAddr) {
  let script = root().join("tests/fixtures").join(script);
  let prelude = tempfile::tempdir().expect("a folder can be made");
  for script in [script.clone(), poison(&script, prelude.path())] {
    let mut command = plugbay();
    command.args(["run", "--allow-read"]).arg(format!("--allow-net={server},127.0.0.1,localhost")).arg(script);
    let output = command.arg(module).arg(server.to_string()).output().expect("plugbay runs");
    let said = describe(&output);
    assert!(output.status.success() && said.contains("ok") && !said.contains("POISONED"), "{said}");
  }
}

#[test]
fn a_component_answers_requests_and_makes_them() {
  if builds_wasi_guests() {
    let module = build_guests("wasm32-wasip1", &["http_guest"]).join("http_guest.wasm");
    check("http_guest/check.js", &module, serve());
  }
}

#[test]
fn a_component_of_november_2023_does_so_too() {
  if builds_guests() {
    let module = build_guests("wasm32-unknown-unknown", &["http_guest_2023"]).join("http_guest_2023.wasm");
    check("http_guest_2023/check.js", &module, serve());
  }
}

#[test]
fn an_app_for_spin_of_before_components_does_so_too() {
  if builds_wasi_guests() {
    let module = build_guests("wasm32-wasip1", &["spin_0"]).join("spin_0.wasm");
    check("spin_0/check.js", &module, serve());
  }
}

/// Apps for Spin are built as their authors build them, by a workspace of their own.
pub(crate) fn build_spin() -> [PathBuf; 3] {
  built_for_spin(["sdk2", "sdk3", "sdk5"])
}

/// Those that take messages of Redis.
pub(crate) fn build_spin_redis() -> [PathBuf; 2] {
  built_for_spin(["redis2", "redis5"])
}

fn built_for_spin<const N: usize>(apps: [&str; N]) -> [PathBuf; N] {
  let target = root().join("target/spin");
  let mut command = cargo();
  command.args(["build", "--release", "--locked", "--target", "wasm32-wasip1", "--target-dir"]).arg(&target);
  succeed(command.envs(wasm_tools()).current_dir(root().join("tests/fixtures/spin")));
  apps.map(|app| target.join("wasm32-wasip1/release").join(format!("spin_{app}.wasm")))
}

#[test]
fn apps_for_spin_answer_requests() {
  if builds_wasi_guests() {
    for module in build_spin() {
      check("spin/check.js", &module, serve());
    }
  }
}
