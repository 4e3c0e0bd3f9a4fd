//! How a request is sent that is not `fetch`'s: its URL, who answers it, why it failed.

use std::sync::Arc;
use std::time::Duration;

use deno_core::url::Url;
use deno_fetch::Client;
use deno_fetch::ReqBody;
use deno_fetch::ResBody;
use futures::FutureExt;
use futures::TryFutureExt;
use futures::future::BoxFuture;
use futures::future::ready;
use http::Request;
use http::Response;

use crate::Failure;
use crate::Reach;
use crate::failure::PROHIBITED;
use crate::informational::Informational;

/// Who says nothing of time waits as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// What a server answers.
pub(crate) type Answer = Result<Response<ResBody>, Failure>;

/// A URL that can be asked for, if one may.
pub(crate) fn url_of(text: &str) -> Result<Url, Failure> {
  let url = Url::parse(text).map_err(|error| Failure::new("HTTP-request-URI-invalid", error))?;
  if !matches!(url.scheme(), "http" | "https") {
    return Err(Failure::new("HTTP-request-URI-invalid", "only http and https can be reached"));
  }
  if !url.username().is_empty() || url.password().is_some() {
    return Err(Failure::new("HTTP-request-URI-invalid", "it has a user in it: say who asks in a header"));
  }
  Ok(url)
}

/// Has a request answered whose URL may be asked for: by who decides of requests, if it wants to, or a server, by what
/// `client` gives.
pub(crate) fn send(
  client: impl FnOnce() -> Result<Client, Failure>,
  reach: Option<Arc<dyn Reach>>,
  request: Request<ReqBody>,
) -> BoxFuture<'static, Answer> {
  let answered = match &reach {
    Some(reach) => reach.answer(request),
    None => Err(Box::new(request)),
  };
  answered.unwrap_or_else(|mut request| {
    let client = match client() {
      Ok(client) => client,
      Err(failure) => return ready(Err(failure)).boxed(),
    };
    let informational = Informational::bound(&mut request);
    let host = request.uri().host().unwrap_or_default().to_string();
    let answer = async move { client.send_no_decompress(*request).await };
    let explained = move |error| match (informational.failure().unwrap_or_else(|| Failure::of_client(&error)), reach) {
      (Failure { code: PROHIBITED, .. }, Some(reach)) => Failure::new(PROHIBITED, reach.was_denied(&host)),
      (failure, _) => failure,
    };
    answer.map_err(explained).boxed()
  })
}

/// An answer that comes within a time.
pub(crate) async fn in_time(within: Duration, answer: impl Future<Output = Answer>) -> Answer {
  match tokio::time::timeout(within, answer).await {
    Ok(answer) => answer,
    Err(_) => Err(Failure::new("HTTP-response-timeout", "the server does not answer in time")),
  }
}
