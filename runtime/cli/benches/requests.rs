//! Requests to `plugbay up`, beside the same in Deno, Bun and wasmtime, in one run.
//!
//! `cargo bench -p plugbay_cli --bench requests`, by way of `cargo xtask bench`, which knows what builds guests. wrk
//! asks on loopback; it has to be installed. The peers are those of PLUGBAY_PEERS, and wasmtime where its command is
//! in `wasmtime/bin` there (`cargo install wasmtime-cli --root`). Servers take turns; the best of three rounds counts.

mod component_guests;
mod peer_folder;

use std::fs;
use std::io::Read;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use tempfile::TempDir;

const ROUNDS: usize = 3;
const CONNECTIONS: &str = "32";
const SECONDS: &str = "4s";
/// Components of the app whose memory is looked at.
const IDLE_COMPONENTS: usize = 100;
const IDLE_CONNECTIONS: usize = 10_000;
const PATIENCE: Duration = Duration::from_secs(60);

const MODULE: &str = "export default { fetch: () => new Response('hello') };";
const DENO: &str = "const [port] = Deno.args; Deno.serve({ port: +port, onListen() {} }, () => new Response('hello'));";
const BUN: &str = "Bun.serve({ port: +process.argv[2], fetch: () => new Response('hello') });";

/// A server that can be started at a port.
struct Server {
  name: &'static str,
  command: Box<dyn Fn(u16) -> Command>,
  path: &'static str,
}

/// What a round has measured: requests in a second, and the latency that one in a hundred passes.
type Measured = (f64, String);

fn main() {
  // `cargo test --benches` only asks whether this builds.
  if std::env::args().any(|argument| argument == "--test") {
    return;
  }
  let Some(tools) = std::env::var_os("PLUGBAY_WASM_TOOLCHAIN") else {
    println!("Nothing is known that builds guests: run `cargo xtask bench`.");
    return;
  };
  let folder = tempfile::tempdir().expect("a folder can be made");
  prepare(&folder, Path::new(&tools));
  throughput(&servers(folder.path()));
  print_start(&up(folder.path(), "fresh"));
  print_idle(folder.path());
}

/// Writes the apps.
fn prepare(folder: &TempDir, tools: &Path) {
  let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches");
  let directory = benches.join("../../../target/guests");
  let guest = component_guests::build(tools, &benches, &directory, "wasm32-wasip1", "http_guest");
  let component = component_guests::write_component(&guest);
  let status = Command::new(env!("CARGO")).args(["build", "--release", "--package", "http_plugin"]).status();
  assert!(status.expect("cargo runs").success(), "the native handler does not build");
  let library = format!("{}http_plugin{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
  let library = Path::new(env!("CARGO_BIN_EXE_plugbay")).with_file_name(library);
  let source = |path: &Path| format!("source = '{}'\n", path.display());
  for (name, component) in [
    ("module", "source = 'handler.js'\nkind = 'javascript'\n".to_string()),
    ("native", source(&library) + "kind = 'native'\n"),
    ("fresh", source(&component)),
    ("kept", source(&component) + "stateless = false\n"),
  ] {
    write_app(
      folder.path(),
      name,
      &format!("[[trigger.http]]\nroute = '/...'\ncomponent = 'it'\n[component.it]\n{component}"),
    );
  }
  let idle = (0..IDLE_COMPONENTS).map(|number| {
    let source = source(&component);
    format!("[[trigger.http]]\nroute = '/{number}'\ncomponent = 'c{number}'\n[component.c{number}]\n{source}")
  });
  write_app(folder.path(), "idle", &idle.collect::<String>());
  fs::write(folder.path().join("deno.js"), DENO).expect("it can be written");
  fs::write(folder.path().join("bun.js"), BUN).expect("it can be written");
  fs::copy(&component, folder.path().join("guest.wasm")).expect("it can be copied");
}

fn write_app(folder: &Path, name: &str, rest: &str) {
  let app = folder.join(name);
  fs::create_dir(&app).expect("it can be made");
  fs::write(app.join("plugbay.toml"), format!("[app]\nname = '{name}'\n{rest}")).expect("it can be written");
  fs::write(app.join("handler.js"), MODULE).expect("it can be written");
}

fn up(folder: &Path, app: &'static str) -> Server {
  let (manifest, cache) = (folder.join(app).join("plugbay.toml"), folder.join("cache"));
  let command = move |port: u16| {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plugbay"));
    command.args(["up", "--allow-plugin", "--quiet", "--listen"]).arg(format!("127.0.0.1:{port}"));
    command.arg("-f").arg(&manifest).env("PLUGBAY_CACHE", &cache);
    command
  };
  let (name, path) = match app {
    "module" => ("plugbay, a JavaScript handler", "/"),
    "native" => ("plugbay, a native handler", "/version"),
    "fresh" => ("plugbay, a component, fresh for each request", "/hello"),
    _ => ("plugbay, a component that is kept", "/hello"),
  };
  Server { name, command: Box::new(command), path }
}

fn servers(folder: &Path) -> Vec<Server> {
  let mut servers = ["module", "native", "kept", "fresh"].map(|app| up(folder, app)).into_iter().collect::<Vec<_>>();
  let Some(peers) = peer_folder::folder() else { return servers };
  let mut add = |name, path, program: PathBuf, arguments: Vec<String>, port_first: bool| {
    if !program.exists() {
      return println!("Without {name}: {} is not there.", program.display());
    }
    let command = move |port: u16| {
      let mut command = Command::new(&program);
      command.args(&arguments[..arguments.len() - 1]);
      let (last, port) = (&arguments[arguments.len() - 1], port.to_string());
      let _ = match port_first {
        true => command.arg(format!("--addr=127.0.0.1:{port}")).arg(last),
        false => command.arg(last).arg(port),
      };
      command
    };
    servers.push(Server { name, command: Box::new(command), path });
  };
  let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
  let npm = |path: &str| peer_folder::npm_program(&peers, path);
  let deno = ["run", "--allow-net", "--no-lock", "--no-config", "--quiet"].map(String::from).into_iter();
  add("Deno.serve", "/", npm("@deno/linux-x64-glibc/deno"), deno.chain([file("deno.js")]).collect(), false);
  add("Bun.serve", "/", npm("@oven/bun-linux-x64/bin/bun"), vec!["run".into(), file("bun.js")], false);
  let serve = ["serve", "-Scli"].map(String::from).into_iter().chain([file("guest.wasm")]);
  add("wasmtime serve", "/hello", peers.join("wasmtime/bin/wasmtime"), serve.collect(), true);
  servers
}

/// A server that runs; it ends with this.
struct Running {
  child: Child,
  port: u16,
}

impl Running {
  /// Waits for its first answer.
  fn start(server: &Server) -> Self {
    let port =
      TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("there is one").port();
    let child = (server.command)(port).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let running = Self { child: child.unwrap_or_else(|error| panic!("{}: {error}", server.name)), port };
    let started = Instant::now();
    while !running.answers(server.path) {
      assert!(started.elapsed() < PATIENCE, "{} does not answer", server.name);
      std::thread::sleep(Duration::from_millis(1));
    }
    running
  }

  fn answers(&self, path: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) else { return false };
    let asked = write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let mut answer = String::new();
    asked.is_ok() && stream.read_to_string(&mut answer).is_ok() && answer.starts_with("HTTP/1.1 ")
  }

  /// What it has of the machine's memory, in KiB.
  fn memory(&self) -> f64 {
    let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
  }
}

impl Drop for Running {
  fn drop(&mut self) {
    let _ = self.child.kill();
    let _ = self.child.wait();
  }
}

fn throughput(servers: &[Server]) {
  let mut best: Vec<Option<Measured>> = vec![None; servers.len()];
  for _ in 0..ROUNDS {
    for (server, best) in servers.iter().zip(&mut best) {
      let measured = ask(server);
      if best.as_ref().is_none_or(|best| best.0 < measured.0) {
        *best = Some(measured);
      }
    }
  }
  let rate =
    |name: &str| servers.iter().zip(&best).find(|(server, _)| server.name == name)?.1.as_ref().map(|best| best.0);
  let (deno, wasmtime) = (rate("Deno.serve"), rate("wasmtime serve"));
  println!("| server | requests/s | of Deno.serve's | of wasmtime serve's | p99 |\n|---|---|---|---|---|");
  for (server, best) in servers.iter().zip(&best) {
    let (rate, slowest) = best.as_ref().expect("there was a round");
    let of = |other: Option<f64>| other.map_or("–".to_string(), |other| format!("{:.2}", rate / other));
    println!("| {} | {rate:.0} | {} | {} | {slowest} |", server.name, of(deno), of(wasmtime));
  }
}

/// Has wrk ask a server.
fn ask(server: &Server) -> Measured {
  let running = Running::start(server);
  let url = format!("http://127.0.0.1:{}{}", running.port, server.path);
  let wrk = |seconds: &str| {
    let output = Command::new("wrk").args(["-t1", "-c", CONNECTIONS, "-d", seconds, "--latency", &url]).output();
    String::from_utf8(output.expect("wrk is installed").stdout).expect("it is text")
  };
  wrk("1s");
  let said = wrk(SECONDS);
  let after = |label: &str| said.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
  assert!(!said.contains("Non-2xx"), "{}: {said}", server.name);
  let rate = after("Requests/sec:").and_then(|rate| rate.parse().ok());
  (rate.unwrap_or_else(|| panic!("{}: {said}", server.name)), after("99%").unwrap_or("–").to_string())
}

/// From the start of a process to its first answer, with what it compiles in the cache.
fn print_start(server: &Server) {
  let mut times = (0..11).map(|_| {
    let began = Instant::now();
    drop(Running::start(server));
    began.elapsed()
  });
  let _first = times.next();
  let mut times = times.collect::<Vec<_>>();
  times.sort();
  println!("\nFrom start to the first answer of a component in the cache: {:.1?}.", times[times.len() / 2]);
}

fn print_idle(folder: &Path) {
  let memory = |app| Running::start(&up(folder, app)).memory();
  let mut many = up(folder, "idle");
  many.path = "/0";
  let more = (Running::start(&many).memory() - memory("fresh")) / 1024.0 / (IDLE_COMPONENTS - 1) as f64;
  println!("{IDLE_COMPONENTS} idle components take {more:.2} MiB each, in all lanes.");
  let running = Running::start(&up(folder, "module"));
  let before = running.memory();
  let connections = (0..IDLE_CONNECTIONS).map(|_| {
    let mut stream = TcpStream::connect(("127.0.0.1", running.port))?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
    stream.read_exact(&mut [0; 12])?;
    Ok(stream)
  });
  match connections.collect::<std::io::Result<Vec<_>>>() {
    Ok(_connections) => {
      println!("{IDLE_CONNECTIONS} idle connections take {:.0} MiB.", (running.memory() - before) / 1024.0);
    }
    Err(error) => println!("{IDLE_CONNECTIONS} connections could not be made: {error}"),
  }
}
