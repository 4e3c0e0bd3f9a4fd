//! How a request is sent that is not `fetch`'s: its URL, who answers it, why it failed.

use std::sync::Arc;
use std::time::Duration;

use deno_core::url::Url;
use deno_fetch::Client;
use deno_fetch::ReqBody;
use deno_fetch::ResBody;
use futures::FutureExt;
use futures::StreamExt;
use futures::future::BoxFuture;
use futures::future::ready;
use futures::stream::iter;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::header::CONTENT_LENGTH;
use http::header::TRANSFER_ENCODING;
use http_body_util::BodyExt;
use http_body_util::BodyStream;
use http_body_util::StreamBody;

use crate::Failure;
use crate::Reach;
use crate::failure::PROHIBITED;
use crate::informational::Informational;

/// Who says nothing of time waits as long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(600);

/// How long a request waits for whether there will be something of a body that may be none.
const BEGINNING: Duration = Duration::from_millis(100);

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
    async move {
      delimit(&mut request).await?;
      let answer = client.send_no_decompress(*request).await;
      answer.map_err(|error| match (informational.failure().unwrap_or_else(|| Failure::of_client(&error)), reach) {
        (Failure { code: PROHIBITED, .. }, Some(reach)) => Failure::new(PROHIBITED, reach.was_denied(&host)),
        (failure, _) => failure,
      })
    }
    .boxed()
  })
}

/// Has the end of a body be told whose length nobody knows: of some methods the client would send none of it. Nor does
/// it ask for any of a body that has no length.
///
/// # Errors
///
/// When the body fails before it begins.
async fn delimit(request: &mut Request<ReqBody>) -> Result<(), Failure> {
  let length = request.headers().get(CONTENT_LENGTH);
  let is_empty = length.is_some_and(|length| length == "0");
  let may_be_none = length.is_none() && matches!(*request.method(), Method::GET | Method::HEAD);
  let ReqBody::Streaming(body) = request.body_mut() else { return Ok(()) };
  if !is_empty && !may_be_none {
    return Ok(());
  }
  // Many open a body and write nothing to it: that is none.
  let first = match tokio::time::timeout(BEGINNING, body.frame()).await {
    Ok(Some(Err(error))) => return Err(Failure::of_client(&error)),
    Ok(Some(Ok(frame))) if frame.is_data() => Some(Ok(frame)),
    Ok(_) => {
      *request.body_mut() = ReqBody::empty();
      return Ok(());
    }
    Err(_) => None,
  };
  if may_be_none {
    let rest = BodyStream::new(std::mem::take(body));
    *request.body_mut() = ReqBody::streaming(StreamBody::new(iter(first).chain(rest)));
    request.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
  }
  Ok(())
}

/// An answer that comes within a time.
pub(crate) async fn in_time(within: Duration, answer: impl Future<Output = Answer>) -> Answer {
  match tokio::time::timeout(within, answer).await {
    Ok(answer) => answer,
    Err(_) => Err(Failure::new("HTTP-response-timeout", "the server does not answer in time")),
  }
}
