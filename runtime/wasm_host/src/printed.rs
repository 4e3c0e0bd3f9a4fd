//! What components print, line by line, each with the request that it is of.

use std::fs::File;
use std::io::Write;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::time::Duration;
use std::time::Instant;

use wasi_preview1::Sink;
use wasi_preview1::StandardStream;

/// A line that is longer is told in pieces.
const MOST: usize = 16 << 10;
/// How long whoever reads the process's own stream may take for what is printed at once; what is left then is lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes that are gathered for that stream: labels may be much longer than lines.
const MOST_DUE: usize = 1 << 20;
/// Stands for the request where there is none.
const NO_REQUEST: &str = "-";

/// Where lines go.
#[derive(Clone, Debug, Default)]
pub struct Destination {
  /// To the log, with component, stream and request as fields.
  pub log: bool,
  /// To the process's own stream, behind component and request.
  pub own: bool,
  /// Into a file, to which others may append, behind the request.
  pub file: Option<Arc<File>>,
}

/// A stream of a component's whose lines are told apart.
#[derive(Debug)]
pub struct Printed {
  component: String,
  stream: StandardStream,
  to: Destination,
  lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
  /// What the request is called that the component answers.
  request: Option<String>,
  /// What is no whole line yet.
  begun: Vec<u8>,
  /// What the process's own stream has not got yet, of what is printed at once.
  due: Vec<u8>,
}

impl Printed {
  /// What the component of that name prints to that stream.
  pub fn new(component: String, stream: StandardStream, to: Destination) -> Self {
    Self { component, stream, to, lines: Mutex::default() }
  }

  /// From now on the component prints for the request of that name, or for none that is known.
  pub fn name_request(&self, request: Option<String>) {
    let mut lines = self.lines();
    self.name(&mut lines, request);
    self.pass_on(&mut lines, Instant::now() + PATIENCE);
  }

  /// Takes what is printed for a request, of which nothing is left then that is no whole line.
  pub fn print(&self, request: Option<String>, bytes: &[u8]) {
    let mut lines = self.lines();
    self.name(&mut lines, request);
    let until = self.take(&mut lines, bytes);
    self.finish(&mut lines);
    self.pass_on(&mut lines, until);
  }

  /// Takes what is written for a request. What is no whole line at its end is one when more comes, or something is
  /// printed or written for another.
  pub fn write_for(&self, request: Option<String>, bytes: &[u8]) {
    let mut lines = self.lines();
    if lines.request != request {
      self.name(&mut lines, request);
    }
    let until = self.take(&mut lines, bytes);
    self.pass_on(&mut lines, until);
  }

  fn lines(&self) -> MutexGuard<'_, Lines> {
    self.lines.lock().unwrap_or_else(PoisonError::into_inner)
  }

  fn name(&self, lines: &mut Lines, request: Option<String>) {
    self.finish(lines);
    lines.request = request;
  }

  /// What was begun is a line.
  fn finish(&self, lines: &mut Lines) {
    if !lines.begun.is_empty() {
      let line = std::mem::take(&mut lines.begun);
      self.tell(lines, &line);
    }
  }

  /// Gives until when the process's own stream may take it.
  fn take(&self, lines: &mut Lines, bytes: &[u8]) -> Instant {
    let until = Instant::now() + PATIENCE;
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
      let (text, ends) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
      for text in text.chunks(MOST) {
        if lines.begun.len() + text.len() > MOST {
          self.finish(lines);
        }
        lines.begun.extend_from_slice(text);
      }
      if ends {
        let line = std::mem::take(&mut lines.begun);
        self.tell(lines, &line);
      }
      if lines.due.len() > MOST_DUE {
        self.pass_on(lines, until);
      }
    }
    until
  }

  /// Whoever reads it may take a while: once for all lines.
  fn pass_on(&self, lines: &mut Lines, until: Instant) {
    if !lines.due.is_empty() {
      let left = until.saturating_duration_since(Instant::now());
      wasi_preview1::print(self.stream, &std::mem::take(&mut lines.due), left);
    }
  }

  fn tell(&self, lines: &mut Lines, line: &[u8]) {
    let Self { component, stream, to, .. } = self;
    let (line, request_id) = (line.strip_suffix(b"\r").unwrap_or(line), lines.request.as_deref());
    if to.log {
      let stream = if matches!(stream, StandardStream::Stdout) { "stdout" } else { "stderr" };
      tracing::info!(target: "print", component, stream, request_id, "{}", String::from_utf8_lossy(line));
    }
    let request = request_id.unwrap_or(NO_REQUEST);
    // One write each, so that lines of others stand beside it, and not within.
    if let Some(file) = &to.file
      && let Err(error) = (&**file).write_all(&labelled(request, line))
    {
      tracing::warn!(target: "print", component, "a line is lost: {error}");
    }
    if to.own {
      let labelled = labelled(&format!("{component} {request}"), line);
      lines.due.extend(labelled);
    }
  }
}

fn labelled(label: &str, line: &[u8]) -> Vec<u8> {
  [label.as_bytes(), b" | ", line, b"\n"].concat()
}

impl Sink for Printed {
  fn write(&self, bytes: &[u8]) {
    let mut lines = self.lines();
    let until = self.take(&mut lines, bytes);
    self.pass_on(&mut lines, until);
  }
}

impl Drop for Printed {
  fn drop(&mut self) {
    self.name_request(None);
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn each_line_is_behind_its_request() {
    let file = tempfile::NamedTempFile::new().expect("there is room");
    let to = Destination { file: Some(Arc::new(file.reopen().expect("it is there"))), ..Destination::default() };
    let printed = Printed::new("shop".to_string(), StandardStream::Stderr, to);
    printed.write(b"starts\r\nhalf");
    printed.name_request(Some("order-1".to_string()));
    printed.write(b"a\nb");
    printed.write(b"c\n\n");
    printed.print(Some("order-2".to_string()), b"whole");
    printed.print(None, &[b'x'; MOST + 1]);
    printed.write_for(Some("order-3".to_string()), b"piece by ");
    printed.write_for(Some("order-3".to_string()), b"piece\nhalf");
    printed.print(Some("order-3".to_string()), b"printed\n");
    printed.write_for(Some("order-3".to_string()), b"half");
    printed.write_for(Some("order-4".to_string()), b"half");
    drop(printed);
    let written = std::fs::read_to_string(file.path()).expect("it is text");
    let long = "x".repeat(MOST);
    let lines = written.lines().collect::<Vec<_>>();
    assert_eq!(lines[..6], ["- | starts", "- | half", "order-1 | a", "order-1 | bc", "order-1 | ", "order-2 | whole"]);
    assert_eq!(lines[6..8], [format!("- | {long}"), "- | x".to_string()]);
    let rest = ["order-3 | piece by piece", "order-3 | half", "order-3 | printed", "order-3 | half", "order-4 | half"];
    assert_eq!(lines[8..], rest);
  }
}
