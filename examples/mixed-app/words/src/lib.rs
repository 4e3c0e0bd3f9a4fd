//! A component of WASI: it counts the words of what it is sent.
#![allow(unsafe_code, missing_docs, reason = "bindings are made by a macro")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::Fields;
use wasip2::http::types::IncomingRequest;
use wasip2::http::types::OutgoingBody;
use wasip2::http::types::OutgoingResponse;
use wasip2::http::types::ResponseOutparam;
use wasip2::io::streams::StreamError;

/// How much it takes from the stream at once, in bytes.
const PIECE: u64 = 64 * 1024;

struct Words;

wasip2::http::proxy::export!(Words);

impl Guest for Words {
  fn handle(request: IncomingRequest, outparam: ResponseOutparam) {
    let (status, answer) = match text_of(&request) {
      Some(text) => (200, counted(&text)),
      None => (400, "the text breaks off\n".to_string()),
    };
    let headers = Fields::from_list(&[("content-type".to_string(), b"text/plain".to_vec())]);
    let response = OutgoingResponse::new(headers.expect("the name and the value are right"));
    response.set_status_code(status).expect("it is a status");
    let body = response.body().expect("it is asked for once");
    ResponseOutparam::set(outparam, Ok(response));
    let stream = body.write().expect("it is asked for once");
    for piece in answer.as_bytes().chunks(4096) {
      // Who asked may be gone.
      if stream.blocking_write_and_flush(piece).is_err() {
        return;
      }
    }
    drop(stream);
    let _ = OutgoingBody::finish(body, None);
  }
}

/// The words of a text, each with how often it is there, most of them first.
fn counted(text: &str) -> String {
  let mut counts = BTreeMap::<String, usize>::new();
  for word in text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()) {
    *counts.entry(word.to_lowercase()).or_default() += 1;
  }
  let mut counts = counts.into_iter().collect::<Vec<_>>();
  counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
  counts.into_iter().fold(String::new(), |mut lines, (word, count)| {
    let _ = writeln!(lines, "{count} {word}");
    lines
  })
}

/// The body of a request, if all of it came.
fn text_of(request: &IncomingRequest) -> Option<String> {
  let body = request.consume().ok()?;
  let stream = body.stream().ok()?;
  let mut bytes = Vec::new();
  loop {
    match stream.blocking_read(PIECE) {
      Ok(piece) => bytes.extend(piece),
      Err(StreamError::Closed) => return Some(String::from_utf8_lossy(&bytes).into_owned()),
      Err(StreamError::LastOperationFailed(_)) => return None,
    }
  }
}
