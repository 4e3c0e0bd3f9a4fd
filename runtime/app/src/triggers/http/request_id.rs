//! What a request is called in logs, by its handler and by the servers that this asks: the client's `x-request-id`, or
//! one that is made.

use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use uuid::Builder;
use uuid::Uuid;

/// Where it stands.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// One that is longer is not the client's to say.
const MAX_LENGTH: usize = 128;

/// The id of a request, which its headers have from then on.
pub(crate) fn take(headers: &mut HeaderMap) -> HeaderValue {
  let mut given = headers.get_all(X_REQUEST_ID).iter();
  let id = match (given.next(), given.next()) {
    (Some(id), None) if is_fit(id) => id.clone(),
    _ => made(),
  };
  headers.insert(X_REQUEST_ID, id.clone());
  id
}

/// Visible ASCII, which breaks no line of a log.
fn is_fit(id: &HeaderValue) -> bool {
  !id.is_empty() && id.len() <= MAX_LENGTH && id.as_bytes().iter().all(u8::is_ascii_graphic)
}

/// A UUID of version 7, which is no secret: its numbers are those of the thread's source, which asks nobody.
fn made() -> HeaderValue {
  let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
  let random = fastrand::u128(..).to_ne_bytes();
  let [random @ .., _, _, _, _, _, _] = random;
  let id = Builder::from_unix_timestamp_millis(since.as_millis() as u64, &random).into_uuid();
  let mut text = Uuid::encode_buffer();
  let text = id.hyphenated().encode_lower(&mut text);
  HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("-"))
}

/// As text, for logs.
pub(crate) fn text(id: &HeaderValue) -> &str {
  id.to_str().unwrap_or("-")
}

#[cfg(test)]
mod tests {
  use super::*;

  fn taken(given: &[&[u8]]) -> String {
    let mut headers = HeaderMap::new();
    for id in given {
      headers.append(X_REQUEST_ID, HeaderValue::from_bytes(id).expect("it is a value"));
    }
    let id = take(&mut headers);
    assert_eq!(headers.get_all(X_REQUEST_ID).iter().collect::<Vec<_>>(), [&id]);
    text(&id).to_string()
  }

  #[test]
  fn a_client_may_say_what_its_request_is_called() {
    assert_eq!(taken(&[b"order-17"]), "order-17");
  }

  #[test]
  fn what_is_long_or_not_to_be_printed_is_no_id() {
    let long = [b'a'; 129];
    let not_taken: [&[&[u8]]; 6] = [&[], &[b""], &[b"a b"], &[b"caf\xc3\xa9"], &[&long], &[b"a", b"b"]];
    for given in not_taken {
      assert_eq!(taken(given).len(), 36, "{given:?}");
    }
    assert_ne!(taken(&[]), taken(&[]));
  }

  #[test]
  fn one_that_is_made_is_a_uuid_of_its_time() {
    let before = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let id = taken(&[]).parse::<Uuid>().expect("it is a UUID");
    assert_eq!((id.get_version_num(), id.get_variant()), (7, uuid::Variant::RFC4122));
    let (seconds, nanoseconds) = id.get_timestamp().expect("it has a time").to_unix();
    assert!(seconds * 1000 + u64::from(nanoseconds) / 1_000_000 >= before.as_millis() as u64);
  }
}
