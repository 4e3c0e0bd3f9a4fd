//! Addresses that are not of the public network: what may be connected to there has to be named by its address.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

use ipnet::IpNet;
use ipnet::Ipv6Net;
use url::Host;

use super::HostPattern;
use super::OutboundHosts;

/// Of this machine, of private networks, of the link, of providers' insides, and what is no single machine's.
const NOT_PUBLIC: [&str; 23] = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/96",
  // Tunnels, which lead to any address of IPv4.
  "64:ff9b:1::/48",
  "2001::/32",
  "2002::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8",
  "2001:db8::/32",
];

/// What an IPv4 address is within, as one of IPv6: mapped, and translated by NAT64. Of mapped ones a system connects to
/// the inner.
const WITHIN: [Ipv6Addr; 2] =
  [Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0)];

impl OutboundHosts {
  /// The networks to which no connection is to be made, whatever name leads there: those that are not public, but for
  /// what the entries name by address or network. `localhost` names the address of this machine.
  #[must_use]
  pub fn denied_networks(&self) -> Vec<IpNet> {
    let named = self.hosts.iter().flat_map(|one| named(&one.host)).collect::<Vec<_>>();
    let all = NOT_PUBLIC.iter().filter_map(|network| network.parse::<IpNet>().ok());
    let all = all.flat_map(|network| std::iter::once(network).chain(within(network)));
    all.flat_map(|network| without(network, &named)).collect()
  }
}

/// What a pattern names, by whatever address leads there.
fn named(host: &HostPattern) -> Vec<IpNet> {
  let networks = match host {
    HostPattern::Subnet(network) => vec![*network],
    HostPattern::Exact(Host::Ipv4(address)) => vec![IpNet::from(IpAddr::V4(*address))],
    HostPattern::Exact(Host::Ipv6(address)) => vec![IpNet::from(IpAddr::V6(*address).to_canonical())],
    HostPattern::Exact(Host::Domain(name)) if name == "localhost" => {
      [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)].map(IpNet::from).to_vec()
    }
    HostPattern::Exact(Host::Domain(_)) | HostPattern::Any | HostPattern::Subdomains(_) | HostPattern::Own => {
      Vec::new()
    }
  };
  networks.into_iter().flat_map(|network| std::iter::once(network).chain(within(network))).collect()
}

/// A network of IPv4 as parts of IPv6.
fn within(network: IpNet) -> Vec<IpNet> {
  let IpNet::V4(network) = network else { return Vec::new() };
  let within = WITHIN.map(|outer| {
    let address = u128::from(outer) | u128::from(u32::from(network.network()));
    Ipv6Net::new(Ipv6Addr::from(address), 96 + network.prefix_len()).ok().map(IpNet::V6)
  });
  within.into_iter().flatten().collect()
}

/// A network but for what is named of it.
fn without(network: IpNet, named: &[IpNet]) -> Vec<IpNet> {
  if named.iter().any(|named| named.contains(&network)) {
    return Vec::new();
  }
  if !named.iter().any(|named| network.contains(named)) {
    return vec![network];
  }
  let halves = network.subnets(network.prefix_len() + 1).into_iter().flatten();
  halves.flat_map(|half| without(half, named)).collect()
}

#[cfg(test)]
mod tests {
  use super::*;

  fn lets(entries: &[&str], address: &str) -> bool {
    let hosts = OutboundHosts::parse(entries, [], |_| None).expect("they are entries");
    let address = address.parse::<IpAddr>().expect("it is an address");
    !hosts.denied_networks().iter().any(|network| network.contains(&address))
  }

  #[test]
  fn what_is_not_public_is_denied_unless_it_is_named() {
    for address in [
      "127.0.0.1",
      "10.1.2.3",
      "169.254.169.254",
      "192.168.0.1",
      "172.31.255.255",
      "100.64.0.1",
      "0.0.0.0",
      "::",
      "::1",
      "fd00::1",
      "fe80::1",
      "::ffff:127.0.0.1",
      "::127.0.0.1",
      "2002:7f00:1::",
      "2001::7f00:1",
      "64:ff9b:1::7f00:1",
      "::ffff:10.0.0.1",
      "64:ff9b::7f00:1",
    ] {
      assert!(!lets(&["*://*:*", "https://example.com"], address), "{address}");
    }
    for address in ["1.1.1.1", "172.32.0.1", "2606:4700::1", "::ffff:1.1.1.1"] {
      assert!(lets(&["*://*:*"], address), "{address}");
    }
  }

  #[test]
  fn what_is_named_is_named_alone() {
    let entries = ["http://127.0.0.1:8080", "*://10.0.0.0/16:*", "http://[fd00::1]"];
    for address in ["127.0.0.1", "::ffff:127.0.0.1", "10.0.255.1", "fd00::1"] {
      assert!(lets(&entries, address), "{address}");
    }
    for address in ["127.0.0.2", "10.1.0.1", "fd00::2", "::1"] {
      assert!(!lets(&entries, address), "{address}");
    }
    assert!(lets(&["http://localhost:3000"], "127.0.0.1") && lets(&["http://localhost:3000"], "::1"));
    assert!(!lets(&["http://localhost.example:3000"], "127.0.0.1"));
  }
}
