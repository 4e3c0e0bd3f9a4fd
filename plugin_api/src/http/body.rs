//! Bodies of requests and responses.

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use futures::Stream;
use futures::StreamExt;
use http_body::Body as _;
use http_body::Frame;
use http_body::SizeHint;
use plugin_abi::errors;

use crate::OpError;

/// The body of a request or a response: bytes that are there, or that come piece by piece. It is an
/// [`http_body::Body`].
///
/// A piece of a request's body is read from the connection when it is asked for, and one of a response's is asked for
/// when the connection has room for it: none but a few pieces are in memory.
pub struct Body(Content);

enum Content {
  Whole(Bytes),
  Pieces(Pin<Box<dyn http_body::Body<Data = Bytes, Error = OpError> + Send>>),
}

impl Body {
  /// No bytes.
  pub const fn empty() -> Self {
    Self(Content::Whole(Bytes::new()))
  }

  /// Any body, such as those of other crates.
  pub fn new<B>(body: B) -> Self
  where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
  {
    Self(Content::Pieces(Box::pin(Told(Box::pin(body)))))
  }

  /// What a stream gives, piece by piece. An error breaks the body off: the client sees that it is not whole.
  ///
  /// ```
  /// use plugin_api::{OpError, futures, http::Body};
  ///
  /// let numbers = futures::stream::iter(0..1_000_000).map(|number| Ok::<_, OpError>(format!("{number}\n")));
  /// let body = Body::from_stream(numbers);
  /// # use futures::StreamExt;
  /// ```
  pub fn from_stream<S, T, E>(stream: S) -> Self
  where
    S: Stream<Item = Result<T, E>> + Send + 'static,
    T: Into<Bytes>,
    E: Into<Box<dyn Error + Send + Sync>>,
  {
    let pieces = stream.map(|piece| piece.map(|bytes| Frame::data(bytes.into())));
    Self::new(Pieces(Box::pin(pieces)))
  }

  /// The next piece; `None` at the end.
  ///
  /// # Errors
  ///
  /// When no more will come: the client has gone, or is too slow.
  pub async fn next(&mut self) -> Option<Result<Bytes, OpError>> {
    poll_fn(|cx| Pin::new(&mut *self).poll_piece(cx)).await
  }

  /// All bytes, if they are at most so many.
  ///
  /// # Errors
  ///
  /// As [`next`](Self::next), and where there are more: a handler that returns that error answers with status 413.
  pub async fn bytes(mut self, limit: usize) -> Result<Bytes, OpError> {
    let too_long = || OpError::of_host(errors::HTTP_BODY_LIMIT, format!("a body is longer than {limit} bytes"));
    if self.size_hint().lower() > limit as u64 {
      return Err(too_long());
    }
    let mut all = match self.next().await {
      None => return Ok(Bytes::new()),
      Some(first) => first?,
    };
    let mut joined = Vec::new();
    while let Some(piece) = self.next().await {
      let piece = piece?;
      if joined.is_empty() {
        joined.extend_from_slice(&std::mem::take(&mut all));
      }
      if joined.len() + piece.len() > limit {
        return Err(too_long());
      }
      joined.extend_from_slice(&piece);
    }
    match joined.is_empty() {
      true if all.len() > limit => Err(too_long()),
      true => Ok(all),
      false => Ok(joined.into()),
    }
  }

  /// All bytes as text in UTF-8, if they are at most so many.
  ///
  /// # Errors
  ///
  /// As [`bytes`](Self::bytes), and where they are no UTF-8.
  pub async fn text(self, limit: usize) -> Result<String, OpError> {
    let bytes = self.bytes(limit).await?;
    String::from_utf8(bytes.into()).map_err(|error| OpError::new("TypeError", format!("a body is no text: {error}")))
  }

  /// All of it, if it is there.
  pub(crate) fn into_whole(self) -> Result<Bytes, Self> {
    match self.0 {
      Content::Whole(bytes) => Ok(bytes),
      Content::Pieces(_) => Err(self),
    }
  }

  pub(super) fn poll_piece(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, OpError>>> {
    loop {
      let Poll::Ready(frame) = self.as_mut().poll_frame(cx) else { return Poll::Pending };
      match frame.map(|frame| frame.map(Frame::into_data)) {
        None => return Poll::Ready(None),
        Some(Err(error)) => return Poll::Ready(Some(Err(error))),
        Some(Ok(Ok(bytes))) if !bytes.is_empty() => return Poll::Ready(Some(Ok(bytes))),
        // Trailers are for nobody.
        Some(Ok(_)) => {}
      }
    }
  }
}

impl http_body::Body for Body {
  type Data = Bytes;
  type Error = OpError;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, OpError>>> {
    match &mut self.0 {
      Content::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
      Content::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
      Content::Pieces(body) => body.as_mut().poll_frame(cx),
    }
  }

  fn is_end_stream(&self) -> bool {
    match &self.0 {
      Content::Whole(bytes) => bytes.is_empty(),
      Content::Pieces(body) => body.is_end_stream(),
    }
  }

  fn size_hint(&self) -> SizeHint {
    match &self.0 {
      Content::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
      Content::Pieces(body) => body.size_hint(),
    }
  }
}

impl fmt::Debug for Body {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_struct("Body").field("size", &self.size_hint()).finish()
  }
}

impl Default for Body {
  fn default() -> Self {
    Self::empty()
  }
}

impl From<()> for Body {
  fn from((): ()) -> Self {
    Self::empty()
  }
}

macro_rules! of_bytes {
  ($($ty:ty)*) => {
    $(impl From<$ty> for Body {
      fn from(bytes: $ty) -> Self {
        Self(Content::Whole(bytes.into()))
      }
    })*
  };
}

of_bytes! { Bytes Vec<u8> String &'static [u8] &'static str Box<[u8]> }

/// A body whose errors are the plugin's.
struct Told<B>(Pin<Box<B>>);

impl<B> http_body::Body for Told<B>
where
  B: http_body::Body<Data = Bytes>,
  B::Error: Into<Box<dyn Error + Send + Sync>>,
{
  type Data = Bytes;
  type Error = OpError;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, OpError>>> {
    self.0.as_mut().poll_frame(cx).map(|frame| frame.map(|frame| frame.map_err(|error| told(error.into()))))
  }

  fn is_end_stream(&self) -> bool {
    self.0.is_end_stream()
  }

  fn size_hint(&self) -> SizeHint {
    self.0.size_hint()
  }
}

/// The error that it is, or one that says the same.
fn told(error: Box<dyn Error + Send + Sync>) -> OpError {
  error.downcast::<OpError>().map_or_else(|error| OpError::new("Error", error.to_string()), |error| *error)
}

/// A body of what a stream gives.
struct Pieces<S>(Pin<Box<S>>);

impl<S, E> http_body::Body for Pieces<S>
where
  S: Stream<Item = Result<Frame<Bytes>, E>>,
{
  type Data = Bytes;
  type Error = E;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, E>>> {
    self.0.as_mut().poll_next(cx)
  }
}

#[cfg(test)]
mod tests {
  use futures::executor::block_on;
  use futures::stream;

  use super::*;

  fn pieces(pieces: &'static [&'static str]) -> Body {
    Body::from_stream(stream::iter(pieces).map(|piece| Ok::<_, OpError>(*piece)))
  }

  #[test]
  fn a_body_is_read_up_to_its_limit() {
    let read = |body: Body, limit| block_on(body.text(limit)).map_err(|error| error.code().map(str::to_string));
    let too_long = Err(Some("ERR_HTTP_BODY_LIMIT".to_string()));
    for (limit, found) in [(0, too_long.clone()), (4, too_long.clone()), (5, Ok("hello".to_string()))] {
      assert_eq!(read("hello".into(), limit), found);
      assert_eq!(read(pieces(&["hello"]), limit), found);
      assert_eq!(read(pieces(&["", "he", "", "l", "lo", ""]), limit), found);
    }
    assert_eq!(read(Body::empty(), 0), Ok(String::new()));
    assert_eq!(read(pieces(&[]), 0), Ok(String::new()));
    assert_eq!(read(vec![0xff].into(), 1), Err(None));
  }

  #[test]
  fn a_body_gives_its_pieces_and_then_why_no_more_come() {
    let broken = OpError::new("RangeError", "it breaks off").with_code("ERR_OWN");
    let mut body = Body::from_stream(stream::iter([Ok("a"), Ok(""), Ok("b"), Err(broken.clone())]));
    for piece in [Ok("a"), Ok("b"), Err(broken)] {
      assert_eq!(block_on(body.next()), Some(piece.map(|text: &str| Bytes::from(text))));
    }
    assert_eq!(block_on(body.next()), None);
  }

  #[test]
  fn a_body_knows_its_length_if_it_is_whole() {
    assert_eq!(Body::from("hello").size_hint().exact(), Some(5));
    assert_eq!(pieces(&["hello"]).size_hint().exact(), None);
    assert!(Body::from(()).is_end_stream() && !Body::from("a").is_end_stream());
  }
}
