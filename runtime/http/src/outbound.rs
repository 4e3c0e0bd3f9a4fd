//! Requests of native plugins to other servers.

use std::sync::Arc;

use bytes::Bytes;
use deno_fetch::Client;
use deno_fetch::ReqBody;
use deno_fetch::ResBody;
use futures::future::BoxFuture;
use http::HeaderMap;
use http::Request;
use http::Uri;
use http::header::CONTENT_LENGTH;
use http::response::Parts;
use hyper::body::Body;
use once_cell::sync::OnceCell;
use tokio::sync::Mutex;

use crate::Failure;
use crate::Reach;
use crate::caller::Caller;
use crate::failure::REQUEST_BODY_SIZE;
use crate::grant::client_of;
use crate::incoming::next_frame;
use crate::measured::Measured;
use crate::measured::declared_length;
use crate::redirects::follow;
use crate::sending::Answer;
use crate::sending::PATIENCE;
use crate::sending::in_time;
use crate::sending::url_of;
use crate::written::BodyWriter;

/// What makes requests to other servers for somebody who is no JavaScript.
pub struct Outbound {
  reach: Arc<dyn Reach>,
  /// Made for the first request.
  client: Arc<OnceCell<Client>>,
}

/// What comes next of the body of an answer.
pub enum Piece {
  /// Bytes of it.
  Bytes(Bytes),
  /// Nothing more but what follows the body.
  End(HeaderMap),
}

/// The body of a request to another server.
pub enum OutboundBody {
  /// All of it.
  Whole(Bytes),
  /// It is written while it is sent; so many bytes, if that is known.
  Written(Option<u64>),
}

impl Outbound {
  /// To where this allows it.
  pub fn new(reach: Arc<dyn Reach>) -> Self {
    Self { reach, client: Arc::default() }
  }

  /// Begins a request, which is sent when its answer is waited for, for the sake of the one that `caller` says. So many
  /// redirects are followed.
  ///
  /// # Errors
  ///
  /// A URL that is none, or may not be asked for; headers that do not say how long the body is.
  pub fn begin(&self, request: Request<OutboundBody>, caller: Caller, redirects: u32) -> Result<Exchanged, Failure> {
    let (mut head, body) = request.into_parts();
    let url = url_of(&head.uri.to_string())?;
    self.reach.check(&url).map_err(Failure::denied)?;
    head.uri = url.as_str().parse::<Uri>().map_err(|error| Failure::new("HTTP-request-URI-invalid", error))?;
    let (body, upload) = match body {
      OutboundBody::Whole(bytes) => {
        // Its length is what it is.
        head.headers.remove(CONTENT_LENGTH);
        (if bytes.is_empty() { ReqBody::empty() } else { ReqBody::full(bytes) }, None)
      }
      OutboundBody::Written(length) => {
        if let Some(length) = length {
          head.headers.insert(CONTENT_LENGTH, length.into());
        }
        let declared = declared_length(&head.headers).map_err(|why| Failure::new(REQUEST_BODY_SIZE, why))?;
        let (writer, pieces) = BodyWriter::new();
        let body = match declared {
          Some(declared) => ReqBody::streaming(Measured::new(pieces, declared)),
          None => ReqBody::streaming(pieces),
        };
        (body, Some(writer))
      }
    };
    let request = Request::from_parts(head, body);
    let (made, reach) = (self.client.clone(), self.reach.clone());
    let client = move || {
      let client = made.get_or_try_init(|| client_of(&*reach));
      client.cloned().map_err(|error| Failure::new("internal-error", error))
    };
    let answer = follow(client, self.reach.clone(), caller, request, redirects);
    Ok(Exchanged { upload: Mutex::new(upload), answer: Mutex::new(Some(answer)), body: Mutex::default() })
  }
}

/// A request to another server and its answer. It is given up when it is dropped.
pub struct Exchanged {
  /// Of a body that is written while it is sent, until its end.
  upload: Mutex<Option<BodyWriter>>,
  answer: Mutex<Option<BoxFuture<'static, Answer>>>,
  /// What there is of an answer, when it has begun.
  body: Mutex<Option<ResBody>>,
}

impl Exchanged {
  /// Writes a piece of the body, when there is room; gives whether somebody still reads it.
  pub async fn write(&self, bytes: Bytes) -> bool {
    match &*self.upload.lock().await {
      Some(writer) => writer.add(bytes).await,
      None => false,
    }
  }

  /// Ends the body, with what follows it.
  pub async fn end(&self, trailers: HeaderMap) {
    if let Some(writer) = self.upload.lock().await.take() {
      writer.end(trailers).await;
    }
  }

  /// Waits for the answer: its head, and how long its body is if that is known. It can be asked for once.
  ///
  /// # Errors
  ///
  /// When there is none, or not in time.
  pub async fn answer(&self) -> Result<(Parts, Option<u64>), Failure> {
    let answer = self.answer.lock().await.take();
    let answer = answer.ok_or_else(|| Failure::new("internal-error", "the answer was asked for already"))?;
    let (head, body) = in_time(PATIENCE, answer).await?.into_parts();
    let length = if body.is_end_stream() { Some(0) } else { body.size_hint().exact() };
    *self.body.lock().await = Some(body);
    Ok((head, length))
  }

  /// What comes next of the answer's body.
  ///
  /// # Errors
  ///
  /// When it breaks off, or nothing more comes in time.
  pub async fn read(&self) -> Result<Piece, Failure> {
    let (mut body, mut trailers) = (self.body.lock().await, HeaderMap::new());
    let Some(body) = &mut *body else { return Ok(Piece::End(trailers)) };
    while let Some(frame) = next_frame(body, PATIENCE).await? {
      match frame.into_data() {
        Ok(bytes) if bytes.is_empty() => {}
        Ok(bytes) => return Ok(Piece::Bytes(bytes)),
        Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
      }
    }
    Ok(Piece::End(trailers))
  }
}
