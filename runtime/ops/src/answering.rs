//! How requests are counted that ops answer.

use std::cell::Cell;
use std::rc::Rc;

use plugbay_core::OpFailure;

use super::OpEntry;
use super::metrics::Flow;
use super::metrics::Started;

/// A request that an op answers, which is counted as an async call of it: done when this is dropped.
pub struct Answering {
  /// The op.
  pub entry: Rc<OpEntry>,
  started: Started,
  has_failed: Cell<bool>,
  /// Bytes of the response's body.
  given: Cell<usize>,
}

impl Answering {
  /// It begins.
  pub fn begin(entry: Rc<OpEntry>) -> Self {
    let started = entry.metrics.begin(0, 0);
    entry.metrics.defer(Flow::Async);
    Self { entry, started, has_failed: Cell::new(false), given: Cell::new(0) }
  }

  /// Counts bytes of the response's body.
  pub fn gives(&self, bytes: usize) {
    self.given.set(self.given.get() + bytes);
  }

  /// Counts it as failed; gives what whoever runs the server is told.
  pub fn fail(&self, failure: &OpFailure) -> String {
    self.has_failed.set(true);
    format!("op {:?} of plugin {}: {}", &*self.entry.name, self.entry.plugin.name, failure.message)
  }
}

impl Drop for Answering {
  fn drop(&mut self) {
    if self.has_failed.get() {
      self.entry.metrics.count_error();
    }
    self.entry.metrics.end(self.started, Flow::Async, self.given.get());
  }
}
