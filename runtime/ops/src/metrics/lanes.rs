//! What the lanes of a plugin count, each in a runtime of its own.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

use super::report::LaneReport;
use super::report::Metrics;
use super::report::Totals;

/// What a lane counts.
pub trait Counting: Send + Sync {
  /// All of it now.
  fn metrics(&self) -> Metrics;
}

/// What the lanes of a plugin count: those that there are, and those that have ended.
#[derive(Default)]
pub struct LaneCounts(Mutex<State>);

#[derive(Default)]
struct State {
  lanes: Vec<Arc<dyn Counting>>,
  ended: Totals,
}

impl LaneCounts {
  fn state(&self) -> MutexGuard<'_, State> {
    self.0.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// There is one more, which counts so.
  pub fn add(self: &Arc<Self>, lane: impl Counting + 'static) -> LaneCount {
    let lane: Arc<dyn Counting> = Arc::new(lane);
    self.state().lanes.push(lane.clone());
    LaneCount { counts: self.clone(), lane }
  }

  /// A report of each lane, and one of the sums of those that have ended, if there are any.
  pub(super) fn report(&self, plugin: &str) -> Vec<LaneReport> {
    let (lanes, ended) = {
      let state = self.state();
      (state.lanes.clone(), state.ended)
    };
    let mut reports = lanes.iter().map(|lane| {
      let metrics = lane.metrics();
      LaneReport { plugin: plugin.to_string(), has_ended: false, totals: metrics.totals, ops: metrics.ops }
    });
    let mut reports = reports.by_ref().collect::<Vec<_>>();
    if ended != Totals::default() {
      reports.push(LaneReport { plugin: plugin.to_string(), has_ended: true, totals: ended, ops: Vec::new() });
    }
    reports
  }
}

/// Keeps a lane among those that there are, until its runtime is gone.
pub struct LaneCount {
  counts: Arc<LaneCounts>,
  lane: Arc<dyn Counting>,
}

impl Drop for LaneCount {
  fn drop(&mut self) {
    let totals = self.lane.metrics().totals;
    let mut state = self.counts.state();
    state.lanes.retain(|lane| !Arc::ptr_eq(lane, &self.lane));
    state.ended.join(&totals);
  }
}
