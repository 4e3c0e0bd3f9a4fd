//! A Redis server of Debian's package redis-server, and a client for it.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Write;
use std::net::TcpListener;
use std::net::TcpStream;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::time::Duration;
use std::time::Instant;

use tempfile::TempDir;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server that keeps nothing, on a port of its own. It ends when it is dropped.
pub(crate) struct RedisServer {
  child: Child,
  pub(crate) port: u16,
  flags: Vec<String>,
  _folder: TempDir,
}

impl RedisServer {
  /// Nothing where there is no such program: then the test is skipped.
  pub(crate) fn start() -> Option<Self> {
    Self::start_with(&[])
  }

  /// The same with these flags.
  pub(crate) fn start_with(flags: &[&str]) -> Option<Self> {
    if Command::new("redis-server").arg("--version").output().is_err() {
      assert!(std::env::var_os("CI").is_none(), "no redis-server: install Debian's package redis-server");
      eprintln!("skipped: no redis-server; install Debian's package redis-server");
      return None;
    }
    let flags = flags.iter().map(ToString::to_string).collect::<Vec<_>>();
    // Another process may take the port before the server does.
    (0..10).find_map(|_| {
      let free = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
      let port = free.local_addr().expect("it has an address").port();
      drop(free);
      Self::start_at_with(port, flags.clone())
    })
  }

  /// On this port, if it is free.
  pub(crate) fn start_at(port: u16) -> Option<Self> {
    Self::start_at_with(port, Vec::new())
  }

  fn start_at_with(port: u16, flags: Vec<String>) -> Option<Self> {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"]);
    let command = command.arg(folder.path()).args(&flags).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().expect("redis-server runs");
    let mut server = Self { child, port, flags, _folder: folder };
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end && server.child.try_wait().expect("it is a child").is_none() {
      if server.asked("PING").is_ok_and(|answer| answer == "+PONG" || answer.starts_with("-NOAUTH")) {
        return Some(server);
      }
      std::thread::sleep(Duration::from_millis(20));
    }
    None
  }

  pub(crate) fn url(&self) -> String {
    format!("redis://localhost:{}", self.port)
  }

  /// Ends it, and all of its connections.
  pub(crate) fn stop(&mut self) {
    // It may have ended.
    let _ = self.child.kill();
    let _ = self.child.wait();
  }

  /// Another one, empty, on the same port.
  pub(crate) fn start_again(&mut self) {
    *self = Self::start_at_with(self.port, self.flags.clone()).expect("the port is free still");
  }

  /// Has it do nothing, or go on.
  pub(crate) fn signal(&self, name: &str) {
    let killed = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status();
    assert!(killed.expect("kill runs").success());
  }

  /// Sends a message to a channel; gives how many have it.
  pub(crate) fn publish(&self, channel: &str, message: &str) -> u32 {
    let answer = self.asked(&format!("PUBLISH {channel} {message}")).expect("it answers");
    answer.strip_prefix(':').and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
  }

  /// How many listen to a channel.
  pub(crate) fn listeners(&self, channel: &str) -> u32 {
    let count = format!("EVAL \"return redis.call('PUBSUB', 'NUMSUB', '{channel}')[2]\" 0");
    let answer = self.asked(&count).expect("it answers");
    answer.strip_prefix(':').and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
  }

  /// The first line of the answer to a command.
  pub(crate) fn asked(&self, command: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{command}\r\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    Ok(line.trim_end().to_string())
  }
}

impl Drop for RedisServer {
  fn drop(&mut self) {
    self.stop();
  }
}
