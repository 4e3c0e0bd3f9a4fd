//! Wagi: a component is a command of CGI, told of a request by its arguments and environment, which answers on
//! standard output.

use std::collections::BTreeMap;

use http::HeaderMap;
use http::HeaderName;
use http::HeaderValue;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use http::header::HOST;
use http::header::LOCATION;
use http::request::Parts;
use http::uri::Authority;
use percent_encoding::percent_decode_str;
use thiserror::Error;

use crate::RequestOrigin;
use crate::RouteMatch;
use crate::Wagi;
use crate::request::OF_HOST;
use crate::request::facts;
use crate::request::parameter_names;

/// Headers of a request that a command does not see: what is between the client and the server, and `Proxy`, which
/// would be `HTTP_PROXY`.
const HIDDEN: [&str; 3] = ["authorization", "connection", "proxy"];

/// The arguments of the command, its name first.
#[must_use]
pub fn wagi_arguments(wagi: &Wagi, request: &Parts) -> Vec<String> {
  let arguments = request.uri.query().unwrap_or_default().replace('&', " ");
  let argv = wagi.argv.replace("${SCRIPT_NAME}", request.uri.path()).replace("${ARGS}", &arguments);
  argv.split(' ').map(str::to_owned).collect()
}

/// The environment of the command besides that of the component. `length` is that of the request's body, whole.
#[must_use]
pub fn wagi_variables(
  found: &RouteMatch<'_, '_>,
  request: &Parts,
  origin: RequestOrigin<'_>,
  length: usize,
) -> BTreeMap<String, String> {
  let text = |name: HeaderName| request.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
  let host = request.headers.get(HOST).and_then(|host| Authority::try_from(host.as_bytes()).ok());
  let host = host.or_else(|| request.uri.authority().cloned());
  let decoded = percent_decode_str(found.path_info()).decode_utf8_lossy();
  let client = origin.client.ip().to_string();
  let mut variables: BTreeMap<String, String> = [
    ("AUTH_TYPE", ""),
    ("CONTENT_LENGTH", &length.to_string()),
    ("CONTENT_TYPE", text(CONTENT_TYPE)),
    ("GATEWAY_INTERFACE", "CGI/1.1"),
    ("QUERY_STRING", request.uri.query().unwrap_or_default()),
    ("REMOTE_ADDR", &client),
    ("REMOTE_HOST", &client),
    ("REMOTE_USER", ""),
    ("REQUEST_METHOD", request.method.as_str()),
    ("SCRIPT_NAME", found.matched_prefix()),
    ("X_RAW_PATH_INFO", found.path_info()),
    ("PATH_TRANSLATED", &decoded),
    ("SERVER_NAME", host.as_ref().map_or("localhost", Authority::host)),
    ("SERVER_PORT", host.as_ref().and_then(Authority::port_u16).unwrap_or(80).to_string().as_str()),
    ("SERVER_PROTOCOL", &format!("{:?}", request.version)),
    ("SERVER_SOFTWARE", "WAGI/1"),
  ]
  .map(|(name, value)| (name.to_owned(), value.to_owned()))
  .into();
  let is_shown = |name: &str| !HIDDEN.contains(&name) && !name.starts_with(OF_HOST);
  for (name, value) in request.headers.iter().filter(|(name, _)| is_shown(name.as_str())) {
    let name = format!("HTTP_{}", name.as_str().to_ascii_uppercase().replace('-', "_"));
    variables.insert(name, value.to_str().unwrap_or("CORRUPT VALUE").to_owned());
  }
  variables.extend(facts(found, origin).map(|((_, name), value)| (name.to_owned(), value.into_owned())));
  variables.extend(found.parameters().map(|(name, value)| (parameter_names(name).1, value.to_owned())));
  // No variable can have a NUL in it: a path may, behind a percent sign.
  variables.retain(|_, value| !value.contains('\0'));
  variables
}

/// The answer of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CgiResponse<'a> {
  /// Its status.
  pub status: StatusCode,
  /// Its headers.
  pub headers: HeaderMap,
  /// Its body.
  pub body: &'a [u8],
}

/// Why what a command wrote is no answer: the client gets 500.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CgiFault {
  /// Nothing at all.
  #[error("it wrote nothing to standard output; is it a command, as the executor `wagi` expects?")]
  Empty,
  /// No header that says what follows.
  #[error(
    "its output begins with neither `content-type`, `status` nor `location`, and a line that is empty after them"
  )]
  NoHeaders,
  /// Headers that are no text.
  #[error("its headers are no UTF-8")]
  NoText,
  /// A header that HTTP does not have.
  #[error("its header `{0}` has a value that HTTP does not allow")]
  BadValue(String),
}

/// Reads the answer of a command: headers, a line that is empty, and the body. Of its headers at least one must be
/// `content-type`, `status` or `location`, which alone redirects. A header that has no name HTTP allows is left out.
///
/// # Errors
///
/// When it is no answer.
pub fn parse_cgi_response(output: &[u8]) -> Result<CgiResponse<'_>, CgiFault> {
  if output.is_empty() {
    return Err(CgiFault::Empty);
  }
  let (head, body) = head_and_body(output).ok_or(CgiFault::NoHeaders)?;
  let head = std::str::from_utf8(head).map_err(|_| CgiFault::NoText)?;
  let mut response = CgiResponse { status: StatusCode::OK, headers: HeaderMap::new(), body };
  let (mut says_status, mut sufficient) = (false, false);
  for line in head.lines() {
    let Some((name, value)) = line.split_once(':') else { continue };
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    if name == "status" {
      // « 404 Not Found »
      let code = value.split(' ').next().unwrap_or_default();
      response.status = code.parse().unwrap_or(StatusCode::BAD_GATEWAY);
      (says_status, sufficient) = (true, true);
      continue;
    }
    let Ok(header) = HeaderName::try_from(&name) else { continue };
    let value = HeaderValue::from_str(value).map_err(|_| CgiFault::BadValue(name))?;
    if header == CONTENT_TYPE || header == LOCATION {
      sufficient = true;
      response.headers.insert(header, value);
    } else {
      response.headers.append(header, value);
    }
  }
  if !sufficient {
    return Err(CgiFault::NoHeaders);
  }
  if !says_status && response.headers.contains_key(LOCATION) {
    response.status = StatusCode::FOUND;
  }
  Ok(response)
}

/// What is before the first line that is empty, and what is after it.
fn head_and_body(output: &[u8]) -> Option<(&[u8], &[u8])> {
  let mut start = 0;
  while let Some(end) = output[start..].iter().position(|byte| *byte == b'\n').map(|end| start + end) {
    if matches!(&output[start..end], b"" | b"\r") {
      return Some((&output[..start], &output[end + 1..]));
    }
    start = end + 1;
  }
  None
}

#[cfg(test)]
mod tests;
