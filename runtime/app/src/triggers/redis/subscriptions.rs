//! What an app listens to: servers, their channels, and the components of each.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use app_manifest::App;
use app_manifest::FaultCode;
use app_manifest::RedisTrigger;
use app_manifest::Template;
use app_manifest::TriggerConfig;
use plugbay::services::RedisServer;

/// A server, and what of it is listened to.
#[derive(Clone, Debug)]
pub(crate) struct Server {
  address: String,
  pub(crate) server: RedisServer,
  /// The components of each channel, in the order of the manifest.
  pub(crate) channels: BTreeMap<String, Vec<String>>,
}

impl PartialEq for Server {
  fn eq(&self, other: &Self) -> bool {
    self.address == other.address && self.channels == other.channels
  }
}

/// The servers of an app whose variables have these values.
///
/// # Errors
///
/// Addresses and channels that are none, for people.
pub(crate) fn servers_of(app: &App, variables: &BTreeMap<String, String>) -> Result<Vec<Server>, Vec<String>> {
  let mut servers: BTreeMap<String, Server> = BTreeMap::new();
  let mut faults = Vec::new();
  for trigger in &app.triggers {
    let placed = |why: String| app.fault(trigger.at, FaultCode::Value, why, None).to_string();
    let TriggerConfig::Redis(config) = &trigger.config else { continue };
    let RedisTrigger { component, channel, address } = config;
    let expand = |key, text| {
      let template = Template::parse(text);
      let expanded = template.and_then(|template| template.expand(|name| variables.get(name).cloned()));
      expanded.map_err(|fault| placed(format!("trigger {}: {key}: {fault}", trigger.id)))
    };
    let made = expand("channel", channel).and_then(|channel| Ok((channel, expand("address", address)?)));
    let made = made.and_then(|(channel, address)| match servers.entry(address) {
      Entry::Occupied(known) => Ok((channel, known.into_mut())),
      Entry::Vacant(new) => {
        let server = server_at(new.key()).map_err(|why| placed(format!("trigger {}: address: {why}", trigger.id)))?;
        Ok((channel, new.insert(server)))
      }
    });
    match made {
      Ok((channel, server)) => server.channels.entry(channel).or_default().push(component.clone()),
      Err(fault) => faults.push(fault),
    }
  }
  if faults.is_empty() { Ok(servers.into_values().collect()) } else { Err(faults) }
}

/// What is wrong with the triggers of an app whose variables have these values.
pub(crate) fn faults_of(app: &App, variables: &BTreeMap<String, String>) -> Vec<String> {
  servers_of(app, variables).err().unwrap_or_default()
}

/// A server of which nothing is listened to yet.
fn server_at(address: &str) -> Result<Server, &'static str> {
  // The address itself may have a password, and is not shown.
  let server = RedisServer::parse(address);
  let server = server.ok_or("it is none of a Redis server: write redis://host:port, or rediss://host:port for TLS")?;
  Ok(Server { address: address.to_owned(), server, channels: BTreeMap::new() })
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn addresses_are_shown_without_passwords() {
    for scheme in ["redis", "rediss"] {
      let server = server_at(&format!("{scheme}://me:secret@localhost:7000/2")).expect("it is one");
      assert_eq!(server.server.name(), format!("{scheme}://localhost:7000"));
    }
    for address in ["localhost:6379:secret", "http://secret@example.com", "unix:///secret"] {
      let why = server_at(address).expect_err("it is none");
      assert!(!why.contains("secret") && why.contains("redis://host:port"), "{why}");
    }
  }
}
