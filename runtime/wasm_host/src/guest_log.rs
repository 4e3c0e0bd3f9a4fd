//! What guests print, line by line, in the log.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use wasi_preview1::Sink;

/// A line that is longer is told in pieces.
const MOST: usize = 16 << 10;

/// A stream of a guest's that goes to the log.
#[derive(Debug)]
pub(crate) struct GuestLog {
  component: String,
  stream: &'static str,
  lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
  /// What the request is called that the guest answers.
  request: Option<String>,
  /// What is no whole line yet.
  begun: Vec<u8>,
}

impl GuestLog {
  pub(crate) fn new(component: String, stream: &'static str) -> Self {
    Self { component, stream, lines: Mutex::default() }
  }

  /// From now on the guest prints for the request of that name, or for none that is known.
  pub(crate) fn name_request(&self, request: Option<String>) {
    let mut lines = self.lines();
    self.finish(&mut lines);
    lines.request = request;
  }

  fn lines(&self) -> MutexGuard<'_, Lines> {
    self.lines.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// What was begun is a line.
  fn finish(&self, lines: &mut Lines) {
    if !lines.begun.is_empty() {
      let line = std::mem::take(&mut lines.begun);
      self.tell(lines, &line);
    }
  }

  fn tell(&self, lines: &Lines, line: &[u8]) {
    let Self { component, stream, .. } = self;
    let (text, request_id) = (String::from_utf8_lossy(line), lines.request.as_deref());
    tracing::info!(target: "print", component, stream, request_id, "{}", text.trim_end_matches('\r'));
  }
}

impl Sink for GuestLog {
  fn write(&self, bytes: &[u8]) {
    let mut lines = self.lines();
    for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
      let (text, ends) = piece.strip_suffix(b"\n").map_or((piece, false), |text| (text, true));
      for text in text.chunks(MOST) {
        if lines.begun.len() + text.len() > MOST {
          self.finish(&mut lines);
        }
        lines.begun.extend_from_slice(text);
      }
      if ends {
        let line = std::mem::take(&mut lines.begun);
        self.tell(&lines, &line);
      }
    }
  }
}

impl Drop for GuestLog {
  fn drop(&mut self) {
    self.name_request(None);
  }
}
