//! Headers between V8 and the crate `http`.

use deno_core::ByteString;
use deno_core::op2;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;

use crate::Failure;

/// As V8 has them, in the order in which they came.
pub(crate) type Headers = Vec<(ByteString, ByteString)>;

pub(crate) fn headers_of(map: &HeaderMap) -> Headers {
  map.iter().map(|(name, value)| (name.as_str().into(), value.as_bytes().into())).collect()
}

/// The headers that are for the connection to say, or for the host, and not for a guest. `te` is not among them: guests
/// ask for trailers by it, and the client lets nothing else of it pass where that would be wrong (HTTP/2).
const CONNECTION_HEADERS: &[&str] = &[
  "connection",
  // That of the URL, which was checked.
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
];

/// Whether a header is for the connection to say, or for the host.
fn is_of_connection(name: &HeaderName) -> bool {
  CONNECTION_HEADERS.contains(&name.as_str())
}

/// Takes out those that are.
pub fn remove_connection_headers(headers: &mut HeaderMap) {
  // Most messages have none of them.
  if headers.keys().any(is_of_connection) {
    CONNECTION_HEADERS.iter().for_each(|name| drop(headers.remove(*name)));
  }
}

/// The same for what guests write and read.
#[op2]
#[serde]
pub(crate) fn op_http_connection_headers() -> Vec<&'static str> {
  CONNECTION_HEADERS.to_vec()
}

pub(crate) fn map_of(headers: &Headers) -> Result<HeaderMap, Failure> {
  header_map(headers.iter().map(|(name, value)| (&name[..], &value[..])))
}

/// Those of some headers that are not for the connection to say.
///
/// # Errors
///
/// A name or a value that is none; too many.
pub fn header_map<'h>(headers: impl Iterator<Item = (&'h [u8], &'h [u8])>) -> Result<HeaderMap, Failure> {
  let mut map = HeaderMap::new();
  for (name, value) in headers {
    add(&mut map, name, value)?;
  }
  Ok(map)
}

/// Headers as a text of lines, names and values in turn: neither has the end of a line in it. Each byte is a character.
pub(crate) fn text_of(headers: &HeaderMap) -> Vec<u8> {
  let length = headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 2).sum();
  let mut text = Vec::with_capacity(length);
  for (name, value) in headers {
    for part in [name.as_str().as_bytes(), value.as_bytes()] {
      text.extend_from_slice(part);
      text.push(b'\n');
    }
  }
  text
}

/// Adds those of such a text that are not for the connection to say.
pub(crate) fn add_text(mut map: HeaderMap, text: &[u8]) -> Result<HeaderMap, Failure> {
  let mut lines = text.split(|&byte| byte == b'\n');
  while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
    add(&mut map, name, value)?;
  }
  Ok(map)
}

fn add(map: &mut HeaderMap, name: &[u8], value: &[u8]) -> Result<(), Failure> {
  let name = HeaderName::from_bytes(name).map_err(|error| Failure::new("HTTP-protocol-error", error))?;
  let value = HeaderValue::from_bytes(value).map_err(|error| Failure::new("HTTP-protocol-error", error))?;
  if !is_of_connection(&name) {
    map.try_append(name, value).map_err(|error| Failure::new("HTTP-request-header-section-size", error))?;
  }
  Ok(())
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn what_is_for_the_connection_to_say_is_not_sent() {
    let names = [CONNECTION_HEADERS, &["te", "x-own"]].concat();
    let headers = names.into_iter().map(|name| (name.into(), "trailers".into())).collect();
    let map = map_of(&headers).expect("they are headers");
    assert_eq!(map.keys().collect::<Vec<_>>(), ["te", "x-own"]);
  }

  #[test]
  fn headers_pass_as_lines() {
    let mut map = HeaderMap::new();
    for (name, value) in [("x-a", "1"), ("x-a", ""), ("x-b", "caf\u{e9}")] {
      let value = value.chars().map(|character| character as u8).collect::<Vec<_>>();
      map.append(HeaderName::from_static(name), HeaderValue::from_bytes(&value).expect("it is a value"));
    }
    assert_eq!(text_of(&map), b"x-a\n1\nx-a\n\nx-b\ncaf\xe9\n");
    let of_text = |text: &[u8]| add_text(HeaderMap::new(), text);
    assert_eq!(of_text(&text_of(&map)).expect("they are headers"), map);
    assert!(of_text(b"").expect("there are none").is_empty());
    assert!(of_text(b"x a\n1\n").is_err());
    assert!(of_text(b"x-a\n1\r\n").is_err());
  }
}
