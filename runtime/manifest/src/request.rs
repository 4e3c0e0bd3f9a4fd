//! What a component is told of a request besides the request itself: `spin-*` headers.

use std::borrow::Cow;
use std::net::SocketAddr;

use bytes::Bytes;
use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;

use crate::RouteMatch;

/// What is told of a request, by the names of its header and of its variable for CGI.
type Names = (HeaderName, &'static str);
const PATH_INFO: Names = (HeaderName::from_static("spin-path-info"), "PATH_INFO");
const FULL_URL: Names = (HeaderName::from_static("spin-full-url"), "X_FULL_URL");
const MATCHED_ROUTE: Names = (HeaderName::from_static("spin-matched-route"), "X_MATCHED_ROUTE");
const BASE_PATH: Names = (HeaderName::from_static("spin-base-path"), "X_BASE_PATH");
const RAW_COMPONENT_ROUTE: Names = (HeaderName::from_static("spin-raw-component-route"), "X_RAW_COMPONENT_ROUTE");
const COMPONENT_ROUTE: Names = (HeaderName::from_static("spin-component-route"), "X_COMPONENT_ROUTE");
const CLIENT_ADDR: Names = (HeaderName::from_static("spin-client-addr"), "X_CLIENT_ADDR");
const PATH_MATCH: (&str, &str) = ("spin-path-match-", "X_PATH_MATCH_");

/// Where a request came from and where it went.
#[derive(Clone, Copy, Debug)]
pub struct RequestOrigin<'a> {
  /// `http` or `https`.
  pub scheme: &'a str,
  /// The `Host` header, or the authority of HTTP/2.
  pub host: &'a str,
  /// The path and query of the URL, as they were sent.
  pub path_and_query: &'a str,
  /// Who sent it.
  pub client: SocketAddr,
}

/// How many there are.
const FACTS: usize = 7;

/// Each thing that is told, with the names it has.
pub(crate) fn facts<'a>(found: &RouteMatch<'a, 'a>, origin: RequestOrigin<'a>) -> [(Names, Cow<'a, str>); FACTS] {
  let RequestOrigin { scheme, host, path_and_query, client } = origin;
  [
    (PATH_INFO, found.path_info().into()),
    (FULL_URL, [scheme, "://", host, path_and_query].concat().into()),
    (MATCHED_ROUTE, found.matched_route().into()),
    // Routes are told with their base, so there is none besides.
    (BASE_PATH, "/".into()),
    (RAW_COMPONENT_ROUTE, found.raw_route().into()),
    (COMPONENT_ROUTE, found.component_route().into()),
    (CLIENT_ADDR, client.to_string().into()),
  ]
}

/// The names of a parameter of the route.
pub(crate) fn parameter_names(name: &str) -> (String, String) {
  let (header, variable) = PATH_MATCH;
  (format!("{header}{}", name.to_ascii_lowercase()), format!("{variable}{}", name.to_ascii_uppercase()))
}

/// What begins so only the host says.
pub(crate) const OF_HOST: &str = "spin-";

/// Sets the `spin-*` headers of a request. Whatever a client has sent under such names goes, those that the host does
/// not know included.
pub fn set_spin_headers(headers: &mut HeaderMap, found: &RouteMatch<'_, '_>, origin: RequestOrigin<'_>) {
  headers.reserve(FACTS);
  let forged: Vec<HeaderName> = headers.keys().filter(|name| name.as_str().starts_with(OF_HOST)).cloned().collect();
  for name in forged {
    headers.remove(name);
  }
  let facts = facts(found, origin);
  // All of them are in one piece of memory.
  let mut told = Bytes::from(facts.each_ref().map(|(_, value)| &**value).concat());
  for ((name, _), value) in facts {
    // What a URL has cannot be in the way: it is ASCII that can be seen.
    if let Ok(value) = HeaderValue::from_maybe_shared(told.split_to(value.len())) {
      headers.insert(name, value);
    }
  }
  for (name, value) in found.parameters() {
    let (name, _) = parameter_names(name);
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
      headers.insert(name, value);
    }
  }
}

#[cfg(test)]
mod tests {
  use super::*;
  use crate::Router;

  fn headers_of(base: &str, route: &str, path_and_query: &str) -> HeaderMap {
    let router = Router::new(base, [(0, route)]).unwrap().0;
    let path = path_and_query.split('?').next().unwrap();
    let origin =
      RequestOrigin { scheme: "https", host: "a.dev", path_and_query, client: "127.0.0.1:8777".parse().unwrap() };
    let mut headers = HeaderMap::new();
    headers.insert("spin-path-match-forged", HeaderValue::from_static("1"));
    headers.insert("spin-of-nobody", HeaderValue::from_static("1"));
    headers.append("spin-client-addr", HeaderValue::from_static("6.6.6.6:6"));
    headers.append("spin-client-addr", HeaderValue::from_static("7.7.7.7:7"));
    headers.insert("accept", HeaderValue::from_static("*/*"));
    set_spin_headers(&mut headers, &router.route(path).unwrap(), origin);
    headers
  }

  #[test]
  fn tells_what_spin_tells() {
    let headers = headers_of("/", "/foo/:UserId/...", "/foo/42/bar?key1=value1&key2=value2");
    let mut told: Vec<(&str, &str)> =
      headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
    told.sort_unstable();
    assert_eq!(
      told,
      [
        ("accept", "*/*"),
        ("spin-base-path", "/"),
        ("spin-client-addr", "127.0.0.1:8777"),
        ("spin-component-route", "/foo/:UserId"),
        ("spin-full-url", "https://a.dev/foo/42/bar?key1=value1&key2=value2"),
        ("spin-matched-route", "/foo/:UserId/..."),
        ("spin-path-info", "/bar"),
        ("spin-path-match-userid", "42"),
        ("spin-raw-component-route", "/foo/:UserId/..."),
      ]
    );
  }

  #[test]
  fn the_base_is_in_the_matched_route_alone() {
    let headers = headers_of("/base", "/foo/...", "/base/foo/");
    assert_eq!(headers["spin-matched-route"], "/base/foo/...");
    assert_eq!(headers["spin-component-route"], "/foo");
    assert_eq!(headers["spin-path-info"], "/");
  }
}
