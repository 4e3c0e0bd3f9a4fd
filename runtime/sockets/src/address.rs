//! Addresses, as they cross from JavaScript and back, and which of them a socket takes.

use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::net::SocketAddrV6;

use crate::answer::Code;

/// An address with its port, as numbers: the port, the flow info, the scope, and the 4 or 8 parts of the address.
pub(crate) type Numbers = Vec<u32>;

pub(crate) fn numbers_of(address: SocketAddr) -> Numbers {
  let mut numbers = vec![u32::from(address.port()), 0, 0];
  match address {
    SocketAddr::V4(address) => numbers.extend(address.ip().octets().map(u32::from)),
    SocketAddr::V6(address) => {
      numbers[1] = address.flowinfo();
      numbers[2] = address.scope_id();
      numbers.extend(address.ip().segments().map(u32::from));
    }
  }
  numbers
}

/// An address for a socket of a family. What is no address of one host fits none.
pub(crate) fn local_address(numbers: &[u32], is_ipv6: bool) -> Result<SocketAddr, Code> {
  let address = parse(numbers).ok_or("invalid-argument")?;
  let is_mapped = matches!(address.ip(), IpAddr::V6(ip) if ip.to_ipv4_mapped().is_some());
  let is_broadcast = matches!(address.ip(), IpAddr::V4(ip) if ip.is_broadcast());
  if address.is_ipv6() != is_ipv6 || is_mapped || is_broadcast || address.ip().is_multicast() {
    return Err("invalid-argument");
  }
  Ok(address)
}

/// The same for an address of somebody else's.
pub(crate) fn remote_address(numbers: &[u32], is_ipv6: bool) -> Result<SocketAddr, Code> {
  let address = local_address(numbers, is_ipv6)?;
  if address.ip().is_unspecified() || address.port() == 0 { Err("invalid-argument") } else { Ok(address) }
}

fn parse(numbers: &[u32]) -> Option<SocketAddr> {
  let (&[port, flow_info, scope], parts) = numbers.split_first_chunk()?;
  let port = u16::try_from(port).ok()?;
  let parts = parts.iter().map(|&part| u16::try_from(part).ok()).collect::<Option<Vec<_>>>()?;
  if let Ok(segments) = <[u16; 8]>::try_from(&*parts) {
    return Some(SocketAddrV6::new(Ipv6Addr::from(segments), port, flow_info, scope).into());
  }
  let octets = parts.into_iter().map(|part| u8::try_from(part).ok()).collect::<Option<Vec<_>>>()?;
  Some((Ipv4Addr::from(<[u8; 4]>::try_from(&*octets).ok()?), port).into())
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn addresses_come_back_as_they_went() {
    for text in ["127.0.0.1:80", "[2001:db8::1]:65535", "[fe80::1%7]:1", "0.0.0.0:0", "[::]:0"] {
      let address: SocketAddr = text.parse().expect("it is an address");
      assert_eq!(local_address(&numbers_of(address), address.is_ipv6()), Ok(address));
    }
  }

  #[test]
  fn what_is_not_of_one_host_or_of_another_family_is_refused() {
    let refused = |text: &str, is_ipv6| {
      let address: SocketAddr = text.parse().expect("it is an address");
      local_address(&numbers_of(address), is_ipv6).is_err()
    };
    assert!(refused("127.0.0.1:80", true) && refused("[::1]:80", false));
    assert!(refused("224.0.0.1:80", false) && refused("255.255.255.255:80", false) && refused("[ff02::1]:80", true));
    assert!(refused("[::ffff:127.0.0.1]:80", true));
    for numbers in [&[][..], &[1, 0, 0], &[65536, 0, 0, 1, 2, 3, 4], &[1, 0, 0, 256, 2, 3, 4], &[1, 0, 0, 1, 2, 3]] {
      assert!(local_address(numbers, false).is_err(), "{numbers:?}");
    }
  }

  #[test]
  fn nobody_else_has_no_address_or_no_port() {
    let remote = |text: &str| {
      let address: SocketAddr = text.parse().expect("it is an address");
      remote_address(&numbers_of(address), address.is_ipv6())
    };
    assert!(remote("127.0.0.1:80").is_ok() && remote("[::1]:80").is_ok());
    assert!(remote("127.0.0.1:0").is_err() && remote("0.0.0.0:80").is_err() && remote("[::]:80").is_err());
  }
}
