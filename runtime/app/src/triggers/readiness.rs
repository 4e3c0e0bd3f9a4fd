//! Whether an app is served, and which triggers take what they are for.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;

/// Whether an app and each of its triggers are ready.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readiness(Arc<States>);

#[derive(Debug, Default)]
struct States {
  is_served: AtomicBool,
  triggers: Mutex<BTreeMap<String, bool>>,
}

impl Readiness {
  /// The app is served from now on.
  pub(crate) fn begin(&self) {
    self.0.is_served.store(true, Ordering::SeqCst);
  }

  /// The app is to end. Gives whether it was served.
  pub(crate) fn end(&self) -> bool {
    self.0.is_served.swap(false, Ordering::SeqCst)
  }

  /// Whether the app is served, and all of its triggers take what they are for.
  pub(crate) fn is_ready(&self) -> bool {
    self.0.is_served.load(Ordering::SeqCst) && self.states().values().all(|is_ready| *is_ready)
  }

  /// For a trigger to say whether it is; it is not yet.
  pub(crate) fn of(&self, kind: &str) -> Ready {
    let ready = Ready { readiness: self.clone(), kind: kind.to_owned() };
    ready.note(false);
    ready
  }

  /// Each kind of triggers, and whether it is ready.
  pub(crate) fn states(&self) -> BTreeMap<String, bool> {
    self.0.triggers.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
    let mut states = self.readiness.0.triggers.lock().unwrap_or_else(PoisonError::into_inner);
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

  #[test]
  fn an_app_is_ready_when_it_is_served_and_all_triggers_are() {
    let readiness = Readiness::default();
    let redis = readiness.of("redis");
    readiness.begin();
    assert!(!readiness.is_ready());
    redis.set(true);
    assert!(readiness.is_ready());
    assert!(readiness.end());
    assert!(!readiness.is_ready() && !readiness.end());
  }
}
