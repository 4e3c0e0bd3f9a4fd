//! Requests to other servers.

use std::future::Future;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use ::http::HeaderMap;
use ::http::HeaderName;
use ::http::HeaderValue;
use ::http::Request;
use ::http::Response;
use ::http::StatusCode;
use bytes::Bytes;
use http_body::Body as _;
use http_body::Frame;
use http_body::SizeHint;
use plugin_wire::services as wire;
use plugin_wire::services::Connect;
use plugin_wire::services::HttpAnswer;
use plugin_wire::services::HttpBody;
use plugin_wire::services::HttpPiece;
use plugin_wire::services::HttpRequest;

use super::asked::Asked;
use super::asked::failed;
use super::connection::ConnectionTo;
use super::handle::Services;
use crate::OpError;
use crate::http::Body;

/// How much of a body is written at a time, in bytes.
const PIECE: usize = 256 << 10;

/// Other servers, as far as `allowed_outbound_hosts` of the manifest names them.
#[derive(Clone, Debug)]
pub struct Http {
  pub(super) services: Services,
  pub(super) redirects: u32,
}

impl Http {
  /// Follows so many redirects; none otherwise, and a redirect is the response then. One with 307 or 308 of a request
  /// whose body comes piece by piece is the response too. What leads to another origin goes without the headers
  /// `authorization` and `cookie`, and is refused where the manifest does not name it.
  #[must_use]
  pub fn follow_redirects(self, most: u32) -> Self {
    Self { redirects: most, ..self }
  }

  /// Sends a request, and gives the response when that begins. Both bodies may come piece by piece: what is left of the
  /// request's is sent while the response's is read. A content encoding is left as it is.
  ///
  /// It is given up when the future or the response is dropped. What the handler of a request asks for, in its own
  /// future, has the `x-request-id` of that request unless it has one.
  ///
  /// # Errors
  ///
  /// `NotCapable` with the code `ERR_SERVICE`: the manifest does not name the server, or its name leads to a private
  /// address, which then has to be named itself. `Error` with that code: there is no response, and why; none has begun
  /// after 10 minutes. That of the request's body where it breaks off. Reading the response's body fails when that
  /// breaks off, and when nothing of it comes for as long. What follows a body comes and goes as a frame of it: what
  /// follows a request's as far as its header `trailer` names it, in HTTP/1.
  ///
  /// ```
  /// # use plugin_api::{OpError, http::{Body, Request}, services::Services};
  /// # async fn price(services: Services) -> Result<String, OpError> {
  /// let request = Request::get("https://example.com/price").body(Body::empty()).unwrap();
  /// let response = services.http().send(request).await?;
  /// response.into_body().text(1 << 20).await
  /// # }
  /// ```
  pub fn send<B: Into<Body>>(
    &self,
    request: Request<B>,
  ) -> impl Future<Output = Result<Response<Body>, OpError>> + Send + use<B> {
    let (Self { services, redirects }, request) = (self.clone(), request.map(Into::into));
    async move {
      let (head, body) = request.into_parts();
      let (whole, streamed) = match body.into_whole() {
        Ok(bytes) => (HttpBody::Whole(bytes.into()), None),
        Err(body) => (HttpBody::Written { length: body.size_hint().exact() }, Some(body)),
      };
      let asked = HttpRequest {
        method: head.method.to_string(),
        uri: head.uri.to_string(),
        headers: pairs_of(&head.headers),
        body: whole,
        redirects,
      };
      let connection: ConnectionTo<Http> = services.connect(Connect::Http(asked)).await?;
      let mut upload = streamed.map(|body| Upload(Box::pin(write(connection.clone(), body))));
      let mut answer = connection.open.ask::<HttpAnswer>(|connection| wire::Request::HttpAnswer { connection });
      let answer = poll_fn(|cx| match poll_upload(&mut upload, cx) {
        Ok(()) => Pin::new(&mut answer).poll(cx),
        Err(error) => Poll::Ready(Err(error)),
      });
      let HttpAnswer { status, headers, length } = answer.await?;
      response_of(status, headers, Received { connection, upload, length, asked: None, is_over: length == Some(0) })
    }
  }
}

/// What writes a request's body.
struct Upload(Pin<Box<dyn Future<Output = Result<(), OpError>> + Send>>);

/// Goes on with what is left of a request's body.
///
/// # Errors
///
/// When it breaks off.
fn poll_upload(upload: &mut Option<Upload>, cx: &mut Context<'_>) -> Result<(), OpError> {
  if let Some(Upload(writing)) = upload
    && let Poll::Ready(written) = writing.as_mut().poll(cx)
  {
    *upload = None;
    return written;
  }
  Ok(())
}

async fn write(connection: ConnectionTo<Http>, mut body: Body) -> Result<(), OpError> {
  let open = connection.open;
  let mut trailers = HeaderMap::new();
  while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
    let mut piece = match frame?.into_data() {
      Ok(piece) => piece,
      Err(frame) => {
        trailers = frame.into_trailers().unwrap_or_default();
        continue;
      }
    };
    while !piece.is_empty() {
      let bytes = wire::Bytes(piece.split_to(piece.len().min(PIECE)).into());
      let write = |connection| wire::Request::HttpWrite { connection, bytes };
      let is_read: bool = open.ask(write).await?;
      if !is_read {
        return Ok(());
      }
    }
  }
  let trailers = pairs_of(&trailers);
  open.ask(|connection| wire::Request::HttpEnd { connection, trailers }).await
}

fn response_of(status: u16, headers: Vec<(String, wire::Bytes)>, body: Received) -> Result<Response<Body>, OpError> {
  let mut response = Response::new(Body::new(body));
  *response.status_mut() = StatusCode::from_u16(status).map_err(|_| odd("a status"))?;
  *response.headers_mut() = map_of(headers)?;
  Ok(response)
}

fn pairs_of(headers: &HeaderMap) -> Vec<(String, wire::Bytes)> {
  headers.iter().map(|(name, value)| (name.to_string(), wire::Bytes(value.as_bytes().to_vec()))).collect()
}

fn map_of(pairs: Vec<(String, wire::Bytes)>) -> Result<HeaderMap, OpError> {
  let mut headers = HeaderMap::with_capacity(pairs.len());
  for (name, value) in pairs {
    let name = HeaderName::try_from(name).map_err(|_| odd("a header"))?;
    let value = HeaderValue::try_from(value.0).map_err(|_| odd("the value of a header"))?;
    headers.append(name, value);
  }
  Ok(headers)
}

fn odd(what: &str) -> OpError {
  failed(format!("the response has {what} that is none of HTTP's"))
}

/// The body of a response, which the host has.
struct Received {
  connection: ConnectionTo<Http>,
  /// What is left of the request's.
  upload: Option<Upload>,
  /// How many bytes are to come, if that is known.
  length: Option<u64>,
  asked: Option<Asked<HttpPiece>>,
  is_over: bool,
}

impl http_body::Body for Received {
  type Data = Bytes;
  type Error = OpError;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, OpError>>> {
    let Self { connection, upload, length, asked, is_over } = &mut *self;
    if *is_over {
      return Poll::Ready(None);
    }
    let next = match poll_upload(upload, cx) {
      Err(error) => Err(error),
      Ok(()) => {
        let asked =
          asked.get_or_insert_with(|| connection.open.ask(|connection| wire::Request::HttpRead { connection }));
        ready!(Pin::new(asked).poll(cx))
      }
    };
    *asked = None;
    *length = match &next {
      Ok(HttpPiece::Bytes(bytes)) => length.map(|length| length.saturating_sub(bytes.len() as u64)),
      _ => Some(0),
    };
    if *length == Some(0) {
      (*is_over, *upload) = (true, None);
    }
    Poll::Ready(match next {
      Ok(HttpPiece::Bytes(bytes)) => Some(Ok(Frame::data(bytes.into()))),
      Ok(HttpPiece::End(trailers)) if trailers.is_empty() => None,
      Ok(HttpPiece::End(trailers)) => Some(map_of(trailers).map(Frame::trailers)),
      Err(error) => Some(Err(error)),
    })
  }

  fn is_end_stream(&self) -> bool {
    self.is_over
  }

  fn size_hint(&self) -> SizeHint {
    match (self.is_over, self.length) {
      (true, _) => SizeHint::with_exact(0),
      (false, Some(length)) => SizeHint::with_exact(length),
      (false, None) => SizeHint::default(),
    }
  }
}
