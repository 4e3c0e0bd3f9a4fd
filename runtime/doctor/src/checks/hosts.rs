//! The hosts that a component may reach, by the key of version 1.

use app_manifest::ManifestVersion;
use toml_edit::Array;
use toml_edit::DocumentMut;
use toml_edit::Item;

use crate::check::Check;
use crate::finding::Finding;
use crate::patient::Patient;

const OLD: &str = "allowed_http_hosts";
const NEW: &str = "allowed_outbound_hosts";

/// The key of version 1 in a manifest of another.
pub(super) struct Hosts;

impl Check for Hosts {
  fn name(&self) -> &'static str {
    "outbound hosts"
  }

  fn look(&self, patient: &Patient<'_>) -> Vec<Finding> {
    if patient.version == ManifestVersion::Spin1 {
      return Vec::new();
    }
    let components = patient.document.get("component").and_then(Item::as_table_like);
    let components = components.into_iter().flat_map(|components| components.iter());
    let old = components.filter(|(_, component)| component.get(OLD).is_some()).map(|(id, _)| id.to_string());
    let found = old.map(|id| {
      let what = format!("the component {id} has {OLD}, which version 1 had");
      Finding::edited(what, format!("make it {NEW}"), move |document| rename(document, &id))
    });
    found.collect()
  }
}

fn rename(document: &mut DocumentMut, id: &str) {
  let component = document.get_mut("component").and_then(|all| all.get_mut(id)).and_then(Item::as_table_like_mut);
  let Some(component) = component else { return };
  let old = component.remove(OLD);
  let old = old.as_ref().and_then(Item::as_array).into_iter().flatten().filter_map(toml_edit::Value::as_str);
  let mut hosts = component.get(NEW).and_then(Item::as_array).cloned().unwrap_or_default();
  for host in old.flat_map(outbound) {
    hosts.push(host);
  }
  component.insert(NEW, toml_edit::value(Array::from_iter(hosts)));
}

/// A host without a scheme was reached by both.
fn outbound(host: &str) -> Vec<String> {
  match host {
    "insecure:allow-all" => vec!["http://*:*".to_string(), "https://*:*".to_string()],
    _ if host.contains("://") => vec![host.to_string()],
    _ => vec![format!("http://{host}"), format!("https://{host}")],
  }
}
