//! Answers that no component gives.

use app_manifest::StaticResponse;
use bytes::Bytes;
use http::HeaderName;
use http::HeaderValue;
use http::Response;
use http::StatusCode;
use http_body_util::Full;
use plugbay::MessageBody;
use plugbay::is_of_connection;
use plugbay::message_body;

pub(crate) fn plain(status: StatusCode, text: &str) -> Response<MessageBody> {
  let mut response = Response::new(body_of(text));
  *response.status_mut() = status;
  response
}

pub(crate) fn static_response(StaticResponse { status, headers, body }: &StaticResponse) -> Response<MessageBody> {
  let mut response =
    plain(StatusCode::from_u16(*status).unwrap_or(StatusCode::OK), body.as_deref().unwrap_or_default());
  for (name, value) in headers {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value))
      && name != http::header::CONTENT_LENGTH
      && !is_of_connection(&name)
    {
      response.headers_mut().append(name, value);
    }
  }
  response
}

fn body_of(text: &str) -> MessageBody {
  message_body(Full::new(Bytes::copy_from_slice(text.as_bytes())))
}
