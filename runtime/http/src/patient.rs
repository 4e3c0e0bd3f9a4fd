//! A body for which nobody waits for ever.

use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use hyper::body::Body;
use hyper::body::Frame;
use hyper::body::SizeHint;
use tokio::time::Instant;
use tokio::time::Sleep;
use tokio::time::sleep;

use crate::MessageBody;
use crate::serving::PATIENCE;

/// The body of a request that is given up when nothing more comes in time. Any thread may ask for it, as long as the
/// event loop runs in which it was made.
pub struct Patient {
  body: MessageBody,
  /// Of one that has not ended.
  end: Option<Pin<Box<Sleep>>>,
  is_waiting: bool,
}

impl Patient {
  /// The same body. In the context of the event loop.
  pub fn new(body: MessageBody) -> Self {
    let end = (!body.is_end_stream()).then(|| Box::pin(sleep(PATIENCE)));
    Self { body, end, is_waiting: false }
  }
}

impl Body for Patient {
  type Data = Bytes;
  type Error = String;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, String>>> {
    let Self { body, end, is_waiting } = &mut *self;
    if let Poll::Ready(frame) = Pin::new(body).poll_frame(cx) {
      *is_waiting = false;
      return Poll::Ready(frame.map(|frame| frame.map_err(|error| error.to_string())));
    }
    let Some(end) = end else { return Poll::Pending };
    if !std::mem::replace(is_waiting, true) {
      end.as_mut().reset(Instant::now() + PATIENCE);
    }
    end.as_mut().poll(cx).map(|()| Some(Err("nothing more of the body comes".to_string())))
  }

  fn is_end_stream(&self) -> bool {
    self.body.is_end_stream()
  }

  fn size_hint(&self) -> SizeHint {
    self.body.size_hint()
  }
}
