//! Bodies that are as long as their message says, or break off.

use std::pin::Pin;
use std::task::Context;
use std::task::Poll;
use std::task::ready;

use bytes::Bytes;
use deno_error::JsErrorBox;
use deno_fetch::ResBody;
use http::HeaderMap;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use hyper::body::Body;
use hyper::body::Frame;

/// A body is longer or shorter than its message says.
#[derive(Debug, thiserror::Error, deno_error::JsError)]
#[class(type)]
#[error("the body is {} than its content-length says: {declared} bytes, and {written} were written", if written > declared { "longer" } else { "shorter" })]
pub(crate) struct BodySize {
  declared: u64,
  /// So far, if it is too long.
  written: u64,
}

/// How long the headers of a message say that its body is; nothing where they say nothing.
///
/// # Errors
///
/// Where it is not clear what they say.
pub fn declared_length(headers: &HeaderMap) -> Result<Option<u64>, String> {
  let mut declared = None;
  for value in headers.get_all(CONTENT_LENGTH) {
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let length = digits.and_then(|digits| digits.parse::<u64>().ok());
    if length.is_none() || declared.is_some() && declared != length {
      return Err(format!("the content-length {value:?} is none of one body"));
    }
    declared = length;
  }
  Ok(declared)
}

/// The body of an answer that says how long it is: another one breaks off. Nothing of it waits for what may follow.
pub fn measured_body(body: ResBody, declared: u64) -> ResBody {
  Measured { holds_last: false, ..Measured::new(body, declared) }.boxed()
}

/// A body whose message says how long it is: another one fails.
pub(crate) struct Measured<B> {
  body: B,
  declared: u64,
  written: u64,
  /// Whether the piece that makes it as long as it should be is given when there is known to be no more, so that one
  /// that is longer is never taken for whole.
  holds_last: bool,
  last: Option<Bytes>,
  trailers: Option<HeaderMap>,
  is_over: bool,
}

impl<B> Measured<B> {
  pub(crate) fn new(body: B, declared: u64) -> Self {
    Self { body, declared, written: 0, holds_last: true, last: None, trailers: None, is_over: false }
  }

  /// What is given of a body that has ended.
  fn end(&mut self) -> Option<Result<Frame<Bytes>, JsErrorBox>> {
    if self.written < self.declared {
      return self.misfits();
    }
    let last = self.last.take().map(Frame::data);
    last.or_else(|| self.trailers.take().map(Frame::trailers)).map(Ok)
  }

  fn misfits(&mut self) -> Option<Result<Frame<Bytes>, JsErrorBox>> {
    self.is_over = true;
    let size = BodySize { declared: self.declared, written: self.written };
    // Told once.
    self.written = self.declared;
    (self.last, self.trailers) = (None, None);
    Some(Err(JsErrorBox::from_err(size)))
  }
}

impl<B: Body<Data = Bytes, Error = JsErrorBox> + Unpin> Body for Measured<B> {
  type Data = Bytes;
  type Error = JsErrorBox;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, JsErrorBox>>> {
    while !self.is_over {
      let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(cx)?) else {
        self.is_over = true;
        break;
      };
      let bytes = match frame.into_data() {
        Ok(bytes) => bytes,
        Err(frame) => {
          self.trailers = frame.into_trailers().ok();
          continue;
        }
      };
      self.written += bytes.len() as u64;
      if self.written > self.declared {
        return Poll::Ready(self.misfits());
      }
      match self.holds_last && self.written == self.declared {
        true if bytes.is_empty() => {}
        true => self.last = Some(bytes),
        false => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
      }
    }
    Poll::Ready(self.end())
  }
}

#[cfg(test)]
mod tests {
  use deno_error::JsErrorClass as _;
  use futures::StreamExt;
  use futures::executor::block_on;
  use http_body_util::StreamBody;

  use super::*;

  /// What is given of a body of these pieces, and why it fails.
  fn given(declared: u64, pieces: &'static [&'static str]) -> (String, Option<String>) {
    let frames = futures::stream::iter(pieces).map(|piece| Ok(Frame::data(Bytes::from(*piece))));
    let mut body = Measured::new(StreamBody::new(frames), declared);
    let (mut text, mut failure) = (String::new(), None);
    while let Some(frame) = block_on(body.frame()) {
      match frame {
        Ok(frame) => text.push_str(std::str::from_utf8(frame.data_ref().expect("it is data")).expect("it is text")),
        Err(error) => failure = Some(error.get_message().into_owned()),
      }
    }
    (text, failure)
  }

  #[test]
  fn a_body_is_as_long_as_it_should_be_or_fails() {
    assert_eq!(given(5, &["hel", "", "lo", ""]), ("hello".to_string(), None));
    assert_eq!(given(0, &[]), (String::new(), None));
    let (text, failure) = given(5, &["hel", "lo", "!"]);
    assert_eq!(text, "hel");
    assert!(failure.is_some_and(|failure| failure.contains("longer") && failure.contains("6 were written")));
    let (text, failure) = given(5, &["hel"]);
    assert_eq!(text, "hel");
    assert!(failure.is_some_and(|failure| failure.contains("shorter") && failure.contains("3 were written")));
  }

  #[test]
  fn a_length_is_one_plain_number() {
    let of = |values: &[&'static str]| {
      let mut headers = HeaderMap::new();
      for value in values {
        headers.append(CONTENT_LENGTH, value.parse().expect("it is a value"));
      }
      declared_length(&headers)
    };
    assert_eq!((of(&[]), of(&["5"]), of(&["5", "5"])), (Ok(None), Ok(Some(5)), Ok(Some(5))));
    for odd in [&["5", "6"][..], &["+5"], &["5, 5"], &[""], &["x"], &["99999999999999999999"]] {
      assert!(of(odd).is_err(), "{odd:?}");
    }
  }
}
