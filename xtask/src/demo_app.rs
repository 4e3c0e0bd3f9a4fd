//! The end of the demo: an app of a component, a native plugin and a handler in JavaScript is served, called, reloaded
//! and drained.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::sync::mpsc;
use std::time::Duration;
use std::time::Instant;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;

use crate::workspace;

const APP: &str = "examples/mixed-app";
/// What its component is built for.
const TARGET: &str = "wasm32-wasip2";
/// How often each of its routes is asked.
const REQUESTS: usize = 1000;
/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs it with the command that was built.
///
/// # Errors
///
/// When the app does not do what it should.
pub(crate) fn run(plugbay: &Path) -> Result<()> {
  let added = Command::new("rustup").args(["target", "add", TARGET]).current_dir(workspace::root()).output();
  // The manifest names the plugin's library as Linux does.
  if !cfg!(target_os = "linux") || !added.is_ok_and(|output| output.status.success()) {
    eprintln!("The demo ends without the app: there is no rustup that has {TARGET} here.");
    return Ok(());
  }
  println!("\nThe app {APP}");
  let command = |arguments: &[&str]| {
    let mut command = Command::new(plugbay);
    // Its manifest says where cargo puts what it builds.
    command
      .args(arguments)
      .current_dir(workspace::root())
      .env_remove("CARGO_TARGET_DIR")
      .env("PLUGBAY_LOG", "app=info");
    command
  };
  let built = workspace::status(&mut command(&["build", "-f", APP]))?;
  ensure!(built.success(), "{APP} is not built");
  let started = Instant::now();
  let mut app = App::start(command(&["up", "--allow-plugin", "-f", APP, "--listen", "127.0.0.1:0"]))?;
  app.ask("GET / HTTP/1.1", "")?;
  println!("  first answer     {:>8.1} ms after the start", milliseconds(started.elapsed()));
  for (name, line, body) in [
    ("JavaScript", "GET / HTTP/1.1", ""),
    ("component", "POST /words HTTP/1.1", "the cat and the dog"),
    ("native plugin", "GET /totals HTTP/1.1", ""),
  ] {
    let times = (0..REQUESTS).map(|_| app.ask(line, body)).collect::<Result<Vec<_>>>();
    let mut times = times.with_context(|| format!("the {name} does not answer"))?;
    times.sort();
    let [median, late] = [REQUESTS / 2, REQUESTS * 99 / 100].map(|place| milliseconds(times[place]));
    println!("  {name:16} {median:>8.2} ms, 99 of 100 within {late:.2} ms, each by a connection of its own");
  }
  let asked = Instant::now();
  app.signal("HUP")?;
  let mut meanwhile = 0;
  while !app.has_said("reloaded") {
    app.ask("GET / HTTP/1.1", "")?;
    meanwhile += 1;
    ensure!(asked.elapsed() < PATIENCE, "it is not reloaded");
  }
  println!("  reloaded within  {:>8.1} ms, {meanwhile} requests answered meanwhile", milliseconds(asked.elapsed()));
  let asked = Instant::now();
  app.signal("TERM")?;
  let ended = app.child.wait()?;
  ensure!(ended.success(), "it does not end well: {ended}");
  println!("  drained within   {:>8.1} ms", milliseconds(asked.elapsed()));
  Ok(())
}

/// The app while it runs.
struct App {
  child: Child,
  address: String,
  /// Lines of its log.
  said: mpsc::Receiver<String>,
}

impl App {
  fn start(mut command: Command) -> Result<Self> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let (say, said) = mpsc::channel();
    let errors = BufReader::new(child.stderr.take().context("it has no standard error")?);
    std::thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
    let mut output = BufReader::new(child.stdout.take().context("it has no standard output")?);
    let mut line = String::new();
    output.read_line(&mut line)?;
    let address = line.trim().strip_prefix("Serving http://").map(str::to_string);
    let address = address.with_context(|| format!("it serves nothing: {:?}", said.try_iter().collect::<Vec<_>>()))?;
    // It would wait if nobody read.
    std::thread::spawn(move || output.lines().for_each(drop));
    Ok(Self { child, address, said })
  }

  /// How long an answer takes, which must be a good one.
  fn ask(&self, line: &str, body: &str) -> Result<Duration> {
    let started = Instant::now();
    let mut stream = TcpStream::connect(&self.address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    write!(stream, "{line}\r\nhost: {}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}", self.address)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    ensure!(answer.starts_with("HTTP/1.1 200 "), "{line}: {answer}");
    Ok(started.elapsed())
  }

  fn has_said(&self, text: &str) -> bool {
    self.said.try_iter().any(|line| line.contains(text))
  }

  fn signal(&self, name: &str) -> Result<()> {
    let sent = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status()?;
    ensure!(sent.success(), "no signal can be sent");
    Ok(())
  }
}

impl Drop for App {
  fn drop(&mut self) {
    // It may have ended.
    let _ = self.child.kill();
    let _ = self.child.wait();
  }
}

fn milliseconds(time: Duration) -> f64 {
  time.as_secs_f64() * 1000.0
}
