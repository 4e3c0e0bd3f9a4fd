//! Files of the web: one request after another until there is an answer that is no redirect.

use std::time::Duration;

use bytes::Bytes;
use deno_core::url::Url;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Uri;
use http::header::LOCATION;
use http_body_util::BodyExt;
use http_body_util::Limited;
use thiserror::Error;
use tokio::time::timeout;

use crate::Client;
use crate::Failure;
use crate::Informational;
use crate::RequestBody;
use crate::ResponseBody;
use crate::of_host;

const MAX_REDIRECTS: usize = 5;
/// For the address, the connection and the first byte of the answer, together.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// For all of a file.
const TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// Why there is no good answer.
#[derive(Debug, Error)]
pub enum NoAnswer<E> {
  /// Whoever decides which URLs are asked for has refused one.
  #[error("{0}")]
  Refused(E),
  /// No request can be made of the URL.
  #[error("{0}")]
  NoUrl(http::uri::InvalidUri),
  /// There is no connection, or it breaks off.
  #[error("{}", .0.message)]
  Failed(Failure),
  /// It takes too long.
  #[error("the server takes too long")]
  TimedOut,
  /// A redirect leads from https to http.
  #[error("it leads to {0}, which is not encrypted")]
  NotEncrypted(String),
  /// A redirect leads to something else than a URL of http or https.
  #[error("it leads to {0:?}, which is no address of the web")]
  NoAddress(String),
  /// One redirect follows another.
  #[error("there are more than {MAX_REDIRECTS} redirects")]
  TooManyRedirects,
  /// The server has another answer than success.
  #[error("the server answers with {0}")]
  Status(StatusCode),
}

/// The answer of the server at `url`, which is afterwards where redirects have led. `check` is asked before each
/// request.
///
/// # Errors
///
/// Why there is no good one, of the server at what `url` is then.
pub async fn get<E>(
  client: &Client,
  url: &mut Url,
  mut check: impl FnMut(&Url) -> Result<(), E>,
) -> Result<Response<ResponseBody>, NoAnswer<E>> {
  for _ in 0..=MAX_REDIRECTS {
    check(url).map_err(NoAnswer::Refused)?;
    let mut request = Request::new(RequestBody::empty());
    *request.uri_mut() = url.as_str().parse::<Uri>().map_err(NoAnswer::NoUrl)?;
    let informational = Informational::bound(&mut request);
    let response = timeout(ANSWER_TIMEOUT, client.clone().send(request)).await.map_err(|_| NoAnswer::TimedOut)?;
    let failure = |error| informational.failure().unwrap_or_else(|| Failure::of_client(&error));
    let response = response.map_err(|error| NoAnswer::Failed(failure(error)))?;
    if let Some(location) = redirect(&response) {
      *url = follow(url, location)?;
      continue;
    }
    return match response.status() {
      status if status.is_success() => Ok(response),
      status => Err(NoAnswer::Status(status)),
    };
  }
  Err(NoAnswer::TooManyRedirects)
}

fn redirect(response: &Response<ResponseBody>) -> Option<&str> {
  let location = response.headers().get(LOCATION).filter(|_| response.status().is_redirection());
  location.map(|location| location.to_str().unwrap_or_default())
}

fn follow<E>(from: &Url, location: &str) -> Result<Url, NoAnswer<E>> {
  match from.join(location).ok().filter(|to| matches!(to.scheme(), "http" | "https")) {
    Some(to) if from.scheme() == "https" && to.scheme() == "http" => Err(NoAnswer::NotEncrypted(shown(&to))),
    Some(to) => Ok(to),
    None => Err(NoAnswer::NoAddress(location.to_string())),
  }
}

/// The file at a URL, for the host itself: it may be anywhere.
///
/// # Errors
///
/// Why it cannot be had, for people; when it is longer than `most` bytes.
pub async fn download(mut url: Url, most: u64) -> Result<Bytes, String> {
  let client = of_host().map_err(|error| format!("there can be no connections: {error}"))?;
  let read = async {
    let response = get(&client, &mut url, |_| Ok::<_, String>(())).await.map_err(|error| error.to_string())?;
    let body = Limited::new(response.into_body(), usize::try_from(most).unwrap_or(usize::MAX)).collect().await;
    Ok(body.map_err(|error| format!("the answer breaks off: {error}"))?.to_bytes())
  };
  timeout(TIMEOUT, read).await.unwrap_or_else(|_| Err(NoAnswer::<String>::TimedOut.to_string()))
}

/// A URL for people, without a password.
pub fn shown(url: &Url) -> String {
  let mut shown = url.clone();
  // What has no host has no password either.
  let _ = shown.set_password(None);
  let _ = shown.set_username("");
  shown.to_string()
}
