//! The body of a message, which is read as it arrives, and what comes after it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use deno_core::AsyncRefCell;
use deno_core::CancelFuture;
use deno_core::CancelHandle;
use deno_core::OpState;
use deno_core::RcRef;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::ToJsBuffer;
use deno_core::error::ResourceError;
use deno_core::op2;
use deno_fetch::ResBody;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Frame;
use serde::Serialize;

use crate::Failure;
use crate::headers::Headers;
use crate::headers::headers_of;

/// The body of a message.
pub(crate) struct Incoming {
  body: AsyncRefCell<ResBody>,
  trailers: RefCell<Option<HeaderMap>>,
  cancel: CancelHandle,
  /// How long it may take until something more comes.
  patience: Duration,
}

impl Incoming {
  pub(crate) fn new(body: ResBody, patience: Duration) -> Self {
    Self { body: AsyncRefCell::new(body), trailers: RefCell::default(), cancel: CancelHandle::default(), patience }
  }

  /// The next bytes; none at the end.
  async fn next(self: Rc<Self>) -> Result<Option<Bytes>, Failure> {
    let mut body = RcRef::map(&self, |it| &it.body).borrow_mut().await;
    while let Some(frame) = next_frame(&mut body, self.patience).await? {
      match frame.into_data() {
        Ok(bytes) if bytes.is_empty() => {}
        Ok(bytes) => return Ok(Some(bytes)),
        Err(frame) => {
          if let Ok(trailers) = frame.into_trailers() {
            self.trailers.replace(Some(trailers));
          }
        }
      }
    }
    Ok(None)
  }
}

/// What comes next of a body of a server's; nothing at its end.
pub(crate) async fn next_frame(body: &mut ResBody, patience: Duration) -> Result<Option<Frame<Bytes>>, Failure> {
  let frame = tokio::time::timeout(patience, body.frame()).await;
  let frame = frame.map_err(|_| Failure::new("connection-read-timeout", "nothing more comes"))?;
  frame.transpose().map_err(|error| Failure::new("HTTP-response-incomplete", error))
}

impl Resource for Incoming {
  fn name(&self) -> Cow<'_, str> {
    "httpIncoming".into()
  }

  fn close(self: Rc<Self>) {
    self.cancel.cancel();
  }
}

/// What a read gives.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Piece {
  Bytes { bytes: ToJsBuffer },
  End { end: bool },
  Failed { failure: Failure },
}

/// The next bytes of a body.
#[op2]
#[serde]
pub(crate) async fn op_http_read(state: Rc<RefCell<OpState>>, #[smi] rid: ResourceId) -> Result<Piece, ResourceError> {
  let incoming = state.borrow().resource_table.get::<Incoming>(rid)?;
  let cancel = RcRef::map(&incoming, |it| &it.cancel);
  Ok(match incoming.clone().next().or_cancel(cancel).await {
    Ok(Ok(Some(bytes))) => Piece::Bytes { bytes: Vec::from(bytes).into() },
    Ok(Ok(None)) | Err(_) => Piece::End { end: true },
    Ok(Err(failure)) => Piece::Failed { failure },
  })
}

/// What came after the end of a body that was read, if something did.
#[op2]
#[serde]
pub(crate) fn op_http_trailers(state: &mut OpState, #[smi] rid: ResourceId) -> Result<Option<Headers>, ResourceError> {
  let incoming = state.resource_table.get::<Incoming>(rid)?;
  let trailers = incoming.trailers.take();
  Ok(trailers.as_ref().map(headers_of))
}
