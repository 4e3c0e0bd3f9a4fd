//! How the body of an answer is delimited: the host's to say, whatever kind of handler has answered.

use http::HeaderMap;
use http::HeaderValue;
use http::Response;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http_body_util::Empty;
use hyper::body::Body;
use plugbay::MessageBody;
use plugbay::declared_length;
use plugbay::measured_body;
use plugbay::message_body;
use plugbay::remove_connection_headers;

use super::fixed::plain;

/// An answer as it may leave. What a handler says of the connection is left out. The length that it says of a body is
/// that of the body, which breaks off otherwise, or nothing is said. `has_body` is not so for an answer to HEAD, whose
/// length is that which an answer to GET has.
pub(crate) fn framed(answer: Response<MessageBody>, has_body: bool) -> Response<MessageBody> {
  let (mut head, body) = answer.into_parts();
  if head.status.is_informational() {
    tracing::error!(target: "handler", "the status {} is none of an answer", head.status);
    return plain(StatusCode::INTERNAL_SERVER_ERROR, "");
  }
  remove_connection_headers(&mut head.headers);
  let body = match head.status {
    StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => {
      head.headers.remove(CONTENT_LENGTH);
      message_body(Empty::new())
    }
    // Its length is that which the answer would have otherwise.
    StatusCode::NOT_MODIFIED => {
      declare(&mut head.headers);
      message_body(Empty::new())
    }
    _ => match body.size_hint().exact() {
      Some(0) if !has_body => {
        declare(&mut head.headers);
        body
      }
      // The server says it.
      Some(_) => {
        head.headers.remove(CONTENT_LENGTH);
        body
      }
      None => match declare(&mut head.headers) {
        Some(length) => measured_body(body, length),
        None => body,
      },
    },
  };
  Response::from_parts(head, body)
}

/// Has headers say a length once, if it is clear which one they say.
fn declare(headers: &mut HeaderMap) -> Option<u64> {
  let length = declared_length(headers).unwrap_or_default();
  headers.remove(CONTENT_LENGTH);
  headers.extend(length.map(|length| (CONTENT_LENGTH, HeaderValue::from(length))));
  length
}
