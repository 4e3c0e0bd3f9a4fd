//! A locked app, as external triggers read it: everything is resolved, in JSON.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;
use url::Url;

use crate::App;
use crate::Component;
use crate::ComponentKind;
use crate::Executor;
use crate::Hosting;
use crate::HttpTarget;
use crate::HttpTrigger;
use crate::Mount;
use crate::OutboundHost;
use crate::Route;
use crate::Source;
use crate::Trigger;
use crate::TriggerConfig;

/// A requirement that each host of the app must know.
pub(crate) const CHAINING: &str = "local_service_chaining";

/// A locked app.
#[derive(Clone, Debug, Serialize)]
pub struct LockedApp {
  /// 0, or 1 if it requires something of its host.
  pub spin_lock_version: u32,
  /// What the host must not ignore.
  #[serde(skip_serializing_if = "Vec::is_empty")]
  pub must_understand: Vec<String>,
  /// Its name and the like.
  #[serde(skip_serializing_if = "Map::is_empty")]
  pub metadata: Map<String, Value>,
  /// Its variables.
  #[serde(skip_serializing_if = "BTreeMap::is_empty")]
  pub variables: BTreeMap<String, LockedVariable>,
  /// What calls its components.
  pub triggers: Vec<LockedTrigger>,
  /// Its components.
  pub components: Vec<LockedComponent>,
}

/// A variable of a locked app.
#[derive(Clone, Debug, Serialize)]
pub struct LockedVariable {
  /// What it is for.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub description: Option<String>,
  /// Its value if nobody gives one.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub default: Option<String>,
  /// Whether its value must not be shown.
  #[serde(skip_serializing_if = "std::ops::Not::not")]
  pub secret: bool,
}

/// A trigger of a locked app.
#[derive(Clone, Debug, Serialize)]
pub struct LockedTrigger {
  /// Its name.
  pub id: String,
  /// Its kind.
  pub trigger_type: String,
  /// What it says, the component too.
  pub trigger_config: Value,
}

/// A component of a locked app.
#[derive(Clone, Debug, Serialize)]
pub struct LockedComponent {
  /// Its name.
  pub id: String,
  /// What it may use.
  #[serde(skip_serializing_if = "Map::is_empty")]
  pub metadata: Map<String, Value>,
  /// Where it comes from.
  pub source: LockedSource,
  /// Its environment variables.
  #[serde(skip_serializing_if = "BTreeMap::is_empty")]
  pub env: BTreeMap<String, String>,
  /// The files it sees.
  #[serde(skip_serializing_if = "Vec::is_empty")]
  pub files: Vec<LockedFile>,
  /// Its variables.
  #[serde(skip_serializing_if = "BTreeMap::is_empty")]
  pub config: BTreeMap<String, String>,
  /// What it requires of the host.
  #[serde(skip_serializing_if = "Map::is_empty")]
  pub host_requirements: Map<String, Value>,
}

/// Where a component of a locked app comes from.
#[derive(Clone, Debug, Serialize)]
pub struct LockedSource {
  /// `application/wasm`, or what else plugbay runs.
  pub content_type: String,
  /// Where it is.
  #[serde(flatten)]
  pub content: LockedContent,
}

/// A file or folder of a locked app.
#[derive(Clone, Debug, Serialize)]
pub struct LockedFile {
  /// Where it is.
  #[serde(flatten)]
  pub content: LockedContent,
  /// Where the component sees it.
  pub path: String,
}

/// Where bytes are: at least one of them says.
#[derive(Clone, Debug, Default, Serialize)]
pub struct LockedContent {
  /// Their URL.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub source: Option<String>,
  /// Themselves, in base64.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub inline: Option<String>,
  /// `sha256:` and their hash.
  #[serde(skip_serializing_if = "Option::is_none")]
  pub digest: Option<String>,
}

impl App {
  /// The app as external triggers read it. Files that patterns name are not copied: a pattern stands there as it is,
  /// so whoever has laid out the files of a component sets its [`files`](Component::files) to where they are first. A
  /// package of a registry likewise has to be fetched before.
  #[must_use]
  pub fn locked(&self) -> LockedApp {
    let components: Vec<LockedComponent> = self.components.iter().map(|one| component(one, &self.directory)).collect();
    let requires = components.iter().any(|component| !component.host_requirements.is_empty());
    LockedApp {
      spin_lock_version: u32::from(requires),
      must_understand: if requires { vec!["component_host_requirements".to_owned()] } else { Vec::new() },
      metadata: metadata(self),
      variables: self.variables.iter().map(|(name, variable)| (name.clone(), variable.into())).collect(),
      triggers: self.triggers.iter().map(trigger).collect(),
      components,
    }
  }
}

impl LockedApp {
  /// Its JSON.
  #[must_use]
  pub fn to_json(&self) -> String {
    // Strings, numbers and lists of them alone: nothing that JSON has not.
    serde_json::to_string_pretty(self).unwrap_or_default()
  }
}

impl From<&crate::Variable> for LockedVariable {
  fn from(variable: &crate::Variable) -> Self {
    let crate::Variable { description, default, secret } = variable.clone();
    Self { description, default, secret }
  }
}

fn metadata(app: &App) -> Map<String, Value> {
  let mut metadata = Map::new();
  metadata.insert("name".into(), app.name.as_str().into());
  if let Some(version) = &app.version {
    metadata.insert("version".into(), version.as_str().into());
  }
  if let Some(description) = &app.description {
    metadata.insert("description".into(), description.as_str().into());
  }
  if !app.authors.is_empty() {
    metadata.insert("authors".into(), app.authors.clone().into());
  }
  let mut kinds: Map<String, Value> = Map::new();
  for kind in app.triggers.iter().map(Trigger::kind) {
    let settings = app.trigger_settings.get(kind).cloned().unwrap_or_default();
    kinds.entry(kind).or_insert_with(|| settings.into());
  }
  if let Some(Value::Object(http)) = kinds.get_mut("http") {
    http.insert("base".into(), app.http_base.as_str().into());
    if let Some(most) = app.max_body {
      http.insert("max_body".into(), most.into());
    }
  }
  // Of one kind alone: as old triggers look for it.
  if let [(kind, Value::Object(settings))] = kinds.iter().collect::<Vec<_>>().as_slice() {
    let mut single = settings.clone();
    single.insert("type".into(), kind.as_str().into());
    metadata.insert("trigger".into(), single.into());
  }
  metadata.insert("triggers".into(), kinds.into());
  metadata.insert("origin".into(), file_url(&app.directory.join(app.manifest.file_name().unwrap_or_default())).into());
  if let Some(profile) = &app.profile {
    metadata.insert("profile".into(), profile.as_str().into());
  }
  metadata
}

fn trigger(trigger: &Trigger) -> LockedTrigger {
  let trigger_config = match &trigger.config {
    TriggerConfig::Http(http) => http_config(http),
    TriggerConfig::Redis(redis) => {
      json!({ "component": redis.component, "channel": redis.channel, "address": redis.address })
    }
    TriggerConfig::Other(other) => {
      let mut config = other.config.clone();
      if let Some(component) = &other.component {
        config.insert("component".into(), component.as_str().into());
      }
      config.into()
    }
  };
  LockedTrigger { id: trigger.id.clone(), trigger_type: trigger.kind().to_owned(), trigger_config }
}

fn http_config(http: &HttpTrigger) -> Value {
  let mut config = Map::new();
  match &http.target {
    HttpTarget::Component(id) => config.insert("component".into(), id.as_str().into()),
    HttpTarget::Static(answer) => {
      let mut response = json!({ "status_code": answer.status, "headers": answer.headers });
      if let Some(body) = &answer.body {
        response["body"] = body.as_str().into();
      }
      config.insert("static_response".into(), response)
    }
  };
  let route = match &http.route {
    Route::Path(route) => route.as_str().into(),
    Route::Private => json!({ "private": true }),
  };
  config.insert("route".into(), route);
  if let Executor::Wagi(wagi) = &http.executor {
    let executor = json!({ "type": "wagi", "argv": wagi.argv, "entrypoint": wagi.entrypoint });
    config.insert("executor".into(), executor);
  }
  config.into()
}

fn component(component: &Component, directory: &Path) -> LockedComponent {
  let mut metadata = Map::new();
  if let Some(description) = &component.description {
    metadata.insert("description".into(), description.as_str().into());
  }
  for (key, list) in [
    ("allowed_outbound_hosts", &component.allowed_outbound_hosts),
    ("key_value_stores", &component.key_value_stores),
    ("databases", &component.sqlite_databases),
  ] {
    if !list.is_empty() {
      metadata.insert(key.into(), list.clone().into());
    }
  }
  let own = own_hosting(component);
  if !own.is_empty() {
    metadata.insert("plugbay".into(), own.into());
  }
  let chains = component
    .allowed_outbound_hosts
    .iter()
    .any(|entry| OutboundHost::parse(entry).is_ok_and(|host| host.is_for_chaining()));
  LockedComponent {
    id: component.id.clone(),
    metadata,
    source: LockedSource { content_type: content_type(component.kind).to_owned(), content: source(&component.source) },
    env: component.environment.clone(),
    files: component.files.iter().map(|mount| file(mount, directory)).collect(),
    config: component.variables.clone(),
    host_requirements: chains.then(|| (CHAINING.to_owned(), "required".into())).into_iter().collect(),
  }
}

fn content_type(kind: ComponentKind) -> &'static str {
  match kind {
    ComponentKind::Wasm => "application/wasm",
    ComponentKind::Native => "application/octet-stream",
    ComponentKind::JavaScript => "text/javascript",
  }
}

/// What plugbay.toml alone says, under its names there.
fn own_hosting(component: &Component) -> Map<String, Value> {
  let Hosting { stateless, instances, limits } = &component.hosting;
  let mut own = Map::new();
  if component.kind != Default::default() {
    own.insert("kind".into(), component.kind.as_str().into());
  } else if !*stateless {
    own.insert("stateless".into(), false.into());
  }
  if let Some(instances) = instances {
    own.insert("instances".into(), (*instances).into());
  }
  let limits: Map<String, Value> = limits.given().map(|(name, limit)| (name.to_owned(), limit.into())).collect();
  if !limits.is_empty() {
    own.insert("limits".into(), limits.into());
  }
  own
}

fn source(source: &Source) -> LockedContent {
  match source {
    Source::Path { path, digest } => {
      LockedContent { source: Some(file_url(path)), digest: digest.clone(), inline: None }
    }
    Source::Url { url, digest } => {
      LockedContent { source: Some(url.clone()), digest: Some(digest.clone()), inline: None }
    }
    Source::Registry { registry, package, version } => {
      let registry = registry.as_deref().unwrap_or_default();
      LockedContent { source: Some(format!("registry://{registry}/{package}@{version}")), ..Default::default() }
    }
    Source::Inline(bytes) => LockedContent { inline: Some(base64_of(bytes)), ..Default::default() },
  }
}

fn file(mount: &Mount, directory: &Path) -> LockedFile {
  match mount {
    Mount::Pattern(pattern) => LockedFile {
      content: LockedContent { source: Some(file_url(&directory.join(pattern))), ..Default::default() },
      path: pattern.clone(),
    },
    Mount::Placement { source, destination } => LockedFile {
      content: LockedContent { source: Some(file_url(source)), ..Default::default() },
      path: destination.clone(),
    },
    Mount::Inline { content, destination } => LockedFile {
      content: LockedContent { inline: Some(base64_of(content)), ..Default::default() },
      path: destination.clone(),
    },
  }
}

fn file_url(path: &Path) -> String {
  Url::from_file_path(path).map_or_else(|()| path.display().to_string(), String::from)
}

fn base64_of(bytes: &[u8]) -> String {
  use base64::Engine;
  base64::engine::general_purpose::STANDARD.encode(bytes)
}
