//! Why a request or its answer failed: an `error-code` of wasi:http, and words.

use std::error::Error;
use std::io;

use deno_error::JsErrorBox;
use deno_error::JsErrorClass as _;
use serde::Serialize;

use crate::measured::BodySize;

/// The code of an address that may not be connected to.
pub(crate) const PROHIBITED: &str = "destination-IP-prohibited";

/// The code of a URL that may not be asked for.
const DENIED: &str = "HTTP-request-denied";

/// The code of a request whose body is not as long as it says, or is none that the method can have.
pub(crate) const REQUEST_BODY_SIZE: &str = "HTTP-request-body-size";

/// What went wrong.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
  /// The name of a case of wasi:http's variant `error-code`.
  pub code: &'static str,
  /// For people.
  pub message: String,
}

impl Failure {
  pub(crate) fn new(code: &'static str, message: impl ToString) -> Self {
    Self { code, message: message.to_string() }
  }

  pub(crate) fn denied(message: impl ToString) -> Self {
    Self::new(DENIED, message)
  }

  /// Whether whoever asks may not reach what is asked for.
  pub fn is_refusal(&self) -> bool {
    matches!(self.code, DENIED | PROHIBITED)
  }

  /// What the client says of a request that it could not send, or whose answer did not come.
  pub fn of_client(error: &(dyn Error + 'static)) -> Self {
    let chain = || std::iter::successors(Some(error), |error| source_of(*error));
    let message = chain().last().map_or_else(|| error.to_string(), ToString::to_string);
    let code = chain().find_map(code_of).unwrap_or("internal-error");
    Self { code, message }
  }
}

/// What lies behind an error. An I/O error has what it was made of inside, and not behind it.
fn source_of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
  let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
  inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
}

fn code_of(error: &(dyn Error + 'static)) -> Option<&'static str> {
  if let Some(error) = error.downcast_ref::<rustls::Error>() {
    return Some(match error {
      rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented => "TLS-certificate-error",
      _ => "TLS-protocol-error",
    });
  }
  if error.downcast_ref::<JsErrorBox>().is_some_and(|error| error.get_ref().is::<BodySize>()) {
    return Some(REQUEST_BODY_SIZE);
  }
  if let Some(error) = error.downcast_ref::<hyper::Error>() {
    return match error {
      error if error.is_incomplete_message() => Some("HTTP-response-incomplete"),
      error if error.is_parse() => Some("HTTP-protocol-error"),
      error if error.is_timeout() => Some("connection-timeout"),
      _ => None,
    };
  }
  if let Some(error) = error.downcast_ref::<io::Error>() {
    return match error.kind() {
      io::ErrorKind::ConnectionRefused => Some("connection-refused"),
      io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
        Some("connection-terminated")
      }
      io::ErrorKind::TimedOut => Some("connection-timeout"),
      io::ErrorKind::PermissionDenied => Some(PROHIBITED),
      io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Some("destination-unavailable"),
      _ => None,
    };
  }
  // deno_fetch's own, which is not public.
  (error.to_string() == "dns error").then_some("DNS-error")
}
