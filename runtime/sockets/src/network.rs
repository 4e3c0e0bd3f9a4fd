//! The network as one instance of a guest has it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;

use deno_core::CancelHandle;
use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use deno_permissions::NetDescriptor;
use deno_permissions::PermissionsContainer;
use plugbay_http::Grant;
use tokio::sync::Semaphore;

/// How many answers for names are kept.
const MAX_KNOWN: usize = 256;
/// Each takes a thread while it waits for the system.
const LOOKUPS_AT_ONCE: usize = 4;

const API: &str = "wasi:sockets";

/// What an instance may reach.
pub(crate) struct Network {
  permissions: PermissionsContainer,
  /// The ports of what is granted. Who is granted without one is so with any.
  ports: Vec<Option<u16>>,
  /// Where names have led to that the guest has looked up, the newest at the end. What a name leads to may be reached
  /// as the name may.
  known: RefCell<VecDeque<(IpAddr, Rc<str>)>>,
  pub(crate) lookups: Arc<Semaphore>,
  pub(crate) cancel: Rc<CancelHandle>,
}

impl Resource for Network {
  fn name(&self) -> Cow<'_, str> {
    "socketNetwork".into()
  }

  fn close(self: Rc<Self>) {
    self.cancel.cancel();
  }
}

impl Network {
  fn new(permissions: PermissionsContainer, hosts: &[String]) -> Self {
    let ports = hosts.iter().filter_map(|host| NetDescriptor::parse_for_list(host).ok());
    let ports = ports.filter_map(|NetDescriptor(_, port)| u16::try_from(port?).ok()).map(Some);
    Self {
      permissions,
      ports: [None].into_iter().chain(ports).collect(),
      known: RefCell::default(),
      lookups: Arc::new(Semaphore::new(LOOKUPS_AT_ONCE)),
      cancel: CancelHandle::new_rc(),
    }
  }

  fn grants(&self, host: &str, port: Option<u16>) -> bool {
    self.permissions.clone().check_net(&(host, port), API).is_ok()
  }

  /// Whether nothing forbids what a name has led to.
  pub(crate) fn lets_lead(&self, to: IpAddr, port: u16) -> bool {
    self.permissions.clone().check_net_resolved(&to, port, API).is_ok()
  }

  /// Whether the guest may connect there, send something, and hear what comes from there.
  pub(crate) fn reaches(&self, to: SocketAddr) -> bool {
    self.takes(to) || self.leads(to) && self.lets_lead(to.ip(), to.port())
  }

  /// Whether it may have that address itself.
  pub(crate) fn takes(&self, address: SocketAddr) -> bool {
    self.grants(&address.ip().to_string(), Some(address.port()))
  }

  fn leads(&self, to: SocketAddr) -> bool {
    let known = self.known.borrow();
    known.iter().any(|(address, name)| *address == to.ip() && self.grants(name, Some(to.port())))
  }

  /// Whether it may look a name up: it is granted, with whatever port.
  pub(crate) fn looks_up(&self, name: &str) -> bool {
    self.ports.iter().any(|&port| self.grants(name, port))
  }

  pub(crate) fn learn(&self, name: &str, addresses: &[IpAddr]) {
    let mut known = self.known.borrow_mut();
    known.retain(|(address, of)| **of != *name || !addresses.contains(address));
    let name = Rc::from(name);
    for address in addresses {
      if known.len() == MAX_KNOWN {
        known.pop_front();
      }
      known.push_back((*address, Rc::clone(&name)));
    }
  }
}

/// The network of an instance, of what is granted to its guest.
#[op2(fast)]
#[smi]
pub(crate) fn op_socket_network(state: &mut OpState, #[smi] grant: ResourceId) -> Result<ResourceId, ResourceError> {
  let grant = state.resource_table.get::<Grant>(grant)?;
  Ok(state.resource_table.add(Network::new(grant.permissions.clone(), &grant.hosts)))
}

#[cfg(test)]
mod tests {
  use deno_permissions::Permissions;
  use deno_permissions::PermissionsOptions;
  use deno_permissions::RuntimePermissionDescriptorParser;
  use sys_traits::impls::RealSys;

  use super::*;

  fn network(hosts: &[&str]) -> Network {
    let hosts: Vec<_> = hosts.iter().map(ToString::to_string).collect();
    let parser = Arc::new(RuntimePermissionDescriptorParser::new(RealSys));
    let options = PermissionsOptions { allow_net: Some(hosts.clone()), prompt: false, ..Default::default() };
    let permissions = Permissions::from_options(&*parser, &options).expect("they are hosts");
    Network::new(PermissionsContainer::new(parser, permissions), &hosts)
  }

  fn reaches(network: &Network, address: &str) -> bool {
    network.reaches(address.parse().expect("it is an address"))
  }

  #[test]
  fn addresses_are_reached_that_are_granted_or_that_granted_names_have_led_to() {
    let network = network(&["192.0.2.1:80", "[2001:db8::1]", "a.example:443", "*.b.example"]);
    assert!(reaches(&network, "192.0.2.1:80") && !reaches(&network, "192.0.2.1:81"));
    assert!(reaches(&network, "[2001:db8::1]:9") && !reaches(&network, "[2001:db8::2]:9"));
    assert!(network.looks_up("a.example") && network.looks_up("x.b.example") && !network.looks_up("c.example"));
    network.learn("a.example", &["192.0.2.2".parse().expect("it is an address")]);
    assert!(reaches(&network, "192.0.2.2:443") && !reaches(&network, "192.0.2.2:80"));
    // It does not listen there.
    assert!(!network.takes("192.0.2.2:443".parse().expect("it is an address")));
  }

  #[test]
  fn the_last_answers_are_kept() {
    let network = network(&["a.example"]);
    let address = |i: usize| IpAddr::from([192, 0, (i / 256) as u8, (i % 256) as u8]);
    for i in 0..MAX_KNOWN + 10 {
      network.learn("a.example", &[address(i)]);
      network.learn("a.example", &[address(i)]);
    }
    assert_eq!(network.known.borrow().len(), MAX_KNOWN);
    assert!(!network.reaches(SocketAddr::new(address(9), 80)) && network.reaches(SocketAddr::new(address(10), 80)));
  }
}
