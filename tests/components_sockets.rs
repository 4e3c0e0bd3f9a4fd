//! Components that use sockets: beside a real server, and one another.

use std::io::Read;
use std::io::Write;
use std::net::Shutdown;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::harness::build_guests;
use crate::harness::builds_for;
use crate::harness::builds_wasi_guests;
use crate::harness::describe;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;
use crate::scripts::poison;

/// Answers each connection with what it was sent, when that has ended.
fn serve() -> SocketAddr {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  let address = listener.local_addr().expect("it has an address");
  thread::spawn(move || {
    for stream in listener.incoming().map_while(Result::ok) {
      // That the client has gone is no fault of the server's.
      thread::spawn(move || echo(stream).ok());
    }
  });
  address
}

/// Takes its time, so that whoever sends much has to wait.
fn echo(mut stream: TcpStream) -> std::io::Result<()> {
  thread::sleep(Duration::from_millis(50));
  let mut sent = Vec::new();
  stream.read_to_end(&mut sent)?;
  stream.write_all(&sent)?;
  stream.shutdown(Shutdown::Write)
}

/// A port that nobody has, of which another test may think the same.
fn free_port() -> u16 {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  listener.local_addr().expect("it has an address").port()
}

/// Runs the script of the fixture, also under the prelude that tells when the runtime asks for what a script can
/// replace.
fn check(script: &str, module: &Path, is_poisoned: bool) {
  let script = root().join("tests/fixtures/sockets_guest").join(script);
  let prelude = tempfile::tempdir().expect("a folder can be made");
  let script = if is_poisoned { poison(&script, prelude.path()) } else { script };
  let has_ipv6 = TcpListener::bind("[::1]:0").is_ok();
  let mut command = plugbay();
  command
    .args(["run", "--allow-read", "--allow-net=127.0.0.1,0.0.0.0,192.0.2.1,[::1],localhost"])
    .arg(script)
    .arg(module);
  command.arg(serve().to_string()).arg(free_port().to_string()).arg(has_ipv6.to_string());
  let output = command.output().expect("plugbay runs");
  let said = describe(&output);
  assert!(output.status.success() && said.contains("ok") && !said.contains("POISONED"), "{said}");
}

#[test]
fn a_component_uses_the_sockets_that_are_granted_to_it() {
  if builds_wasi_guests() {
    let module = build_guests("wasm32-wasip1", &["sockets_guest"]).join("sockets_guest.wasm");
    for is_poisoned in [false, true] {
      check("check.js", &module, is_poisoned);
    }
  }
}

#[test]
fn the_standard_library_of_rust_has_them_too() {
  const TARGET: &str = "wasm32-wasip2";
  if builds_for(TARGET) {
    let temp = tempfile::tempdir().expect("a folder can be made");
    let program = temp.path().join("std_net.wasm");
    let mut command = Command::new("rustc");
    command.args(["--edition", "2024", "--target", TARGET, "-C", "opt-level=s", "-C", "strip=debuginfo"]);
    succeed(command.current_dir(root()).arg("tests/fixtures/sockets_guest/std_net.rs").arg("-o").arg(&program));
    for is_poisoned in [false, true] {
      check("check_std.js", &program, is_poisoned);
    }
  }
}
