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

/// How long a client may take until it reads more of an answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// What is given of an answer at once: so much of it may lie unread where nobody sees it.
const MAX_PIECE: usize = 64 << 10;

/// What a client has done with the body of its request.
#[derive(Default)]
pub(crate) struct Sender {
  waited: Mutex<Waited>,
  is_too_long: AtomicBool,
  has_broken_off: AtomicBool,
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

  /// Whether it has sent less than it said, or what is no body.
  pub(crate) fn has_broken_off(&self) -> bool {
    self.has_broken_off.load(Ordering::Relaxed)
  }
}

/// The body of a request: `left` bytes of it are taken. Something is kept until nobody reads it any more.
pub(crate) struct Received<K> {
  body: Incoming,
  left: u64,
  sender: Arc<Sender>,
  _kept: K,
}

impl<K> Received<K> {
  pub(crate) fn new(body: Incoming, most: u64, sender: Arc<Sender>, kept: K) -> Self {
    Self { body, left: most, sender, _kept: kept }
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

impl<K: Unpin> Body for Received<K> {
  type Data = Bytes;
  type Error = BodyError;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
    if self.sender.is_too_long() {
      return Poll::Ready(Some(Err(BodyError::TooLong)));
    }
    // Of one that comes after its answer hyper says only so that it is over, until the next request comes.
    if self.body.is_end_stream() {
      return Poll::Ready(None);
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
    let frame = ready!(polled).transpose();
    self.sender.has_broken_off.fetch_or(frame.is_err(), Ordering::Relaxed);
    let frame = frame?;
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

impl<K> Drop for Received<K> {
  fn drop(&mut self) {
    let mut waited = self.sender.waited();
    if let Some(since) = waited.since.take() {
      waited.so_far += since.elapsed();
    }
  }
}

/// The body of an answer, of which something is kept until it is read to its end.
pub(crate) struct Sent<K> {
  body: MessageBody,
  /// What has come of it and is not given yet.
  rest: Bytes,
  given: Option<Arc<Given>>,
  _kept: K,
}

/// Since when somebody has what was given last of an answer and asks for no more; nothing while the next piece is
/// waited for.
pub(crate) struct Given(Mutex<Option<Instant>>);

impl Given {
  fn new() -> Self {
    Self(Mutex::new(Some(Instant::now())))
  }

  fn set(&self, since: Option<Instant>) {
    *self.0.lock().unwrap_or_else(PoisonError::into_inner) = since;
  }

  /// Whether who reads the answer has read nothing for too long.
  pub(crate) fn is_unread(&self) -> bool {
    let since = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
    since.is_some_and(|since| since.elapsed() >= PATIENCE)
  }
}

impl<K> Sent<K> {
  pub(crate) fn new(body: MessageBody, kept: K) -> Self {
    Self { body, rest: Bytes::new(), given: None, _kept: kept }
  }

  /// Takes note of how its reader fares, and tells that for as long as it is there.
  pub(crate) fn watched(&mut self) -> Weak<Given> {
    Arc::downgrade(self.given.get_or_insert_with(|| Arc::new(Given::new())))
  }

  fn note(&self, since: impl FnOnce() -> Option<Instant>) {
    if let Some(given) = &self.given {
      given.set(since());
    }
  }

  fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
    if self.rest.is_empty() {
      match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
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
}

/// Why an answer breaks off.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BrokenOff(String);

impl<K: Unpin> Body for Sent<K> {
  type Data = Bytes;
  type Error = BrokenOff;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
    self.note(|| None);
    let frame = ready!(self.poll(cx));
    self.note(|| frame.is_some().then(Instant::now));
    Poll::Ready(frame)
  }

  fn is_end_stream(&self) -> bool {
    self.rest.is_empty() && self.body.is_end_stream()
  }

  fn size_hint(&self) -> SizeHint {
    let (body, rest) = (self.body.size_hint(), self.rest.len() as u64);
    let mut hint = SizeHint::new();
    hint.set_lower(body.lower() + rest);
    if let Some(upper) = body.upper() {
      hint.set_upper(upper + rest);
    }
    hint
  }
}

#[cfg(test)]
impl Given {
  /// Of an answer of which a piece was given so long ago.
  pub(crate) fn since(age: Duration) -> Self {
    Self(Mutex::new(Instant::now().checked_sub(age)))
  }
}
