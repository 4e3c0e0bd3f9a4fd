//! HTTP requests to other servers.

use http::HeaderMap;
use http::Method;
use http::Request;
use http::Uri;
use plugbay_core::OpFailure;
use plugbay_http::Caller;
use plugbay_http::Exchanged;
use plugbay_http::Failure;
use plugbay_http::Outbound;
use plugbay_http::OutboundBody;
use plugbay_http::Piece;
use plugbay_http::header_map;
use plugin_wire::services::Bytes;
use plugin_wire::services::HttpAnswer;
use plugin_wire::services::HttpBody;
use plugin_wire::services::HttpPiece;
use plugin_wire::services::HttpRequest;

pub(super) fn begin(outbound: &Outbound, asked: HttpRequest, caller: Caller) -> Result<Exchanged, OpFailure> {
  let odd = |what: &str| OpFailure::service_failed(format!("{what} is none of HTTP's"));
  let mut request = Request::new(match asked.body {
    HttpBody::Whole(bytes) => OutboundBody::Whole(bytes.into()),
    HttpBody::Written { length } => OutboundBody::Written(length),
  });
  *request.method_mut() = asked.method.parse::<Method>().map_err(|_| odd("the method"))?;
  *request.uri_mut() = asked.uri.parse::<Uri>().map_err(|_| odd("the address"))?;
  *request.headers_mut() = map_of(&asked.headers)?;
  outbound.begin(request, caller, asked.redirects).map_err(told)
}

pub(super) async fn answer(exchanged: &Exchanged) -> Result<HttpAnswer, OpFailure> {
  let (head, length) = exchanged.answer().await.map_err(told)?;
  Ok(HttpAnswer { status: head.status.as_u16(), headers: pairs(&head.headers), length })
}

pub(super) async fn read(exchanged: &Exchanged) -> Result<HttpPiece, OpFailure> {
  Ok(match exchanged.read().await.map_err(told)? {
    Piece::Bytes(bytes) => HttpPiece::Bytes(bytes.into()),
    Piece::End(trailers) => HttpPiece::End(pairs(&trailers)),
  })
}

pub(super) async fn end(exchanged: &Exchanged, trailers: &[(String, Bytes)]) -> Result<(), OpFailure> {
  exchanged.end(map_of(trailers)?).await;
  Ok(())
}

fn map_of(headers: &[(String, Bytes)]) -> Result<HeaderMap, OpFailure> {
  header_map(headers.iter().map(|(name, value)| (name.as_bytes(), &value.0[..]))).map_err(told)
}

fn pairs(headers: &HeaderMap) -> Vec<(String, Bytes)> {
  headers.iter().map(|(name, value)| (name.to_string(), Bytes(value.as_bytes().to_vec()))).collect()
}

fn told(failure: Failure) -> OpFailure {
  match failure.is_refusal() {
    true => OpFailure::service_refused(failure.message),
    false => OpFailure::service_failed(format!("{}: {}", failure.code, failure.message)),
  }
}
