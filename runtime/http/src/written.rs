//! Bodies that are written while they are sent.

use std::borrow::Cow;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use deno_core::Resource;
use deno_error::JsErrorBox;
use deno_fetch::ResBody;
use http::HeaderMap;
use http_body_util::BodyExt;
use hyper::body::Body;
use hyper::body::Frame;
use tokio::sync::Notify;
use tokio::sync::mpsc;

/// How many pieces of a body wait to be sent.
const WAITING_PIECES: usize = 2;

type Sender = mpsc::Sender<Frame<Bytes>>;

/// A body that is written while it is sent.
pub(crate) struct Outgoing {
  sender: RefCell<Option<Sender>>,
  is_whole: Arc<AtomicBool>,
  gone: Arc<Notify>,
}

impl Outgoing {
  /// And what is sent of it.
  pub(crate) fn new() -> (Self, Pieces) {
    let (sender, pieces) = pieces();
    let (is_whole, gone) = (pieces.is_whole.clone(), pieces.gone.clone());
    (Self { sender: RefCell::new(Some(sender)), is_whole, gone }, pieces)
  }

  /// Adds to it, when there is room; gives whether somebody still reads it.
  pub(crate) async fn add(&self, bytes: Bytes) -> bool {
    let sender = self.sender.borrow().clone();
    match sender {
      Some(sender) => sender.send(Frame::data(bytes)).await.is_ok(),
      None => false,
    }
  }

  /// Ends it, with what comes after it.
  pub(crate) async fn end(&self, trailers: Option<HeaderMap>) {
    let sender = self.sender.take();
    self.is_whole.store(true, Ordering::Release);
    if let (Some(sender), Some(trailers)) = (sender, trailers) {
      // Nobody reads it any more where that fails.
      let _ = sender.send(Frame::trailers(trailers)).await;
    }
  }

  /// Who is told when nobody reads it any more.
  pub(crate) fn gone(&self) -> Arc<Notify> {
    self.gone.clone()
  }
}

impl Resource for Outgoing {
  fn name(&self) -> Cow<'_, str> {
    "httpOutgoing".into()
  }

  fn close(self: Rc<Self>) {
    self.sender.take();
  }
}

/// What is sent of it. One that was closed without an end is no whole body, and its reader is not to take it for one.
pub(crate) struct Pieces {
  receiver: mpsc::Receiver<Frame<Bytes>>,
  is_whole: Arc<AtomicBool>,
  gone: Arc<Notify>,
}

/// What is written of a body, and what is sent of it.
fn pieces() -> (Sender, Pieces) {
  let (sender, receiver) = mpsc::channel(WAITING_PIECES);
  (sender, Pieces { receiver, is_whole: Arc::default(), gone: Arc::default() })
}

impl Drop for Pieces {
  fn drop(&mut self) {
    self.gone.notify_one();
  }
}

impl Body for Pieces {
  type Data = Bytes;
  type Error = JsErrorBox;

  fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, JsErrorBox>>> {
    match self.receiver.poll_recv(context) {
      Poll::Ready(None) if !self.is_whole.swap(true, Ordering::Acquire) => {
        Poll::Ready(Some(Err(JsErrorBox::generic("the body is not written to its end"))))
      }
      polled => polled.map(|frame| frame.map(Ok)),
    }
  }
}

/// Writes a body while it is sent. One whose writer is dropped before the end is no whole body, as [`Pieces`] says.
pub struct BodyWriter {
  sender: Sender,
  is_whole: Arc<AtomicBool>,
}

impl BodyWriter {
  /// And what is sent of it.
  pub fn new() -> (Self, ResBody) {
    let (sender, pieces) = pieces();
    (Self { sender, is_whole: pieces.is_whole.clone() }, pieces.boxed())
  }

  /// Adds to it, when there is room; gives whether somebody still reads it.
  pub(crate) async fn add(&self, bytes: Bytes) -> bool {
    self.sender.send(Frame::data(bytes)).await.is_ok()
  }

  /// Ends it, with what follows it.
  pub(crate) async fn end(self, trailers: HeaderMap) {
    self.is_whole.store(true, Ordering::Release);
    if !trailers.is_empty() {
      // Nobody reads it any more where that fails.
      let _ = self.sender.send(Frame::trailers(trailers)).await;
    }
  }

  /// Writes a first piece, then those of a body, to the end or until nobody reads any more. A piece is asked for when
  /// there is room for it. `count` is told how long each is.
  ///
  /// # Errors
  ///
  /// That of the body.
  pub async fn pump<B: Body<Data = Bytes> + Unpin>(
    self,
    mut first: Option<Bytes>,
    mut body: B,
    mut count: impl FnMut(usize),
  ) -> Result<(), B::Error> {
    while let Ok(room) = self.sender.reserve().await {
      let frame = match first.take() {
        Some(bytes) => Some(Ok(Frame::data(bytes))),
        None => tokio::select! {
          biased;
          frame = body.frame() => frame,
          () = self.sender.closed() => return Ok(()),
        },
      };
      let Some(frame) = frame else {
        self.is_whole.store(true, Ordering::Release);
        return Ok(());
      };
      if let Ok(bytes) = frame?.into_data()
        && !bytes.is_empty()
      {
        count(bytes.len());
        room.send(Frame::data(bytes));
      }
    }
    Ok(())
  }
}
