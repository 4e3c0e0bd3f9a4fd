//! What calls the components of an app: a folder for each kind of triggers, and `external/` for those that are programs
//! of their own.

mod children;
mod external;
pub(crate) mod http;
mod readiness;
pub(crate) mod redis;
mod trigger;

use std::collections::BTreeSet;
use std::sync::Arc;

use app_manifest::App;
use app_manifest::Trigger as AppTrigger;

pub(crate) use self::children::Children;
use self::external::External;
use self::external::share_out;
use self::http::Http;
pub(crate) use self::readiness::Readiness;
use self::redis::Redis;
pub(crate) use self::trigger::Host;
pub(crate) use self::trigger::Stop;
pub(crate) use self::trigger::Trigger;
use crate::error::UpError;
use crate::options::UpOptions;
use crate::placed;
use crate::plugins::trigger_program;

/// The kinds that are the host's own, in the order in which they are started.
fn built_in() -> [Arc<dyn Trigger>; 2] {
  [Arc::new(Http), Arc::new(Redis)]
}

/// The kinds of triggers that an app has.
pub(crate) fn kinds(app: &App) -> BTreeSet<&str> {
  app.triggers.iter().map(AppTrigger::kind).collect()
}

/// What serves the triggers of an app: what is built in, then plugins.
///
/// # Errors
///
/// As [`check`]; flags that nothing takes.
pub(crate) fn of_app(app: &App, options: &UpOptions) -> Result<Vec<Arc<dyn Trigger>>, UpError> {
  let Found { mut serving, mut externals } = find(app, options)?;
  share_out(&mut externals, options).map_err(UpError::Triggers)?;
  serving.extend(externals.into_iter().map(|external| Arc::new(external) as Arc<dyn Trigger>));
  Ok(serving)
}

/// Whether all triggers of an app can be served.
///
/// # Errors
///
/// Every kind that nothing here serves, and why; an app without triggers.
pub(crate) fn check(app: &App, options: &UpOptions) -> Result<(), UpError> {
  find(app, options).map(drop)
}

/// What serves the triggers of an app.
struct Found {
  /// What is built in.
  serving: Vec<Arc<dyn Trigger>>,
  externals: Vec<External>,
}

fn find(app: &App, options: &UpOptions) -> Result<Found, UpError> {
  let mut kinds = kinds(app);
  if kinds.is_empty() {
    let what = options.only.as_ref().map_or_else(|| "no triggers".to_string(), |kind| format!("no {kind} triggers"));
    return Err(UpError::Triggers(vec![format!("the app has {what}, so that nothing calls its components")]));
  }
  let serving = built_in().into_iter().filter(|trigger| kinds.remove(trigger.kind())).collect();
  let (mut externals, mut faults) = (Vec::new(), Vec::new());
  for kind in kinds {
    match trigger_program(options.plugins.as_deref(), kind) {
      Ok(program) => externals.push(External { kind: kind.to_string(), program, arguments: Vec::new() }),
      Err(why) => faults.push(placed::of_triggers(app, kind, &why)),
    }
  }
  if faults.is_empty() { Ok(Found { serving, externals }) } else { Err(UpError::Triggers(faults)) }
}
