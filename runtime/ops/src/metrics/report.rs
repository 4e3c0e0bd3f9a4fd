//! The report that scripts and embedders read.

use serde::Serialize;

use super::counters::Counted;
use super::flow::Flow;
use super::latencies::Latency;
use crate::OpId;

/// The metrics of a runtime or of one plugin: the counters of Deno 1 and a row for every op that is open.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
  /// Sums over all ops, also those that are closed.
  pub totals: Totals,
  /// The ops that are open, by id.
  pub ops: Vec<OpReport>,
  /// What is counted on the threads of plugins that are open. A call of such a plugin's op is one above, with the time
  /// that it waits and crosses, and one there: its `totals` are no part of those above.
  pub lanes: Vec<LaneReport>,
}

/// What is counted on one of a plugin's threads.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneReport {
  /// The plugin.
  pub plugin: String,
  /// These are the sums of the threads that have ended.
  pub has_ended: bool,
  /// Sums over all ops there, also those that are closed.
  pub totals: Totals,
  /// The ops that are open there, by id: those of the plugin, and of others that it has opened.
  pub ops: Vec<OpReport>,
}

/// The counters of Deno 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
  /// Calls that were answered at once.
  pub ops_dispatched_sync: u64,
  /// Calls that were not, and keep the program alive.
  pub ops_dispatched_async: u64,
  /// Calls that were not, and do not keep the program alive.
  pub ops_dispatched_async_unref: u64,
  /// Of the sync calls, those that are done.
  pub ops_completed_sync: u64,
  /// Of the async calls, those that are done.
  pub ops_completed_async: u64,
  /// Of the async calls that do not keep the program alive, those that are done.
  pub ops_completed_async_unref: u64,
  /// Bytes in the first buffers of calls.
  pub bytes_sent_control: u64,
  /// Bytes in the other buffers of calls.
  pub bytes_sent_data: u64,
  /// Bytes in answers.
  pub bytes_received: u64,
}

impl Totals {
  /// All calls.
  pub fn ops_dispatched(&self) -> u64 {
    self.ops_dispatched_sync.saturating_add(self.ops_dispatched_async).saturating_add(self.ops_dispatched_async_unref)
  }

  /// A call of an op that is gone is done.
  pub fn end(&mut self, flow: Flow, received: usize) {
    let completed = match flow {
      Flow::Sync => &mut self.ops_completed_sync,
      Flow::Async => &mut self.ops_completed_async,
      Flow::AsyncUnref => &mut self.ops_completed_async_unref,
    };
    *completed = completed.saturating_add(1);
    self.bytes_received = self.bytes_received.saturating_add(received as u64);
  }

  /// The call that began last, of an op that is gone, turned out to be an async one.
  pub fn defer(&mut self) {
    self.ops_dispatched_sync = self.ops_dispatched_sync.saturating_sub(1);
    self.ops_dispatched_async = self.ops_dispatched_async.saturating_add(1);
  }

  /// Adds what was counted of an op.
  pub(super) fn add(&mut self, counted: &Counted) {
    self.join(&Self {
      ops_dispatched_sync: counted.dispatched.sync,
      ops_dispatched_async: counted.dispatched.async_,
      ops_dispatched_async_unref: counted.dispatched.async_unref,
      ops_completed_sync: counted.completed.sync,
      ops_completed_async: counted.completed.async_,
      ops_completed_async_unref: counted.completed.async_unref,
      bytes_sent_control: counted.bytes_sent_control,
      bytes_sent_data: counted.bytes_sent_data,
      bytes_received: counted.bytes_received,
    });
  }

  /// Adds other sums.
  pub(super) fn join(&mut self, other: &Self) {
    let add = |total: &mut u64, counted: u64| *total = total.saturating_add(counted);
    add(&mut self.ops_dispatched_sync, other.ops_dispatched_sync);
    add(&mut self.ops_dispatched_async, other.ops_dispatched_async);
    add(&mut self.ops_dispatched_async_unref, other.ops_dispatched_async_unref);
    add(&mut self.ops_completed_sync, other.ops_completed_sync);
    add(&mut self.ops_completed_async, other.ops_completed_async);
    add(&mut self.ops_completed_async_unref, other.ops_completed_async_unref);
    add(&mut self.bytes_sent_control, other.bytes_sent_control);
    add(&mut self.bytes_sent_data, other.bytes_sent_data);
    add(&mut self.bytes_received, other.bytes_received);
  }

  /// All calls that are done.
  pub fn ops_completed(&self) -> u64 {
    self.ops_completed_sync.saturating_add(self.ops_completed_async).saturating_add(self.ops_completed_async_unref)
  }
}

/// The metrics of one op.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpReport {
  /// Name it was registered under.
  pub name: String,
  /// Name of the plugin it belongs to.
  pub plugin: String,
  /// Id in the table.
  pub id: u32,
  /// Calls that reached it.
  pub calls: u64,
  /// Calls that are done, well or not.
  pub completed: u64,
  /// Calls that failed.
  pub errors: u64,
  /// Calls that are not done.
  pub in_flight: u64,
  /// Bytes in the first buffers of calls.
  pub bytes_sent_control: u64,
  /// Bytes in the other buffers of calls.
  pub bytes_sent_data: u64,
  /// Bytes in answers.
  pub bytes_received: u64,
  /// How long the calls that are done took.
  pub latency: Latency,
}

impl OpReport {
  pub(super) fn new(id: OpId, name: &str, plugin: &str, counted: &Counted, latency: Latency) -> Self {
    let (calls, completed) = (counted.dispatched.total(), counted.completed.total());
    Self {
      id,
      name: name.to_string(),
      plugin: plugin.to_string(),
      calls,
      completed,
      errors: counted.errors,
      in_flight: calls.saturating_sub(completed),
      bytes_sent_control: counted.bytes_sent_control,
      bytes_sent_data: counted.bytes_sent_data,
      bytes_received: counted.bytes_received,
      latency,
    }
  }
}
