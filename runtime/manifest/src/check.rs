//! What can be told only of a whole app: names that are there twice or not at all, routes that hide one another.

use std::collections::HashSet;

use crate::App;
use crate::Component;
use crate::FaultCode;
use crate::LoadOptions;
use crate::Router;
use crate::Trigger;
use crate::TriggerConfig;
use crate::names::listed;
use crate::names::nearest;
use crate::read::ReadTrigger;
use crate::report::Report;

/// What has been read of an app, with its places.
#[derive(Default)]
pub(crate) struct Draft {
  /// Id, place, and the component if it could be read.
  pub(crate) components: Vec<(String, usize, Option<Component>)>,
  /// Kind, and the trigger.
  pub(crate) triggers: Vec<(String, ReadTrigger)>,
  /// Whether there are components that do not say what they are called: any name may be theirs.
  pub(crate) nameless: bool,
}

/// The app with its triggers and components; None if the report has faults.
pub(crate) fn checked(mut app: App, draft: Draft, options: &LoadOptions, report: &Report) -> Option<App> {
  selection(&draft, options, report);
  let ids = trigger_ids(&draft, report);
  let mut called = HashSet::new();
  let mut route_places = Vec::new();
  for ((_, read), id) in draft.triggers.into_iter().zip(ids) {
    if let Some(named) = &read.component {
      if !draft.nameless && !draft.components.iter().any(|(id, ..)| *id == named.text) {
        let message = format!("there is no component `{}`", named.text);
        let help = match nearest(&named.text, draft.components.iter().map(|(id, ..)| id.as_str())) {
          Some(meant) => format!("did you mean `{meant}`?"),
          None => format!("add `[component.{}]`", named.text),
        };
        report.fault(named.at, FaultCode::Reference, message, Some(help));
      }
      called.insert(named.text.clone());
    }
    let taken = read.component.as_ref().is_none_or(|named| options.takes(&named.text));
    if taken {
      route_places.push(read.route_at);
      let at = Some(report.position(read.at));
      app.triggers.push(Trigger { id, at, config: read.config });
    }
  }
  // Of a trigger that could not be read nobody knows what it would call.
  let uncalled = draft.components.iter().filter(|(id, ..)| !report.has_faults() && !called.contains(id));
  for (id, at, _) in uncalled {
    let message = format!("nothing calls the component `{id}`");
    let help = format!("add a trigger with `component = \"{id}\"`");
    report.warn(*at, FaultCode::Reference, message, Some(help));
  }
  app.components = draft.components.into_iter().filter(|(id, ..)| options.takes(id)).filter_map(|one| one.2).collect();
  routes(&app, &route_places, report);
  (!report.has_faults()).then_some(app)
}

/// What is asked for by name must be there.
fn selection(draft: &Draft, options: &LoadOptions, report: &Report) {
  let known = || draft.components.iter().map(|(id, ..)| id.as_str());
  for id in options.components.iter().filter(|id| known().all(|one| one != *id)) {
    let help = match nearest(id, known()) {
      Some(meant) => format!("did you mean `{meant}`?"),
      None => format!("it has {}", listed(known())),
    };
    report.fault(0, FaultCode::Reference, format!("the app has no component `{id}`, which was asked for"), Some(help));
  }
}

/// The id of each trigger: its own, or one made of its component and its kind.
fn trigger_ids(draft: &Draft, report: &Report) -> Vec<String> {
  let mut taken = HashSet::new();
  for id in draft.triggers.iter().filter_map(|(_, read)| read.id.as_ref()) {
    if !taken.insert(id.text.clone()) {
      let message = format!("there are two triggers `{}`", id.text);
      report.fault(id.at, FaultCode::Duplicate, message, Some("give each an `id` of its own".to_owned()));
    }
  }
  let mut made = |kind: &str, read: &ReadTrigger| {
    let natural = read.component.as_ref().map(|component| format!("{}-{kind}-trigger", component.text));
    let counted = (1..).map(|count| format!("{kind}-trigger{count}"));
    natural.into_iter().chain(counted).find(|id| taken.insert(id.clone())).unwrap_or_default()
  };
  draft
    .triggers
    .iter()
    .map(|(kind, read)| read.id.as_ref().map_or_else(|| made(kind, read), |id| id.text.clone()))
    .collect()
}

/// Routes that take the same requests. `places` are those of the triggers.
fn routes(app: &App, places: &[usize], report: &Report) {
  let Ok((_, hidden)) = Router::of_app(app) else { return };
  for one in hidden {
    let [loser, winner] = [one.hidden, one.by].map(|index| app.triggers.get(index));
    let (Some(loser), Some(winner)) = (loser, winner) else { continue };
    let place = places.get(one.hidden).copied().unwrap_or_default();
    let what = |trigger: &Trigger| match trigger.component() {
      Some(component) => format!("the component `{component}`"),
      None => format!("the trigger `{}`", trigger.id),
    };
    let route = match &loser.config {
      TriggerConfig::Http(http) => http.route.to_string(),
      _ => continue,
    };
    let message = format!("`{route}` never calls {}: {} answers the same paths", what(loser), what(winner));
    report.warn(place, FaultCode::Duplicate, message, Some("give each a route of its own".to_owned()));
  }
}
