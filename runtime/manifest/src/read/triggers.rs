//! What a trigger of a kind says, in whichever manifest.

use serde_json::Map;
use serde_json::Value as Json;

use crate::HttpTarget;
use crate::HttpTrigger;
use crate::OtherTrigger;
use crate::RedisTrigger;
use crate::Route;
use crate::RoutePattern;
use crate::TriggerConfig;
use crate::node::Value;
use crate::read::context::Context;
use crate::read::executor::executor;
use crate::read::executor::static_response;
use crate::table::Table;
use crate::table::Text;
use crate::table::as_text;

/// A trigger that is not checked against the others yet.
pub(crate) struct ReadTrigger {
  /// If it says.
  pub(crate) id: Option<Text>,
  pub(crate) config: TriggerConfig,
  pub(crate) at: usize,
  /// The component it names, and where.
  pub(crate) component: Option<Text>,
  /// Where its route stands, if it has one.
  pub(crate) route_at: usize,
}

/// Settings of a kind of triggers that all of them share.
#[derive(Default)]
pub(crate) struct Defaults {
  /// Of Redis.
  pub(crate) address: Option<Text>,
}

/// Reads what is of the kind, and ends with the table. `component` is the one that is called; asked for by whoever
/// knows where it stands, as `id` is.
pub(crate) fn trigger(
  kind: &str,
  mut table: Table<'_>,
  id: Option<Text>,
  component: Option<Text>,
  defaults: &Defaults,
  context: &Context<'_>,
) -> Option<ReadTrigger> {
  let at = table.at;
  let mut route_at = at;
  let name = component.as_ref().map(|component| component.text.clone());
  let config = match kind {
    "http" => {
      let read = http(&mut table, name);
      route_at = table.any("route").map_or(at, |route| route.node.at);
      refused(&mut table);
      table.finish();
      TriggerConfig::Http(read?)
    }
    "redis" => {
      let read = redis(&mut table, name, defaults, context);
      refused(&mut table);
      table.finish();
      TriggerConfig::Redis(read?)
    }
    _ => TriggerConfig::Other(other(kind, &table, name)),
  };
  Some(ReadTrigger { id, config, at, component, route_at })
}

fn http(table: &mut Table<'_>, component: Option<String>) -> Option<HttpTrigger> {
  let route = route(table);
  let executor = executor(table);
  let answer = static_response(table);
  let target = match (component, answer) {
    (Some(_), Some(_)) => {
      table.refuse(table.at, "static_response", "stands beside `component`", Some("leave out one of them".to_owned()));
      None
    }
    (Some(component), None) => Some(HttpTarget::Component(component)),
    (None, Some(answer)) => Some(HttpTarget::Static(answer)),
    (None, None) => {
      // What is there but wrong has been told.
      if !table.has("component") && !table.has("static_response") {
        table.missing("component", "add `component = \"…\"`, or a `static_response`");
      }
      None
    }
  };
  Some(HttpTrigger { route: route?, target: target?, executor })
}

fn route(table: &mut Table<'_>) -> Option<Route> {
  let help = "add `route = \"/…\"`, or `route = { private = true }`";
  let Some(entry) = table.any("route") else {
    table.missing("route", help);
    return None;
  };
  if let Some(Text { text, at, .. }) = as_text(&entry.node) {
    return match RoutePattern::parse(&text) {
      Ok(_) => Some(Route::Path(text)),
      Err(message) => {
        table.refuse(at, "route", &format!("is `{text}`: {message}"), None);
        None
      }
    };
  }
  if !matches!(entry.node.value, Value::Table(_)) {
    table.wrong("route", "a string or `{ private = true }`", &entry.node);
    return None;
  }
  let mut private = table.table("route", format!("the route of {}", table.what))?;
  let is_private = private.boolean("private");
  match &is_private {
    Some(is_private) if is_private.value => {}
    Some(is_private) => private.refuse(is_private.at, "private", "must be true", Some(help.to_owned())),
    None if !private.has("private") => private.missing("private", help),
    None => {}
  }
  private.finish();
  Some(Route::Private)
}

fn redis(
  table: &mut Table<'_>,
  component: Option<String>,
  defaults: &Defaults,
  context: &Context<'_>,
) -> Option<RedisTrigger> {
  if component.is_none() && !table.has("component") {
    table.missing("component", "add `component = \"…\"`");
  }
  let channel = table.needed("channel", "add `channel = \"…\"`");
  let address = table.text("address").or_else(|| defaults.address.clone());
  if address.is_none() && !table.has("address") {
    table.missing("address", "add `address = \"redis://…\"`, here or in the settings of all Redis triggers");
  }
  for text in [&channel, &address].into_iter().flatten() {
    context.template(text);
  }
  Some(RedisTrigger { component: component?, channel: channel?.text, address: address?.text })
}

/// All it says but for its id and its component.
fn other(kind: &str, table: &Table<'_>, component: Option<String>) -> OtherTrigger {
  let named = component.is_some();
  let entries = table.all().iter().filter(|entry| entry.key != "id" && !(named && entry.key == "component"));
  let config: Map<String, Json> = entries.map(|entry| (entry.key.clone(), entry.node.to_json())).collect();
  OtherTrigger { kind: kind.to_owned(), component, config }
}

/// What Spin has and plugbay has not.
fn refused(table: &mut Table<'_>) {
  for key in ["components", "dependencies"] {
    if let Some(entry) = table.any(key)
      && !matches!(&entry.node.value, Value::Table(entries) if entries.is_empty())
    {
      let help = "compose the component with its middleware when it is built, with `wac plug`";
      table.unsupported(entry.key_at, &format!("`{key}`: plugbay does not compose components"), help);
    }
  }
}
