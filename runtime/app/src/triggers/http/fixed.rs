//! Answers that no component gives.

use app_manifest::StaticResponse;
use bytes::Bytes;
use http::HeaderName;
use http::HeaderValue;
use http::Response;
use http::StatusCode;
use http_body_util::Full;
use plugbay::MessageBody;
use plugbay::message_body;

/// An answer with all of its body.
pub(crate) fn whole(
  status: StatusCode,
  headers: impl IntoIterator<Item = (HeaderName, HeaderValue)>,
  body: Bytes,
) -> Response<MessageBody> {
  let mut response = Response::new(message_body(Full::new(body)));
  *response.status_mut() = status;
  for (name, value) in headers {
    response.headers_mut().append(name, value);
  }
  response
}

pub(crate) fn plain(status: StatusCode, text: &str) -> Response<MessageBody> {
  whole(status, [], Bytes::copy_from_slice(text.as_bytes()))
}

pub(crate) fn static_response(StaticResponse { status, headers, body }: &StaticResponse) -> Response<MessageBody> {
  let headers = headers
    .iter()
    .filter_map(|(name, value)| Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?)));
  let body = body.as_deref().unwrap_or_default();
  let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::OK);
  whole(status, headers, Bytes::copy_from_slice(body.as_bytes()))
}
