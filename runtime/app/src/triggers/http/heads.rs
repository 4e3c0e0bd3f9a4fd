//! What the head of a request may have.

use std::net::Ipv4Addr;

use plugbay::Url;

/// Headers of a request.
pub(super) const MAX_HEADERS: usize = 128;

/// Whether a request may name this host: one that a URL can have, because handlers make URLs of them. Most are told
/// without making one.
pub(super) fn is_host(host: &str) -> bool {
  is_plain_name(host) || host.parse::<Ipv4Addr>().is_ok() || Url::parse(&format!("http://{host}/")).is_ok()
}

/// A name of letters, digits and hyphens whose last part is no number, and that stands for no other.
fn is_plain_name(host: &str) -> bool {
  let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
  let last = host.rsplit('.').next().unwrap_or_default();
  host.bytes().all(is_plain)
    && last.starts_with(|first: char| first.is_ascii_alphabetic())
    && !host.split('.').any(|part| part.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--")))
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn what_no_url_can_have_is_no_host() {
    for host in
      ["localhost", "a", "A.example", "a-b.c3", "127.0.0.1", "[::1]", "a_b", "xn--mnchen-3ya.de", "a.b.", "0x"]
    {
      assert!(is_host(host), "{host}");
    }
    for host in ["", "1.2.3.4.5", "256.1.1.1", "a.1.2.3.999", "xn--a", "b.XN--a", "[::1", "[::g]", "a%00b", "a|b"] {
      assert!(!is_host(host), "{host}");
    }
  }

  #[test]
  fn names_that_are_told_at_once_are_those_of_urls() {
    for host in ["a", "a.b-c", "-", "a..b", ".a", "x--y", "3com.net", "0x7f.a", "a.b2"] {
      if is_plain_name(host) {
        assert!(Url::parse(&format!("http://{host}/")).is_ok(), "{host}");
      }
    }
  }
}
