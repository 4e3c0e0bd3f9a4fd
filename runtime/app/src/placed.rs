//! What is wrong with an app that is found later than by reading: with the place in the manifest that it is about.

use app_manifest::App;
use app_manifest::FaultCode;

/// What is wrong with a component, at its place.
pub(crate) fn of_component(app: &App, component: &str, why: &str) -> String {
  let at = app.component(component).and_then(|component| component.at);
  app.fault(at, FaultCode::Source, format!("component {component}: {why}"), None).to_string()
}

/// What is wrong with a kind of triggers, at the place of the first.
pub(crate) fn of_triggers(app: &App, kind: &str, why: &str) -> String {
  let at = app.triggers.iter().find(|trigger| trigger.kind() == kind).and_then(|trigger| trigger.at);
  app.fault(at, FaultCode::Unsupported, why, None).to_string()
}
