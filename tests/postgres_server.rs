//! A PostgreSQL server of Debian's package postgresql.

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

use crate::harness::succeed;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// A PostgreSQL server, with a user `plugbay` whose password is `hush`.
pub(crate) struct PostgresServer {
  child: Child,
  port: u16,
  _folder: TempDir,
}

impl PostgresServer {
  /// Nothing where there is no PostgreSQL.
  pub(crate) fn start() -> Option<Self> {
    let Some(programs) = postgres_programs() else {
      assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not there: install Debian's package postgresql");
      eprintln!("skipped: no PostgreSQL; install Debian's package postgresql");
      return None;
    };
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (data, password) = (folder.path().join("data"), folder.path().join("password"));
    std::fs::write(&password, "hush").expect("a file can be written");
    if is_root() {
      succeed(Command::new("chown").args(["-R", "postgres"]).arg(folder.path()));
    }
    let mut initialize = as_postgres(&programs.join("initdb"));
    initialize.args(["--username", "plugbay", "--auth", "scram-sha-256", "--no-sync", "--encoding", "UTF8"]);
    succeed(initialize.args(["--locale", "C", "--pwfile"]).arg(&password).arg("--pgdata").arg(&data));
    // Somebody else may take the port meanwhile.
    loop {
      let port = free_port();
      let mut command = as_postgres(&programs.join("postgres"));
      command.args(["-p", &port.to_string(), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
      command.arg("-k").arg(folder.path()).arg("-D").arg(&data).stdout(Stdio::null()).stderr(Stdio::null());
      let mut child = command.spawn().expect("it runs");
      if wait_for(&mut child, port) {
        return Some(Self { child, port, _folder: folder });
      }
    }
  }

  pub(crate) fn url(&self) -> String {
    format!("postgres://localhost:{}", self.port)
  }

  /// The database that is always there, for the user.
  pub(crate) fn database(&self) -> String {
    format!("postgres://plugbay:hush@localhost:{}/postgres?sslmode=disable", self.port)
  }
}

impl Drop for PostgresServer {
  fn drop(&mut self) {
    // It ends its own processes, at once.
    let _ = Command::new("kill").arg("-QUIT").arg(self.child.id().to_string()).status();
    let _ = self.child.wait();
  }
}

/// Where Debian has them.
fn postgres_programs() -> Option<PathBuf> {
  let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
  versions.map_while(Result::ok).map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").is_file())
}

fn is_root() -> bool {
  let output = Command::new("id").arg("-u").output().expect("id runs");
  output.stdout.starts_with(b"0")
}

/// It does not run as root.
fn as_postgres(program: &Path) -> Command {
  if !is_root() {
    return Command::new(program);
  }
  let mut command = Command::new("setpriv");
  command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]).arg(program);
  command
}

/// A port that nobody has now.
fn free_port() -> u16 {
  let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
  listener.local_addr().expect("it is bound").port()
}

/// Waits until a server takes connections, or has ended.
fn wait_for(child: &mut Child, port: u16) -> bool {
  let end = Instant::now() + PATIENCE;
  while Instant::now() < end {
    if child.try_wait().expect("it can be asked").is_some() {
      return false;
    }
    if TcpStream::connect(("127.0.0.1", port)).is_ok() {
      return true;
    }
    std::thread::sleep(Duration::from_millis(10));
  }
  panic!("the server does not listen");
}
