//! What calls a component.

use std::collections::BTreeMap;

use serde_json::Map;
use serde_json::Value;

use crate::Position;

/// What calls a component, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
  /// Its name in the app.
  pub id: String,
  /// Where the manifest has it.
  pub at: Option<Position>,
  /// Of which kind it is, and what it says.
  pub config: TriggerConfig,
}

impl Trigger {
  /// `http`, `redis` or whatever else.
  #[must_use]
  pub fn kind(&self) -> &str {
    match &self.config {
      TriggerConfig::Http(_) => "http",
      TriggerConfig::Redis(_) => "redis",
      TriggerConfig::Other(other) => &other.kind,
    }
  }

  /// The component it calls, if it calls one.
  #[must_use]
  pub fn component(&self) -> Option<&str> {
    match &self.config {
      TriggerConfig::Http(HttpTrigger { target: HttpTarget::Component(id), .. }) => Some(id),
      TriggerConfig::Http(_) => None,
      TriggerConfig::Redis(redis) => Some(&redis.component),
      TriggerConfig::Other(other) => other.component.as_deref(),
    }
  }
}

/// What a trigger says, by its kind.
#[derive(Clone, Debug, PartialEq)]
pub enum TriggerConfig {
  /// HTTP requests.
  Http(HttpTrigger),
  /// Messages of a channel of Redis.
  Redis(RedisTrigger),
  /// What a trigger of somebody else's knows.
  Other(OtherTrigger),
}

/// Calls a component for HTTP requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpTrigger {
  /// Which requests.
  pub route: Route,
  /// What answers.
  pub target: HttpTarget,
  /// How the component is called.
  pub executor: Executor,
}

/// Which requests a trigger is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
  /// Those whose path fits: see [`Router`](crate::Router).
  Path(String),
  /// None from outside, but those of other components of the app, at `http://<component>.spin.internal`.
  Private,
}

/// What answers a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpTarget {
  /// The component of this id.
  Component(String),
  /// The host itself.
  Static(StaticResponse),
}

/// An answer that no component is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticResponse {
  /// 200 if the manifest does not say.
  pub status: u16,
  /// Its headers, in the order of their names.
  pub headers: BTreeMap<String, String>,
  /// Its body, if it has one.
  pub body: Option<String>,
}

/// How a component is called for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Executor {
  /// Through an interface for HTTP, whichever it exports.
  #[default]
  Http,
  /// As a command of CGI: see [`wagi_variables`](crate::wagi_variables).
  Wagi(Wagi),
}

/// How a component is called as a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wagi {
  /// Its arguments, separated by spaces, with `${SCRIPT_NAME}` and `${ARGS}`.
  pub argv: String,
  /// The function that is called.
  pub entrypoint: String,
}

impl Default for Wagi {
  fn default() -> Self {
    Self { argv: "${SCRIPT_NAME} ${ARGS}".to_owned(), entrypoint: "_start".to_owned() }
  }
}

/// Calls a component for the messages of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisTrigger {
  /// The component of this id.
  pub component: String,
  /// The channel: with `{{ name }}` of variables of the app.
  pub channel: String,
  /// The server: that of the trigger, or of the app; with `{{ name }}` of variables of the app.
  pub address: String,
}

/// A trigger whose kind a trigger of somebody else's knows.
#[derive(Clone, Debug, PartialEq)]
pub struct OtherTrigger {
  /// Its kind.
  pub kind: String,
  /// The component it calls, if it names one.
  pub component: Option<String>,
  /// Everything else it says.
  pub config: Map<String, Value>,
}

impl std::fmt::Display for Route {
  fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    match self {
      Self::Path(path) => f.write_str(path),
      Self::Private => f.write_str("{ private = true }"),
    }
  }
}
