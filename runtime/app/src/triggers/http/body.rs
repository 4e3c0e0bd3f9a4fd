//! The bodies of requests and answers, as far as clients are to blame for what becomes of them: one that is longer than
//! is taken, pauses of who sends, and readers who do not read.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;
use std::task::ready;
use std::time::Duration;
use std::time::Instant;

use bytes::Bytes;
use hyper::body::Body;
use hyper::body::Frame;
use hyper::body::Incoming;
use hyper::body::SizeHint;
use plugbay::MessageBody;
use tokio::time::sleep;

/// How long a client may take until it reads more of an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// What is given of an answer at once: so much of it may lie unread where nobody sees it.
const MAX_PIECE: usize = 64 << 10;

/// What a client has done with the body of its request.
#[derive(Default)]
pub(crate) struct Sender {
  waited: Mutex<Waited>,
  is_too_long: AtomicBool,
}

#[derive(Default)]
struct Waited {
  so_far: Duration,
  since: Option<Instant>,
}

impl Sender {
  fn waited(&self) -> MutexGuard<'_, Waited> {
    self.waited.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// How long somebody has waited for its pieces.
  pub(crate) fn pauses(&self) -> Duration {
    let waited = self.waited();
    waited.so_far + waited.since.map_or(Duration::ZERO, |since| since.elapsed())
  }

  /// Whether it has sent more than is taken.
  pub(crate) fn is_too_long(&self) -> bool {
    self.is_too_long.load(Ordering::Relaxed)
  }
}

/// The body of a request: `left` bytes of it are taken.
pub(crate) struct Received {
  body: Incoming,
  left: u64,
  sender: Arc<Sender>,
}

impl Received {
  pub(crate) fn new(body: Incoming, most: u64, sender: Arc<Sender>) -> Self {
    Self { body, left: most, sender }
  }
}

/// Why a body breaks off.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
  /// The connection fails.
  #[error("{0}")]
  Connection(#[from] hyper::Error),
  /// It is longer than is taken.
  #[error(
    "the body is longer than the host takes: --max-body, or max_body of [app.trigger.http], says how much that is"
  )]
  TooLong,
}

impl Body for Received {
  type Data = Bytes;
  type Error = BodyError;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
    if self.sender.is_too_long() {
      return Poll::Ready(Some(Err(BodyError::TooLong)));
    }
    let polled = Pin::new(&mut self.body).poll_frame(cx);
    {
      let mut waited = self.sender.waited();
      match (polled.is_pending(), waited.since) {
        (true, None) => waited.since = Some(Instant::now()),
        (false, Some(since)) => {
          waited.so_far += since.elapsed();
          waited.since = None;
        }
        _ => {}
      }
    }
    let frame = ready!(polled).transpose()?;
    if let Some(bytes) = frame.as_ref().and_then(Frame::data_ref) {
      match self.left.checked_sub(bytes.len() as u64) {
        Some(left) => self.left = left,
        None => {
          self.sender.is_too_long.store(true, Ordering::Relaxed);
          return Poll::Ready(Some(Err(BodyError::TooLong)));
        }
      }
    }
    Poll::Ready(frame.map(Ok))
  }

  fn is_end_stream(&self) -> bool {
    self.body.is_end_stream()
  }

  fn size_hint(&self) -> SizeHint {
    self.body.size_hint()
  }
}

impl Drop for Received {
  fn drop(&mut self) {
    let mut waited = self.sender.waited();
    if let Some(since) = waited.since.take() {
      waited.so_far += since.elapsed();
    }
  }
}

/// The body of an answer, of which something is kept until it is read to its end. One that comes in pieces is let go
/// of when its reader reads no more: whoever writes it is told.
pub(crate) struct Sent<K> {
  shared: Arc<Mutex<Pieces>>,
  is_watched: bool,
  _kept: K,
}

struct Pieces {
  /// Nothing when its reader has read nothing for too long.
  body: Option<MessageBody>,
  /// What has come of it and is not given yet.
  rest: Bytes,
  /// Since when somebody has what was given last and asks for no more; nothing while the next piece is waited for.
  given: Option<Instant>,
}

impl Pieces {
  fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
    let Some(body) = &mut self.body else {
      return Poll::Ready(Some(Err(BrokenOff("the client does not read it".to_string()))));
    };
    if self.rest.is_empty() {
      match ready!(Pin::new(body).poll_frame(cx)) {
        Some(Ok(frame)) => match frame.into_data() {
          Ok(bytes) => self.rest = bytes,
          Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
        },
        Some(Err(error)) => return Poll::Ready(Some(Err(BrokenOff(error.to_string())))),
        None => return Poll::Ready(None),
      }
    }
    let length = self.rest.len().min(MAX_PIECE);
    Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
  }

  fn is_end(&self) -> bool {
    self.rest.is_empty() && self.body.as_ref().is_some_and(|body| body.is_end_stream())
  }

  fn is_unread(&self) -> bool {
    self.given.is_some_and(|given| given.elapsed() >= PATIENCE)
  }
}

/// An answer that somebody may be slow to read.
pub(crate) trait Unread: Send + Sync {
  /// Whether its reader has read nothing for too long.
  fn is_unread(&self) -> bool;
}

impl Unread for Mutex<Pieces> {
  fn is_unread(&self) -> bool {
    self.lock().unwrap_or_else(PoisonError::into_inner).is_unread()
  }
}

impl<K> Sent<K> {
  pub(crate) fn new(body: MessageBody, kept: K) -> Self {
    let pieces = Pieces { body: Some(body), rest: Bytes::new(), given: Some(Instant::now()) };
    Self { shared: Arc::new(Mutex::new(pieces)), is_watched: false, _kept: kept }
  }

  /// Tells how its reader fares, for as long as it is there.
  pub(crate) fn unread(&self) -> Weak<dyn Unread> {
    let shared: Weak<Mutex<Pieces>> = Arc::downgrade(&self.shared);
    shared
  }

  fn pieces(&self) -> MutexGuard<'_, Pieces> {
    self.shared.lock().unwrap_or_else(PoisonError::into_inner)
  }
}

/// Why an answer breaks off.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BrokenOff(String);

impl<K: Unpin> Body for Sent<K> {
  type Data = Bytes;
  type Error = BrokenOff;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
    let (frame, is_last) = {
      let mut pieces = self.pieces();
      pieces.given = None;
      let frame = ready!(pieces.poll(cx));
      let is_last = frame.is_none() || pieces.is_end();
      pieces.given = frame.is_some().then(Instant::now);
      (frame, is_last)
    };
    if !is_last && !std::mem::replace(&mut self.is_watched, true) {
      tokio::spawn(let_go_when_unread(Arc::downgrade(&self.shared)));
    }
    Poll::Ready(frame)
  }

  fn is_end_stream(&self) -> bool {
    self.pieces().is_end()
  }

  fn size_hint(&self) -> SizeHint {
    let pieces = self.pieces();
    let (body, rest) = (pieces.body.as_ref().map(Body::size_hint).unwrap_or_default(), pieces.rest.len() as u64);
    let mut hint = SizeHint::new();
    hint.set_lower(body.lower() + rest);
    if let Some(upper) = body.upper() {
      hint.set_upper(upper + rest);
    }
    hint
  }
}

async fn let_go_when_unread(pieces: Weak<Mutex<Pieces>>) {
  loop {
    sleep(PATIENCE / 4).await;
    let Some(pieces) = pieces.upgrade() else { return };
    let mut pieces = pieces.lock().unwrap_or_else(PoisonError::into_inner);
    if pieces.is_unread() {
      pieces.body = None;
      return;
    }
  }
}
