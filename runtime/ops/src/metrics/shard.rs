//! The counters of one runtime, for any thread to read while the isolate runs.
//!
//! A shard is locked when ops are registered or go, and while somebody reads; no call locks it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::counters::Counted;
use super::counters::Counters;
use super::lanes::Counting;
use super::lanes::LaneCounts;
use super::op_metrics::OpMetrics;
use super::report::Metrics;
use super::report::OpReport;
use super::report::Totals;
use crate::OpId;
use crate::OpNames;
use crate::clock::TickScale;

/// What is counted in one runtime.
#[derive(Default)]
pub(crate) struct Shard {
  state: Mutex<State>,
  scale: TickScale,
}

#[derive(Default)]
struct State {
  /// Those that somebody has asked for: the open ones, and closed ones that somebody holds.
  ops: BTreeMap<OpId, Row>,
  /// Open ops that were registered together, by their first ids.
  blocks: BTreeMap<OpId, (Arc<PluginRow>, Arc<dyn OpNames>)>,
  /// Sums over ops that are gone.
  gone: Totals,
  /// Of plugins that run on threads.
  lanes: Vec<(Arc<PluginRow>, Arc<LaneCounts>)>,
}

struct Row {
  name: Arc<str>,
  plugin: Arc<PluginRow>,
  counters: Arc<Counters>,
  is_open: bool,
}

/// What is known of a plugin.
pub(crate) struct PluginRow {
  name: Arc<str>,
  /// Sums over its ops that are gone.
  gone: Mutex<Totals>,
}

impl PluginRow {
  pub(crate) fn new(name: Arc<str>) -> Arc<Self> {
    Arc::new(Self { name, gone: Mutex::default() })
  }

  fn gone(&self) -> MutexGuard<'_, Totals> {
    self.gone.lock().unwrap_or_else(PoisonError::into_inner)
  }
}

impl Shard {
  fn state(&self) -> MutexGuard<'_, State> {
    self.state.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// How long a tick of the clock is by which calls are timed.
  pub(crate) fn scale(&self) -> &TickScale {
    &self.scale
  }

  /// Counts from now on for an op.
  pub(crate) fn add(&self, id: OpId, name: &Arc<str>, plugin: &Arc<PluginRow>) -> OpMetrics {
    let metrics = OpMetrics::default();
    let row = Row { name: name.clone(), plugin: plugin.clone(), counters: metrics.counters.clone(), is_open: true };
    self.state().ops.insert(id, row);
    metrics
  }

  /// Knows from now on of ops whose ids follow one another.
  pub(crate) fn add_block(&self, first: OpId, plugin: &Arc<PluginRow>, names: Arc<dyn OpNames>) {
    self.state().blocks.insert(first, (plugin.clone(), names));
  }

  /// A plugin runs on lanes that count themselves, until it is closed.
  pub(crate) fn add_lanes(&self, plugin: &Arc<PluginRow>, counts: Arc<LaneCounts>) {
    self.state().lanes.push((plugin.clone(), counts));
  }

  /// A plugin is closed.
  pub(crate) fn close_lanes(&self, plugin: &Arc<PluginRow>) {
    self.state().lanes.retain(|(of, _)| !Arc::ptr_eq(of, plugin));
  }

  /// An op or a block is closed.
  pub(crate) fn close(&self, ids: std::ops::Range<OpId>) {
    let mut state = self.state();
    state.ops.range_mut(ids.clone()).for_each(|(_, row)| row.is_open = false);
    // A plugin's ids that follow one another may be of several blocks.
    let blocks = state.blocks.range(ids).map(|(&first, _)| first).collect::<Vec<_>>();
    blocks.iter().for_each(|first| drop(state.blocks.remove(first)));
  }

  /// Nobody holds an op any more: its counters are added to the sums.
  pub(crate) fn remove(&self, id: OpId) {
    let mut state = self.state();
    if let Some(Row { plugin, counters, .. }) = state.ops.remove(&id) {
      let counted = counters.read();
      state.gone.add(&counted);
      plugin.gone().add(&counted);
    }
  }

  /// Counts for an op that is gone.
  pub(crate) fn count_gone(&self, plugin: &PluginRow, count: impl Fn(&mut Totals)) {
    count(&mut self.state().gone);
    count(&mut plugin.gone());
  }

  /// The metrics of all ops, or of those of one plugin.
  pub(crate) fn metrics(&self, of: Option<&Arc<PluginRow>>) -> Metrics {
    let state = self.state();
    let is_wanted = |plugin: &Arc<PluginRow>| of.is_none_or(|of| Arc::ptr_eq(of, plugin));
    let mut metrics = Metrics { totals: of.map_or(state.gone, |plugin| *plugin.gone()), ..Default::default() };
    let mut latencies = Vec::new();
    for (&id, row) in state.ops.iter().filter(|(_, row)| is_wanted(&row.plugin)) {
      let counted = row.counters.read();
      metrics.totals.add(&counted);
      if row.is_open {
        latencies.extend(row.counters.latencies().clone().map(|latencies| (metrics.ops.len(), latencies)));
        metrics.ops.push(OpReport::new(id, &row.name, &row.plugin.name, &counted, Default::default()));
      }
    }
    for (&first, (plugin, names)) in state.blocks.iter().filter(|(_, (plugin, _))| is_wanted(plugin)) {
      // What nobody has asked for was not called.
      for (id, index) in (first..).zip(0..names.len()).filter(|(id, _)| !state.ops.contains_key(id)) {
        let none = OpReport::new(id, names.name(index), &plugin.name, &Counted::default(), Default::default());
        metrics.ops.push(none);
      }
    }
    let lanes = state.lanes.iter().filter(|(plugin, _)| is_wanted(plugin)).cloned().collect::<Vec<_>>();
    // Statistics take a while, and the runtime may want the lock.
    drop(state);
    metrics.lanes = lanes.iter().flat_map(|(plugin, counts)| counts.report(&plugin.name)).collect();
    for (place, latencies) in latencies {
      metrics.ops[place].latency = latencies.report(&self.scale);
    }
    metrics.ops.sort_unstable_by_key(|op| op.id);
    metrics
  }
}

/// Reads what a runtime counts, from any thread and at any time, also while a script or a guest of it does not end.
/// When the runtime is gone the sums are left.
#[derive(Clone)]
pub struct MetricsReader(pub(crate) Arc<Shard>);

impl MetricsReader {
  /// The metrics of all ops now. What a counter says may be a moment old, and counters that are read while a call goes
  /// on may differ by that call: a call that turns out to be async leaves the sync ones.
  pub fn metrics(&self) -> Metrics {
    self.0.metrics(None)
  }
}

impl Counting for MetricsReader {
  fn metrics(&self) -> Metrics {
    self.0.metrics(None)
  }
}

impl std::fmt::Debug for MetricsReader {
  fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    f.debug_struct("MetricsReader").finish_non_exhaustive()
  }
}
