//! What a component is opened with, by what its manifest grants it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use app_manifest::Component;
use app_manifest::Limits;
use app_manifest::OutboundHosts;
use app_manifest::Source;
use data_encoding::BASE64;
use data_encoding::HEXLOWER_PERMISSIVE;
use plugbay::Grant;
use plugbay::Permissions;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::files::FileOptions;
use crate::logs::LogOptions;

/// Those of `Deno.openPlugin`.
pub(crate) fn options_of(
  component: &Component,
  hosts: &OutboundHosts,
  files: &BTreeMap<String, PathBuf>,
  how: FileOptions,
  logs: &LogOptions,
) -> Value {
  let preopens =
    files.iter().map(|(name, path)| (name.clone(), json!({ "path": path, "write": how.allow_transient_write })));
  let preopens = preopens.collect::<Map<_, _>>();
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
  if let Some(integrity) = integrity_of(component) {
    options["integrity"] = json!(integrity);
  }
  if let Some(instances) = component.hosting.instances.filter(|_| component.hosting.stateless) {
    options["pool"] = json!(instances);
  }
  // For sockets, which have no scheme. Of requests decides `Network`.
  let hosts = hosts.of_any_scheme().collect::<Vec<_>>();
  if !hosts.is_empty() {
    options["wasi"]["net"] = if hosts.iter().any(|host| host == "*") { json!(true) } else { json!(hosts) };
  }
  options
}

/// The option `integrity`, which pins the bytes of a component, where the manifest does.
pub(crate) fn integrity_of(component: &Component) -> Option<String> {
  match &component.source {
    Source::Path { digest: Some(digest), .. } | Source::Url { digest, .. } => Some(integrity(digest)),
    _ => None,
  }
}

/// A manifest's `sha256:` and hexadecimal digits as the option takes it: with the hash in base64.
fn integrity(digest: &str) -> String {
  let (algorithm, hash) = digest.split_once(':').unwrap_or_default();
  // The manifest was refused where it is no hash.
  let hash = HEXLOWER_PERMISSIVE.decode(hash.as_bytes()).unwrap_or_default();
  format!("{algorithm}-{}", BASE64.encode(&hash))
}

/// But for the heap, which all guests of an isolate share.
fn limits_of(limits: &Limits) -> Value {
  let given = limits.given().filter(|(name, _)| *name != "heap");
  Value::Object(given.map(|(name, limit)| (name.to_string(), json!(limit))).collect())
}

/// What a module of JavaScript may do by itself: read its files. Of its requests decides `Network`.
pub(crate) fn permissions_of(files: &BTreeMap<String, PathBuf>, how: FileOptions) -> Permissions {
  let folders = || Grant::Paths(files.values().cloned().collect());
  let write = if how.allow_transient_write { folders() } else { Grant::None };
  Permissions { read: folders(), write, ..Default::default() }
}
