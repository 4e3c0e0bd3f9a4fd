//! What the head of a request may have.

use std::net::Ipv4Addr;

use bytes::Bytes;
use http::HeaderValue;
use http::Request;
use http::Uri;
use plugbay::Url;

/// Headers of a request.
pub(super) const MAX_HEADERS: usize = 128;

/// Has a request keep nothing of the memory that it was read into, which then serves for what comes next: as long as it
/// is kept, there has to be more.
pub(super) fn detach<B>(request: &mut Request<B>) {
  // What names a host is a copy already, or rare.
  let path = request.uri().path_and_query().filter(|_| request.uri().authority().is_none());
  let path = path.map_or("", |path| path.as_str());
  let length = request.headers().values().map(HeaderValue::len).sum::<usize>() + path.len();
  let mut copy = Vec::with_capacity(length);
  copy.extend_from_slice(path.as_bytes());
  request.headers().values().for_each(|value| copy.extend_from_slice(value.as_bytes()));
  let path = path.len();
  let mut copy = Bytes::from(copy);
  let of_path = copy.split_to(path);
  if path > 0
    && let Ok(uri) = Uri::from_maybe_shared(of_path)
  {
    *request.uri_mut() = uri;
  }
  for value in request.headers_mut().values_mut() {
    // They are values as they were.
    if let Ok(mut own) = HeaderValue::from_maybe_shared(copy.split_to(value.len())) {
      own.set_sensitive(value.is_sensitive());
      *value = own;
    }
  }
}

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
  fn a_request_is_the_same_without_the_memory_that_it_was_read_into() {
    let read = Bytes::from_static(b"/a?b=c caf\xe9 x").slice(..);
    let mut read = Bytes::from(read.to_vec());
    let whole = read.clone();
    let mut request = Request::new(());
    *request.uri_mut() = Uri::from_maybe_shared(read.split_to(6)).expect("it is a path");
    for (name, length) in [("x-a", 5), ("x-b", 0), ("x-a", 2)] {
      let value = HeaderValue::from_maybe_shared(read.split_to(length)).expect("it is a value");
      request.headers_mut().append(name, value);
    }
    drop(read);
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    assert!(!whole.is_unique());
    detach(&mut request);
    assert_eq!((request.uri(), request.headers()), (&uri, &headers));
    drop((uri, headers));
    assert!(whole.is_unique());
    *request.uri_mut() = Uri::from_static("http://a.example/b");
    detach(&mut request);
    assert_eq!(request.uri(), "http://a.example/b");
  }

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
