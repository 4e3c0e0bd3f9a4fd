//! Which triggers take what they are for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// Whether each trigger of an app is ready.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readiness(Arc<Mutex<BTreeMap<String, bool>>>);

impl Readiness {
  /// For a trigger to say whether it is; it is not yet.
  pub(crate) fn of(&self, kind: &str) -> Ready {
    let ready = Ready { readiness: self.clone(), kind: kind.to_owned() };
    ready.note(false);
    ready
  }

  /// Each kind of triggers, and whether it is ready.
  pub(crate) fn states(&self) -> BTreeMap<String, bool> {
    self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
  }
}

/// Where a trigger says whether it is ready.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
  readiness: Readiness,
  kind: String,
}

impl Ready {
  /// The log has every change, and when all triggers are ready.
  pub(crate) fn set(&self, is_ready: bool) {
    if self.note(is_ready) == is_ready {
      return;
    }
    match is_ready {
      true if self.readiness.states().values().all(|is_ready| *is_ready) => {
        tracing::info!(target: "app", "the trigger {} is ready, and so are all", self.kind);
      }
      true => tracing::info!(target: "app", "the trigger {} is ready", self.kind),
      false => tracing::warn!(target: "app", "the trigger {} is not ready", self.kind),
    }
  }

  /// Gives what was there before.
  fn note(&self, is_ready: bool) -> bool {
    let mut states = self.readiness.0.lock().unwrap_or_else(PoisonError::into_inner);
    states.insert(self.kind.clone(), is_ready).unwrap_or_default()
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn each_trigger_says_for_itself() {
    let readiness = Readiness::default();
    let (http, redis) = (readiness.of("http"), readiness.of("redis"));
    http.set(true);
    let states = |http, redis| BTreeMap::from([("http".to_string(), http), ("redis".to_string(), redis)]);
    assert_eq!(readiness.states(), states(true, false));
    redis.set(true);
    redis.set(false);
    assert_eq!(readiness.states(), states(true, false));
  }
}
