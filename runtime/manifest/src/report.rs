//! Collects what is wrong with a text, so that all of it is told at once.

use std::cell::RefCell;
use std::path::Path;
use std::path::PathBuf;

use crate::Fault;
use crate::FaultCode;
use crate::Faults;
use crate::Position;

/// A text and what is wrong with it.
pub(crate) struct Report {
  path: PathBuf,
  text: String,
  /// Where each line begins.
  lines: Vec<usize>,
  faults: RefCell<Vec<(usize, Fault)>>,
  warnings: RefCell<Vec<(usize, Fault)>>,
}

impl Report {
  pub(crate) fn new(path: &Path, text: String) -> Self {
    let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    Self { path: path.to_owned(), text, lines, faults: RefCell::default(), warnings: RefCell::default() }
  }

  pub(crate) fn text(&self) -> &str {
    &self.text
  }

  /// The place of a byte of the text, or of its end.
  pub(crate) fn position(&self, at: usize) -> Position {
    let line = self.lines.partition_point(|&start| start <= at).max(1);
    let start = self.lines.get(line - 1).copied().unwrap_or(0);
    let before = self.text.as_bytes().get(start..at.min(self.text.len())).unwrap_or_default();
    Position { line, column: String::from_utf8_lossy(before).chars().count() + 1 }
  }

  /// The byte at a line and a column that are counted from one, the column in bytes, as serde_json counts.
  pub(crate) fn offset(&self, line: usize, column: usize) -> usize {
    let start = self.lines.get(line.saturating_sub(1)).copied().unwrap_or(self.text.len());
    (start + column.saturating_sub(1)).min(self.text.len())
  }

  pub(crate) fn fault(&self, at: usize, code: FaultCode, message: impl Into<String>, help: Option<String>) {
    self.faults.borrow_mut().push((at, self.made(at, code, message.into(), help)));
  }

  pub(crate) fn warn(&self, at: usize, code: FaultCode, message: impl Into<String>, help: Option<String>) {
    self.warnings.borrow_mut().push((at, self.made(at, code, message.into(), help)));
  }

  pub(crate) fn has_faults(&self) -> bool {
    !self.faults.borrow().is_empty()
  }

  fn made(&self, at: usize, code: FaultCode, message: String, help: Option<String>) -> Fault {
    Fault { path: self.path.clone(), at: Some(self.position(at)), code, message, help }
  }

  /// Everything, in the order of the text; what is found wrong twice is told once.
  pub(crate) fn finish(self) -> Faults {
    let sorted = |list: RefCell<Vec<(usize, Fault)>>| {
      let mut list = list.into_inner();
      list.sort_by_key(|(at, _)| *at);
      list.dedup();
      list.into_iter().map(|(_, fault)| fault).collect()
    };
    Faults { faults: sorted(self.faults), warnings: sorted(self.warnings) }
  }
}
