//! What a component is opened with, by what its manifest grants it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use app_manifest::CHAINING_SUFFIX;
use app_manifest::Component;
use app_manifest::Limits;
use app_manifest::Source;
use plugbay::Grant;
use plugbay::Permissions;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Those of `Deno.openPlugin`.
pub(crate) fn options_of(component: &Component, preopens: Map<String, Value>) -> Value {
  let mut options = json!({
    "stateless": component.hosting.stateless,
    "limits": limits_of(&component.hosting.limits),
    "wasi": {
      "env": component.environment,
      "preopens": preopens,
      "stdout": "inherit",
      "stderr": "inherit",
    },
  });
  for (name, hash) in integrity_of(component) {
    options[name] = json!(hash);
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

/// The option that pins the bytes of a component, where the manifest does.
pub(crate) fn integrity_of(component: &Component) -> BTreeMap<&'static str, String> {
  match &component.source {
    Source::Path { digest: Some(digest), .. } => BTreeMap::from([("integrity", digest.replacen(':', "-", 1))]),
    _ => BTreeMap::new(),
  }
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
pub(crate) fn permissions_of(component: &Component) -> Result<Permissions, Vec<String>> {
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
