//! What a component may connect to: the grammar of `allowed_outbound_hosts`.

use std::net::IpAddr;
use std::net::Ipv6Addr;
use std::ops::Range;

use ipnet::IpNet;
use thiserror::Error;
use url::Host;

use crate::Template;

/// What the names of components end with when one calls another.
pub const CHAINING_SUFFIX: &str = ".spin.internal";

/// An entry of `allowed_outbound_hosts`: `scheme://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboundHost {
  /// None: any scheme.
  scheme: Option<String>,
  host: HostPattern,
  port: PortPattern,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum HostPattern {
  Any,
  /// With the dot before it.
  Subdomains(String),
  /// The app itself.
  Own,
  Exact(Host),
  Subnet(IpNet),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum PortPattern {
  Any,
  Exact(u16),
  /// Without its end.
  Range(Range<u16>),
}

/// Why an entry is none.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct OutboundFault {
  /// Which entry of the list.
  pub index: usize,
  /// What is wrong with it.
  pub message: String,
}

impl OutboundHost {
  /// Reads an entry without templates.
  ///
  /// # Errors
  ///
  /// When it is none: what is wrong with it.
  pub fn parse(text: &str) -> Result<Self, String> {
    let trimmed = text.trim();
    let Some((scheme, rest)) = trimmed.split_once("://") else {
      return Err(match trimmed {
        "insecure:allow-all" => "`insecure:allow-all` is no more; `*://*:*` allows everything".to_owned(),
        "*" | ":" | "" | "?" => {
          format!("`{trimmed}` is not `<scheme>://<host>[:<port>]`; `*://*:*` allows everything")
        }
        _ => format!("`{trimmed}` has no scheme; write `https://{trimmed}`, or `*://{trimmed}` for any scheme"),
      });
    };
    let (host, port) = match rest.rsplit_once(':') {
      None => (rest, ""),
      Some((host, "")) => (host, ""),
      // The last colon may be within an address of IPv6.
      Some(_) if HostPattern::parse(rest).is_ok() => (rest, ""),
      Some((host, port)) => match port.split_once('/') {
        None => (host, port),
        Some((port, "")) => (host, port),
        Some(_) => return Err(format!("`{trimmed}` has a path; end it with the port")),
      },
    };
    let of_entry = |fault: String| format!("`{trimmed}`: {fault}");
    let port = PortPattern::parse(port, scheme).map_err(of_entry)?;
    let scheme = match scheme {
      "*" => None,
      _ if scheme.starts_with('{') => return Err(of_entry("write an entry for each scheme".to_owned())),
      _ if !scheme.is_empty() && scheme.chars().all(char::is_alphabetic) => Some(scheme.to_owned()),
      _ => return Err(of_entry(format!("`{scheme}` is no scheme: it is of letters, or `*`"))),
    };
    let host = HostPattern::parse(host).map_err(of_entry)?;
    Ok(Self { scheme, host, port })
  }

  /// Whether a connection fits.
  #[must_use]
  pub fn allows(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
    parsed_host(host).is_some_and(|host| self.allows_host(scheme, &host, port))
  }

  fn allows_host(&self, scheme: &str, host: &Host, port: Option<u16>) -> bool {
    self.scheme_fits(scheme) && self.host.fits(host) && self.port.fits(port.or_else(|| well_known_port(scheme)))
  }

  fn scheme_fits(&self, scheme: &str) -> bool {
    // Who may be asked in the open may be asked by TLS.
    self.scheme.as_deref().is_none_or(|allowed| allowed == scheme || (allowed, scheme) == ("redis", "rediss"))
  }

  /// Whether it is about components of the app that call one another.
  #[must_use]
  pub fn is_for_chaining(&self) -> bool {
    match &self.host {
      HostPattern::Exact(Host::Domain(domain)) => domain.ends_with(CHAINING_SUFFIX),
      HostPattern::Subdomains(suffix) => suffix == CHAINING_SUFFIX,
      _ => false,
    }
  }

  /// The component that it lets one call, if it names one.
  #[must_use]
  pub fn chained(&self) -> Option<&str> {
    match &self.host {
      HostPattern::Exact(Host::Domain(domain)) => chained_component(domain),
      _ => None,
    }
  }
}

impl HostPattern {
  fn parse(host: &str) -> Result<Self, String> {
    let host = host.trim();
    match host {
      "*" => return Ok(Self::Any),
      own if is_own_host(own) => return Ok(Self::Own),
      _ if host.starts_with('{') => return Err("write an entry for each host".to_owned()),
      _ => {}
    }
    if let Ok(subnet) = host.parse::<IpNet>() {
      return Ok(Self::Subnet(subnet));
    }
    let host = host.strip_suffix('/').unwrap_or(host);
    if host.contains('/') {
      return Err("it has a path; end it with the host, or the port".to_owned());
    }
    let no_host = |host: &str| format!("`{host}` is no host");
    if let Some(domain) = host.strip_prefix("*.") {
      if domain.contains('*') {
        return Err("a `*` stands only at the beginning of a host".to_owned());
      }
      return match Host::parse(domain) {
        Ok(Host::Domain(domain)) => Ok(Self::Subdomains(format!(".{domain}"))),
        Ok(_) => Err("after `*.` comes a domain, not an address; a subnet is `10.0.0.0/8`".to_owned()),
        Err(_) => Err(no_host(host)),
      };
    }
    if host.contains('*') {
      return Err("a `*` stands for a whole host or, as `*.`, at the beginning of one".to_owned());
    }
    Host::parse(host).map(Self::Exact).map_err(|_| no_host(host))
  }

  fn fits(&self, host: &Host) -> bool {
    match (self, host) {
      (Self::Any, _) => true,
      (Self::Subdomains(suffix), Host::Domain(domain)) => domain.ends_with(suffix.as_str()),
      (Self::Exact(exact), host) => exact == host,
      (Self::Subnet(subnet), Host::Ipv4(address)) => subnet.contains(&IpAddr::V4(*address)),
      (Self::Subnet(subnet), Host::Ipv6(address)) => subnet.contains(&IpAddr::V6(*address)),
      (Self::Own | Self::Subdomains(_) | Self::Subnet(_), _) => false,
    }
  }
}

impl PortPattern {
  fn parse(port: &str, scheme: &str) -> Result<Self, String> {
    let number = |text: &str| text.parse::<u16>().map_err(|_| format!("`{port}` is no port"));
    if port.is_empty() {
      return well_known_port(scheme)
        .map(Self::Exact)
        .ok_or_else(|| format!("the scheme `{scheme}` has no port of its own; add one, or `:*` for any"));
    }
    match port.split_once("..") {
      _ if port == "*" => Ok(Self::Any),
      _ if port.starts_with('{') => Err("write an entry for each port".to_owned()),
      Some((start, end)) => Ok(Self::Range(number(start)?..number(end)?)),
      None => number(port).map(Self::Exact),
    }
  }

  fn fits(&self, port: Option<u16>) -> bool {
    match self {
      Self::Any => true,
      Self::Exact(exact) => port == Some(*exact),
      Self::Range(range) => port.is_some_and(|port| range.contains(&port)),
    }
  }
}

fn well_known_port(scheme: &str) -> Option<u16> {
  match scheme {
    "http" => Some(80),
    "https" => Some(443),
    "postgres" => Some(5432),
    "mysql" => Some(3306),
    "redis" | "rediss" => Some(6379),
    "mqtt" => Some(1883),
    _ => None,
  }
}

/// A host as a URL has it, or an address of IPv6 without brackets.
fn parsed_host(host: &str) -> Option<Host> {
  match host.parse::<Ipv6Addr>() {
    Ok(address) => Some(Host::Ipv6(address)),
    Err(_) => Host::parse(host).ok(),
  }
}

/// The component that a host of another component's request means: `a` of `a.spin.internal`.
#[must_use]
pub fn chained_component(host: &str) -> Option<&str> {
  host.strip_suffix(CHAINING_SUFFIX).filter(|name| !name.is_empty() && !name.contains('.'))
}

/// Whether a host stands for the app itself: its routes.
#[must_use]
pub fn is_own_host(host: &str) -> bool {
  matches!(host, "self" | "self.alt")
}

/// All that a component may connect to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutboundHosts {
  hosts: Vec<OutboundHost>,
}

impl OutboundHosts {
  /// Reads the entries of a component. `components` are those of the app, which `*.spin.internal` stands for;
  /// `resolve` knows the values of its variables. An entry of which empty values leave nothing is none.
  ///
  /// # Errors
  ///
  /// What is wrong, of all entries.
  pub fn parse<'a>(
    entries: &[impl AsRef<str>],
    components: impl IntoIterator<Item = &'a str> + Clone,
    mut resolve: impl FnMut(&str) -> Option<String>,
  ) -> Result<Self, Vec<OutboundFault>> {
    let mut hosts = Vec::new();
    let mut faults = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
      match one_entry(entry.as_ref(), &mut resolve) {
        Err(message) => faults.push(OutboundFault { index, message }),
        Ok(None) => {}
        Ok(Some(host)) if matches!(&host.host, HostPattern::Subdomains(suffix) if suffix == CHAINING_SUFFIX) => {
          for component in components.clone() {
            let host_pattern = HostPattern::Exact(Host::Domain(format!("{component}{CHAINING_SUFFIX}")));
            hosts.push(OutboundHost { host: host_pattern, ..host.clone() });
          }
        }
        Ok(Some(host)) => hosts.push(host),
      }
    }
    if faults.is_empty() { Ok(Self { hosts }) } else { Err(faults) }
  }

  /// Whether a connection is allowed. The port of a scheme that has one need not be given.
  #[must_use]
  pub fn allows(&self, scheme: &str, host: &str, port: Option<u16>) -> bool {
    parsed_host(host).is_some_and(|host| self.hosts.iter().any(|one| one.allows_host(scheme, &host, port)))
  }

  /// Whether a request to the app itself is allowed: one whose URL is a path.
  #[must_use]
  pub fn allows_self(&self, scheme: &str) -> bool {
    let own = |one: &OutboundHost| matches!(one.host, HostPattern::Any | HostPattern::Own);
    self.hosts.iter().any(|one| own(one) && one.scheme_fits(scheme))
  }

  /// Whether components of the app are among it, by name or by the app's routes.
  #[must_use]
  pub fn allows_components(&self) -> bool {
    self.allows_self("http") || self.allows_self("https") || self.hosts.iter().any(OutboundHost::is_for_chaining)
  }

  /// Hosts to which connections of any scheme are allowed, as `name`, `name:port` or `*` for all. Patterns of hosts and
  /// ports are left out.
  pub fn of_any_scheme(&self) -> impl Iterator<Item = String> {
    let any_scheme = self.hosts.iter().filter(|one| one.scheme.is_none());
    any_scheme.filter_map(|one| match (&one.host, &one.port) {
      (HostPattern::Any, PortPattern::Any) => Some("*".to_owned()),
      (HostPattern::Exact(host), PortPattern::Any) => Some(host.to_string()),
      (HostPattern::Exact(host), PortPattern::Exact(port)) => Some(format!("{host}:{port}")),
      _ => None,
    })
  }

  /// The entry that would allow a connection: for whoever tells that it is refused.
  #[must_use]
  pub fn entry_for(scheme: &str, host: &str, port: Option<u16>) -> String {
    let host = if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host.to_owned() };
    match port.filter(|port| well_known_port(scheme) != Some(*port)) {
      Some(port) => format!("{scheme}://{host}:{port}"),
      None => format!("{scheme}://{host}"),
    }
  }
}

fn one_entry(entry: &str, resolve: impl FnMut(&str) -> Option<String>) -> Result<Option<OutboundHost>, String> {
  let template = Template::parse(entry).map_err(|fault| fault.message)?;
  if template.is_literal() {
    return OutboundHost::parse(entry).map(Some);
  }
  let resolved = template.expand(resolve).map_err(|fault| fault.message)?;
  match resolved.as_str() {
    "" | "http://" | "https://" => Ok(None),
    resolved => OutboundHost::parse(resolved).map(Some).map_err(|fault| format!("with its variables, {fault}")),
  }
}

mod private;
#[cfg(test)]
mod tests;
