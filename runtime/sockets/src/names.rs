//! Names and where they lead.

use std::cell::RefCell;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::net::ToSocketAddrs;
use std::rc::Rc;

use deno_core::CancelFuture;
use deno_core::OpState;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use deno_core::url::Host;

use crate::address::Numbers;
use crate::address::numbers_of;
use crate::answer::Answer;
use crate::answer::Code;
use crate::network::Network;

/// A name as the system is asked for it, if the guest may look it up.
#[op2]
#[serde]
pub(crate) fn op_socket_name(
  state: &mut OpState,
  #[smi] network: ResourceId,
  #[string] name: &str,
) -> Result<Answer<String>, ResourceError> {
  let network = state.resource_table.get::<Network>(network)?;
  Ok(asked(&network, name).into())
}

fn asked(network: &Network, name: &str) -> Result<String, Code> {
  if let Ok(address) = name.parse::<IpAddr>() {
    return Ok(address.to_string());
  }
  match Host::parse(name).map_err(|_| "invalid-argument")? {
    Host::Ipv4(address) => Ok(address.to_string()),
    Host::Ipv6(address) => Ok(address.to_string()),
    Host::Domain(name) if network.looks_up(&name) => Ok(name),
    Host::Domain(_) => Err("access-denied"),
  }
}

/// Where a name leads that [`op_socket_name`] gave.
#[op2]
#[serde]
pub(crate) async fn op_socket_lookup(
  state: Rc<RefCell<OpState>>,
  #[smi] network: ResourceId,
  #[string] name: String,
) -> Result<Answer<Vec<Numbers>>, ResourceError> {
  let network = state.borrow().resource_table.get::<Network>(network)?;
  let cancel = Rc::clone(&network.cancel);
  let found = look_up(&network, name).or_cancel(cancel).await;
  Ok(found.unwrap_or(Err("unknown")).into())
}

async fn look_up(network: &Network, name: String) -> Result<Vec<Numbers>, Code> {
  let all = match name.parse::<IpAddr>() {
    Ok(address) => vec![address.to_canonical()],
    Err(_) => {
      let found = of_system(network, name.clone()).await?;
      let led: Vec<IpAddr> = found.iter().copied().filter(|&address| network.lets_lead(address, 0)).collect();
      if led.is_empty() {
        return Err(if found.is_empty() { "name-unresolvable" } else { "access-denied" });
      }
      network.learn(&name, &led);
      led
    }
  };
  Ok(all.into_iter().map(|address| numbers_of(SocketAddr::new(address, 0))).collect())
}

/// The system is asked on a thread of its own, which is done when it is: nobody can take a question back.
async fn of_system(network: &Network, name: String) -> Result<Vec<IpAddr>, Code> {
  let permit = network.lookups.clone().acquire_owned().await.map_err(|_| "unknown")?;
  let asked = tokio::task::spawn_blocking(move || {
    let found = (&*name, 0).to_socket_addrs();
    drop(permit);
    found
  });
  // The standard library does not say more of why there is no such name.
  let found = asked.await.map_err(|_| "unknown")?.map_err(|_| "name-unresolvable")?;
  let mut addresses = Vec::new();
  for address in found.map(|found| found.ip().to_canonical()) {
    if !addresses.contains(&address) {
      addresses.push(address);
    }
  }
  Ok(addresses)
}
