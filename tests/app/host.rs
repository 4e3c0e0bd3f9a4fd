//! The command `plugbay up` and a client for it.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpStream;
use std::path::Path;
use std::path::PathBuf;
use std::process::Child;
use std::process::Command;
use std::process::ExitStatus;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use std::time::Instant;

use tempfile::TempDir;

use crate::harness::build_guests;
use crate::harness::library;
use crate::harness::plugbay;
use crate::scripts::poison;

/// How long anything may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until a condition holds.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
  let end = Instant::now() + PATIENCE;
  while !holds() {
    assert!(Instant::now() < end, "{what}");
    thread::sleep(Duration::from_millis(20));
  }
}

/// The plugbay.toml of an app whose one component is the module handler.js. More of the component may follow.
pub(crate) const ONE_MODULE: &str = r#"
  [app]
  name = "site"
  [[trigger.http]]
  route = "/..."
  component = "script"
  [component.script]
  source = "handler.js"
  kind = "javascript"
"#;

/// An app in a folder of its own.
pub(crate) struct App {
  pub(crate) folder: TempDir,
}

impl App {
  /// With these files.
  pub(crate) fn new(files: &[(&str, &str)]) -> Self {
    let app = Self { folder: tempfile::tempdir().expect("a folder can be made") };
    files.iter().for_each(|(name, text)| app.write(name, text.as_bytes()));
    app
  }

  /// Whose one component is the guest http_guest, with these keys of the manifest besides.
  pub(crate) fn of_guest(keys: &str) -> Self {
    let manifest = format!(
      r#"
        [app]
        name = "site"
        [[trigger.http]]
        route = "/..."
        component = "guest"
        [component.guest]
        source = "guest.wasm"
        {keys}
      "#
    );
    let app = Self::new(&[("plugbay.toml", &manifest)]);
    let module = build_guests("wasm32-wasip1", &["http_guest"]).join("http_guest.wasm");
    app.write("guest.wasm", &std::fs::read(module).expect("it was built"));
    app
  }

  /// With this plugbay.toml and the libraries of these plugins of the fixtures beside it, such as `hello.so`.
  pub(crate) fn of_plugins(manifest: &str, plugins: &[&str]) -> Self {
    let app = Self::new(&[("plugbay.toml", manifest)]);
    for plugin in plugins {
      app.write(&format!("{plugin}.so"), &std::fs::read(library(plugin)).expect("it was built"));
    }
    app
  }

  /// Writes entry.js, which is a module of the app under the prelude that tells when the runtime asks for what a script
  /// can replace.
  pub(crate) fn write_poisoned(&self, module: &str) {
    let entry = poison(&self.path().join(module), self.path());
    let source = std::fs::read_to_string(&entry).expect("it was written");
    let source = format!("{source}export {{ default }} from \"./{module}\";\n");
    std::fs::write(&entry, source).expect("it can be written");
  }

  pub(crate) fn path(&self) -> &Path {
    self.folder.path()
  }

  /// Puts a file into its place at once, as build tools do.
  pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
    let path = self.path().join(name);
    let parent = path.parent().expect("it lies in the app's folder");
    std::fs::create_dir_all(parent).expect("a folder can be made");
    let new = parent.join(".new");
    std::fs::write(&new, bytes).expect("a file can be written");
    std::fs::rename(new, path).expect("a file can be renamed");
  }

  /// The command that serves it, on a port that is free.
  pub(crate) fn command(&self) -> Command {
    self.command_of(2)
  }

  /// The same with so many lanes.
  pub(crate) fn command_of(&self, lanes: usize) -> Command {
    let mut command = plugbay();
    command.args(["up", "--listen", "127.0.0.1:0", "--lanes", &lanes.to_string(), "--from"]).arg(self.path());
    command.env("PLUGBAY_LOG", "info");
    command
  }

  /// The same for an app whose native plugins may run.
  pub(crate) fn command_of_plugins(&self, lanes: usize) -> Command {
    let mut command = self.command_of(lanes);
    command.arg("--allow-plugin");
    command
  }

  pub(crate) fn up(&self) -> Host {
    Host::start(self.command())
  }

  /// Why it is not served.
  pub(crate) fn refused(&self) -> String {
    self.refused_with(&[])
  }

  /// The same with these flags.
  pub(crate) fn refused_with(&self, flags: &[&str]) -> String {
    let output = self.command().args(flags).output().expect("plugbay runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).expect("errors are text")
  }
}

/// A running app.
pub(crate) struct Host {
  child: Child,
  pub(crate) address: SocketAddr,
  /// What it says, by the thread that reads it.
  said: Mutex<mpsc::Receiver<String>>,
  /// What was read of that.
  heard: Mutex<Vec<String>>,
}

impl Host {
  /// Waits until it serves.
  pub(crate) fn start(mut command: Command) -> Self {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("plugbay runs");
    let (say, said) = mpsc::channel();
    let errors = BufReader::new(child.stderr.take().expect("it is piped"));
    thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("it says what it serves");
    let address = line.trim().rsplit('/').next().and_then(|address| address.parse().ok());
    let Some(address) = address else {
      let _ = child.wait();
      panic!("it serves nothing: {line} {:?}", said.iter().collect::<Vec<_>>());
    };
    thread::spawn(move || output.lines().for_each(drop));
    Self { child, address, said: Mutex::new(said), heard: Mutex::default() }
  }

  pub(crate) fn get(&self, path: &str) -> Answer {
    self.ask("GET", path, &[], b"")
  }

  pub(crate) fn ask(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Answer {
    self.send(method, path, headers, body).answer()
  }

  /// Sends a request, whose answer can be waited for.
  pub(crate) fn send(&self, method: &str, path: &str, headers: &[&str], body: &[u8]) -> Sent {
    let mut stream = TcpStream::connect(self.address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out can be set");
    let headers = headers.iter().map(|header| format!("{header}\r\n")).collect::<String>();
    let length = body.len();
    let head = format!(
      "{method} {path} HTTP/1.1\r\nhost: app.example\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).expect("it takes the request");
    Sent(stream)
  }

  /// The folder of the system's that tells of its process.
  pub(crate) fn process(&self) -> PathBuf {
    PathBuf::from(format!("/proc/{}", self.child.id()))
  }

  /// Waits until it says a line with this text; gives the line.
  pub(crate) fn says(&self, text: &str) -> String {
    let end = Instant::now() + PATIENCE;
    let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
    let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
    let before = heard.len();
    while let Ok(line) = said.recv_timeout(end.saturating_duration_since(Instant::now())) {
      heard.push(line.clone());
      if line.contains(text) {
        return line;
      }
    }
    panic!("it does not say {text:?}, but {:?}", &heard[before..]);
  }

  /// Waits until it has said a line with each of these texts, in whatever order.
  pub(crate) fn says_all(&self, texts: &[&str]) {
    let mut left = texts.to_vec();
    while !left.is_empty() {
      let line = self.says("");
      left.retain(|text| !line.contains(text));
    }
  }

  /// Waits until nobody can say anything more: neither it nor processes that it has started.
  pub(crate) fn says_no_more(&self) {
    let end = Instant::now() + PATIENCE;
    let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
      match said.recv_timeout(end.saturating_duration_since(Instant::now())) {
        Ok(_) => {}
        Err(mpsc::RecvTimeoutError::Disconnected) => return,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("somebody still could"),
      }
    }
  }

  /// A connection that nothing was sent on.
  pub(crate) fn connect(&self) -> TcpStream {
    let stream = TcpStream::connect(self.address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("a time-out can be set");
    stream
  }

  /// The value of a line of `/proc/PID/status`, such as `Threads`.
  pub(crate) fn status_of(&self, name: &str) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
    let value = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.and_then(|value| value.split_whitespace().next()?.parse().ok()).expect("the system says it")
  }

  /// Sends it a signal.
  pub(crate) fn signal(&self, name: &str) {
    let killed = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
    assert!(killed.expect("kill runs").success());
  }

  /// Ends it; gives all that it said.
  pub(crate) fn end(mut self) -> String {
    self.signal("TERM");
    assert!(self.wait().success());
    let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
    let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
    heard.extend(said.iter());
    heard.join("\n")
  }

  pub(crate) fn wait(&mut self) -> ExitStatus {
    self.child.wait().expect("it ends")
  }

  /// Ends it as a service manager does; gives how it ended.
  pub(crate) fn stop(mut self) -> ExitStatus {
    self.signal("TERM");
    self.wait()
  }
}

impl Drop for Host {
  fn drop(&mut self) {
    // It may have ended.
    let _ = self.child.kill();
    let _ = self.child.wait();
  }
}

/// A request that was sent.
pub(crate) struct Sent(pub(crate) TcpStream);

impl Sent {
  pub(crate) fn answer(mut self) -> Answer {
    let mut bytes = Vec::new();
    self.0.read_to_end(&mut bytes).expect("it answers and closes the connection");
    Answer::read(&bytes)
  }
}

/// What a server says to a GET.
pub(crate) fn get(address: SocketAddr, path: &str) -> Answer {
  let mut stream = TcpStream::connect(address).expect("it listens");
  stream.set_read_timeout(Some(PATIENCE)).expect("a time-out can be set");
  let head = format!("GET {path} HTTP/1.1\r\nhost: app.example\r\nconnection: close\r\n\r\n");
  stream.write_all(head.as_bytes()).expect("it takes the request");
  Sent(stream).answer()
}

#[derive(Debug)]
pub(crate) struct Answer {
  pub(crate) status: u16,
  /// In lower case, a line each.
  pub(crate) headers: Vec<String>,
  pub(crate) body: Vec<u8>,
}

impl Answer {
  fn read(bytes: &[u8]) -> Self {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no head: {:?}", String::from_utf8_lossy(bytes)));
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).expect("it has a status");
    let headers = lines.map(str::to_string).collect::<Vec<_>>();
    let rest = &bytes[end + 4..];
    let body = match headers.iter().any(|line| line == "transfer-encoding: chunked") {
      true => joined(rest),
      false => rest.to_vec(),
    };
    Self { status, headers, body }
  }

  pub(crate) fn text(&self) -> String {
    String::from_utf8_lossy(&self.body).into_owned()
  }

  pub(crate) fn header(&self, name: &str) -> Option<&str> {
    self.headers.iter().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
  }
}

/// What chunks have together.
fn joined(mut rest: &[u8]) -> Vec<u8> {
  let mut body = Vec::new();
  loop {
    let end = rest.iter().position(|byte| *byte == b'\n').expect("a chunk begins with its length");
    let length = String::from_utf8_lossy(&rest[..end]);
    let length = usize::from_str_radix(length.trim(), 16).expect("it is a number");
    if length == 0 {
      return body;
    }
    body.extend_from_slice(&rest[end + 1..end + 1 + length]);
    rest = &rest[end + 1 + length + 2..];
  }
}
