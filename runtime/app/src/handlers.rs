//! What answers the requests of an app: each component, and how it is opened.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use app_manifest::App;
use app_manifest::CHAINING_SUFFIX;
use app_manifest::Component;
use app_manifest::ComponentKind;
use app_manifest::Limits;
use app_manifest::OutboundHosts;
use app_manifest::Source;
use plugbay::Grant;
use plugbay::HandlerGrants;
use plugbay::Permissions;
use plugbay::services::Grants;
use plugbay::services::Services;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::artifact::Artifacts;
use crate::files::FileOptions;
use crate::files::gather;
use crate::logs::LogOptions;
use crate::network::Network;
use crate::network::SiteLink;
use crate::network::denied_by;
use crate::ways::Way;
use crate::ways::way_of;

/// How long a request may take by default, of whatever handler: that of guests is the runtime's own.
const DEADLINE: Duration = Duration::from_secs(10);

/// What opens a handler in an isolate.
#[derive(Clone)]
pub(crate) enum Opening {
  /// As `Deno.openPlugin` does, with options in JSON.
  Plugin { path: PathBuf, options: String, grants: HandlerGrants },
  /// The same of a command, which is run for each request.
  Command { path: PathBuf, options: String, grants: HandlerGrants },
  /// As a plugin that takes messages.
  Receiver { path: PathBuf, options: String, grants: HandlerGrants },
  /// A module that exports `fetch`.
  Module { path: PathBuf },
}

/// A component that answers requests.
#[derive(Clone)]
pub(crate) struct Handler {
  /// What requests for it say.
  pub(crate) number: u32,
  pub(crate) component: String,
  pub(crate) opening: Opening,
}

/// Handlers that share isolates, and what code of these may do.
#[derive(Clone)]
pub(crate) struct Group {
  pub(crate) handlers: Vec<Handler>,
  pub(crate) permissions: Permissions,
  /// MiB of V8's heap that each isolate may fill, if that is said.
  pub(crate) heap: Option<u32>,
  /// Whether there is one isolate, so that there is one state.
  pub(crate) is_pinned: bool,
  /// How long a request, or opening a handler, may take, where nothing else sees to that.
  pub(crate) deadline: Option<Duration>,
}

/// What components are made of besides their part of the manifest.
pub(crate) struct Parts<'p> {
  pub(crate) app: &'p App,
  pub(crate) services: &'p Services,
  /// Values of the app's variables, for what is said by templates.
  pub(crate) variables: &'p BTreeMap<String, String>,
  /// Where the components' own files are.
  pub(crate) artifacts: Artifacts<'p>,
  pub(crate) files: FileOptions,
  pub(crate) logs: &'p LogOptions,
  pub(crate) site: SiteLink,
}

impl Parts<'_> {
  /// The components of the app in groups. WebAssembly has nothing but what it is granted one by one, and all of it
  /// shares isolates. A module of JavaScript has isolates of its own, with its own grants.
  ///
  /// # Errors
  ///
  /// What cannot be, for people.
  pub(crate) fn groups(&self) -> Result<Vec<Group>, Vec<String>> {
    let (mut guests, mut groups, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for (number, component) in self.app.components.iter().enumerate() {
      let way = way_of(self.app, component).map_err(|fault| vec![fault]);
      match way.and_then(|way| way.map(|way| self.opening_of(component, number, way)).transpose()) {
        // Triggers that are programs of their own open it.
        Ok(None) => {}
        Ok(Some((opening, permissions))) => {
          let handler = Handler { number: number as u32, component: component.id.clone(), opening };
          let is_pinned = component.hosting.instances == Some(1) && !component.hosting.stateless;
          match permissions {
            None if !is_pinned => guests.push(handler),
            permissions => groups.push(Group {
              handlers: vec![handler],
              heap: permissions.as_ref().and(component.hosting.limits.heap),
              deadline: permissions.as_ref().and(deadline_of(component)),
              permissions: permissions.unwrap_or_else(Permissions::all),
              is_pinned,
            }),
          }
        }
        Err(of_component) => {
          faults.extend(of_component.into_iter().map(|fault| format!("component {}: {fault}", component.id)))
        }
      }
    }
    if !guests.is_empty() {
      groups.push(Group {
        handlers: guests,
        permissions: Permissions::all(),
        heap: None,
        is_pinned: false,
        deadline: None,
      });
    }
    if faults.is_empty() { Ok(groups) } else { Err(faults) }
  }

  /// How a component is opened, and what its code may do if it needs isolates of its own.
  fn opening_of(
    &self,
    component: &Component,
    number: usize,
    way: Way,
  ) -> Result<(Opening, Option<Permissions>), Vec<String>> {
    let path = self.artifacts.file_of(component, number).map_err(|fault| vec![fault])?;
    let components = self.app.components.iter().map(|component| component.id.as_str());
    let resolve = |name: &str| self.variables.get(name).cloned();
    let hosts = OutboundHosts::parse(&component.allowed_outbound_hosts, components, resolve);
    let hosts = hosts.map_err(|faults| faults.into_iter().map(|fault| fault.message).collect::<Vec<_>>())?;
    match component.kind {
      ComponentKind::JavaScript => {
        match way {
          Way::Requests => {}
          Way::Command => return Err(vec!["a module of JavaScript is no command: leave out executor".to_string()]),
          Way::Messages => return Err(vec!["a module of JavaScript takes no messages yet".to_string()]),
        }
        warn_of_unused(component);
        let permissions = Permissions { denied_net: denied_by(&hosts), ..permissions_of(component)? };
        Ok((Opening::Module { path }, Some(permissions)))
      }
      ComponentKind::Native => Err(vec!["native plugins do not answer requests yet".to_string()]),
      ComponentKind::Wasm => {
        let preopens =
          gather(&self.app.directory, component, &self.artifacts.copies.join(number.to_string()), self.files);
        let preopens = preopens.map_err(|fault| vec![fault])?.into_iter();
        let preopens =
          preopens.map(|(name, path)| (name, json!({ "path": path, "write": self.files.allow_transient_write })));
        let options = options_of(component, preopens.collect(), self.logs).to_string();
        let granted = self.services.grant(Grants {
          component: component.id.clone(),
          key_value_stores: component.key_value_stores.clone(),
          sqlite_databases: component.sqlite_databases.clone(),
          variables: component.variables.clone(),
        })?;
        let network = Network { component: component.id.clone(), hosts, site: self.site.clone() };
        let grants = HandlerGrants { services: Some(granted), reach: Some(Arc::new(network)) };
        let opening = match way {
          Way::Requests => Opening::Plugin { path, options, grants },
          Way::Command => Opening::Command { path, options, grants },
          Way::Messages => Opening::Receiver { path, options, grants },
        };
        Ok((opening, None))
      }
    }
  }
}

/// How long a module of JavaScript may take for a request, as long as a guest by default.
fn deadline_of(component: &Component) -> Option<Duration> {
  match component.hosting.limits.deadline {
    Some(0) => None,
    Some(milliseconds) => Some(Duration::from_millis(milliseconds.into())),
    None => Some(DEADLINE),
  }
}

/// What a manifest grants a module of JavaScript in vain.
fn warn_of_unused(component: &Component) {
  let Component { id, environment, files, variables, key_value_stores, sqlite_databases, .. } = component;
  let unused = [
    ("environment", environment.is_empty()),
    ("files", files.is_empty()),
    ("variables", variables.is_empty()),
    ("key_value_stores", key_value_stores.is_empty()),
    ("sqlite_databases", sqlite_databases.is_empty()),
  ];
  for (key, _) in unused.iter().filter(|(_, is_empty)| !is_empty) {
    tracing::warn!("component {id}: {key} means nothing to a module of JavaScript yet");
  }
}

/// Those of `Deno.openPlugin`.
fn options_of(component: &Component, preopens: Map<String, Value>, logs: &LogOptions) -> Value {
  let mut options = json!({
    "stateless": component.hosting.stateless,
    "limits": limits_of(&component.hosting.limits),
    "wasi": {
      "env": component.environment,
      "preopens": preopens,
      "stdout": logs.output_of(&component.id, "stdout"),
      "stderr": logs.output_of(&component.id, "stderr"),
    },
  });
  if let Source::Path { digest: Some(digest), .. } | Source::Url { digest, .. } = &component.source {
    options["integrity"] = json!(digest.replacen(':', "-", 1));
  }
  if let Some(instances) = component.hosting.instances.filter(|_| component.hosting.stateless) {
    options["pool"] = json!(instances);
  }
  // For sockets, which have no scheme. Of requests decides `Network`.
  let hosts = component.allowed_outbound_hosts.iter().filter_map(|allowed| host_of(allowed, &["*"]).ok().flatten());
  let hosts = hosts.collect::<Vec<_>>();
  if !hosts.is_empty() {
    options["wasi"]["net"] = if hosts.iter().any(|host| host == "*") { json!(true) } else { json!(hosts) };
  }
  options
}

/// But for the heap, which all guests of an isolate share.
fn limits_of(limits: &Limits) -> Value {
  let given = limits.given().filter(|(name, _)| *name != "heap");
  Value::Object(given.map(|(name, limit)| (name.to_string(), json!(limit))).collect())
}

/// A host that a component may reach by one of these schemes, as `--allow-net` takes it: a scheme says which port is
/// meant, `*` is all. Nothing for entries of other schemes and for components of the app.
///
/// # Errors
///
/// When `--allow-net` has no way to say it.
fn host_of(allowed: &str, schemes: &[&str]) -> Result<Option<String>, String> {
  let Some((scheme, host)) = allowed.trim().split_once("://") else { return Ok(None) };
  let host = host.trim_end_matches('/');
  if !schemes.contains(&scheme) || host == "self" || host.ends_with(CHAINING_SUFFIX) {
    return Ok(None);
  }
  let cannot = || Err(format!("allowed_outbound_hosts: {allowed:?} cannot be granted here: name hosts, or *://*:*"));
  if scheme == "*" && host == "*:*" {
    return Ok(Some("*".to_string()));
  }
  let (name, port) = match host.rsplit_once(':') {
    Some((name, port)) if !port.contains(']') => (name, Some(port)),
    _ => (host, None),
  };
  if name.contains(['*', '/', '{']) || name.contains(':') && !name.starts_with('[') {
    return cannot();
  }
  let port = match (scheme, port) {
    ("http", None | Some("")) => "80",
    ("https", None | Some("")) => "443",
    (_, None | Some("" | "*")) => return Ok(Some(name.to_string())),
    (_, Some(port)) => port,
  };
  if port.parse::<u16>().is_err() { cannot() } else { Ok(Some(format!("{name}:{port}"))) }
}

/// What a module of JavaScript may do.
fn permissions_of(component: &Component) -> Result<Permissions, Vec<String>> {
  let (mut hosts, mut faults) = (Vec::new(), Vec::new());
  for allowed in &component.allowed_outbound_hosts {
    match host_of(allowed, &["http", "https", "*"]) {
      Ok(host) => hosts.extend(host),
      Err(fault) => faults.push(fault),
    }
  }
  if !faults.is_empty() {
    return Err(faults);
  }
  let net = match hosts.iter().any(|host| host == "*") {
    true => Grant::All,
    false if hosts.is_empty() => Grant::None,
    false => Grant::Paths(hosts.into_iter().map(PathBuf::from).collect()),
  };
  Ok(Permissions { net, ..Default::default() })
}
