//! HTTP, inbound: requests that a server hands to the isolates that answer them.

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;
use std::rc::Weak;
use std::task::Context;
use std::time::Duration;

use bytes::Bytes;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use deno_core::v8;
use deno_error::JsErrorBox;
use http::HeaderMap;
use http::Request;
use http::Response;
use http::StatusCode;
use http::header::CONTENT_LENGTH;
use http_body_util::BodyExt;
use http_body_util::Empty;
use http_body_util::Full;
use hyper::body::Body;
use plugbay_core::Progress;
use serde::Serialize;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::Failure;
use crate::caller::request_id;
use crate::headers::add_text;
use crate::written::Outgoing;
use crate::written::Pieces;

/// How long a client may take until something more of a body comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long what a handler does after its answer keeps other requests waiting.
const AFTERWARDS: Duration = Duration::from_secs(60);

/// A body on its way, of a request or of a response.
pub type MessageBody = deno_fetch::ResBody;

/// Any body as one that can be passed on.
pub fn message_body<B>(body: B) -> MessageBody
where
  B: Body<Data = Bytes> + Send + Sync + 'static,
  B::Error: Display,
{
  body.map_err(|error| JsErrorBox::generic(error.to_string())).boxed()
}

/// Where an answer goes, up to its body, which may go on.
pub type AnswerSender = oneshot::Sender<Result<Response<MessageBody>, Unanswered>>;

/// A request, and where its answer goes. When nobody waits for that any more the handler is not told, but what it
/// writes goes nowhere.
#[derive(Debug)]
pub struct Exchange {
  /// Which of the isolate's handlers is to answer, by the number that it was opened under.
  pub handler: u32,
  /// Of a handler that is a command, how it is run; its body is then the standard input.
  pub command: Option<CommandLine>,
  /// With an absolute URI: its path is as it came.
  pub request: Request<MessageBody>,
  /// Takes the answer.
  pub answer: AnswerSender,
}

/// How a command is run for a request.
#[derive(Clone, Debug, Default, Serialize)]
pub struct CommandLine {
  /// Its arguments, the name first.
  pub arguments: Vec<String>,
  /// Environment variables, besides those that it was opened with.
  pub environment: BTreeMap<String, String>,
}

/// Why a handler has not answered.
#[derive(Debug)]
pub struct Unanswered {
  /// The error's code, such as `ERR_WASM_DEADLINE`; empty if it has none.
  pub code: String,
  /// For whoever runs the server.
  pub message: String,
}

/// Whether a request is answered, or its handler done, since the last look for another: there may be room for it.
#[derive(Clone, Default)]
pub(crate) struct Changes(pub(crate) Rc<Cell<bool>>);

impl Changes {
  pub(crate) fn note(&self) {
    self.0.set(true);
  }
}

/// A request that was taken and is not answered, or whose handler goes on.
pub(crate) struct Unsettled {
  answer: RefCell<Option<AnswerSender>>,
  /// The body of an answer that is written later.
  body: RefCell<Weak<Outgoing>>,
  /// Whether its handler is done.
  has_ended: Cell<bool>,
  /// Since when it is known that its handler goes on though nobody waits for anything of it.
  goes_on: Cell<Option<Instant>>,
  /// Without any in it: the memory of the request's headers, which the answer's get. It goes back to whoever made it.
  headers: RefCell<HeaderMap>,
}

impl Resource for Unsettled {
  fn name(&self) -> Cow<'_, str> {
    "httpExchange".into()
  }

  fn close(self: Rc<Self>) {
    self.answer.take();
  }
}

impl Unsettled {
  /// Of a request with these headers.
  pub(crate) fn new(answer: AnswerSender, mut headers: HeaderMap) -> Self {
    headers.clear();
    Self {
      answer: RefCell::new(Some(answer)),
      body: RefCell::default(),
      has_ended: Cell::default(),
      goes_on: Cell::default(),
      headers: RefCell::new(headers),
    }
  }

  /// Whether it is answered meanwhile.
  pub(crate) fn is_settled(&self) -> bool {
    self.answer.borrow().is_none()
  }

  /// Its handler is done.
  pub(crate) fn end(&self) {
    self.has_ended.set(true);
  }

  /// Until when it keeps others waiting; nothing where it does not. As long as it is not answered that is without end,
  /// and whoever asks is told when nobody waits for the answer any more. It does not while a body is written, which the
  /// client's connection bounds, and does for a while with what its handler does after that.
  pub(crate) fn busy_until(&self, cx: &mut Context<'_>) -> Option<Until> {
    if let Some(answer) = &mut *self.answer.borrow_mut() {
      return answer.poll_closed(cx).is_pending().then_some(Until::Answered);
    }
    if self.has_ended.get() || self.body.borrow().strong_count() > 0 {
      return None;
    }
    let since = self.goes_on.get().unwrap_or_else(Instant::now);
    self.goes_on.set(Some(since));
    (since.elapsed() < AFTERWARDS).then_some(Until::Then(since + AFTERWARDS))
  }
}

/// How long a request keeps others waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Until {
  /// Until its handler is done, or this.
  Then(Instant),
  /// Until it is answered.
  Answered,
}

/// What an answer has as its body.
enum Given {
  Whole(Bytes),
  Written(Pieces),
}

/// Answers a request with all of a body, with none, or with one that is written later: then what it gives takes that.
#[op2]
#[smi]
pub(crate) fn op_http_respond(
  state: &mut OpState,
  #[smi] exchange: ResourceId,
  #[smi] status: u16,
  #[string(onebyte)] headers: Cow<'_, [u8]>,
  #[buffer] bytes: Option<JsBuffer>,
  is_written_later: bool,
) -> Result<ResourceId, JsErrorBox> {
  if !is_written_later {
    let bytes = bytes.map_or(Bytes::new(), |bytes| bytes.to_vec().into());
    respond(state, exchange, status, &headers, Given::Whole(bytes))?;
    return Ok(0);
  }
  let (outgoing, pieces) = Outgoing::new();
  let (unsettled, outgoing) = (respond(state, exchange, status, &headers, Given::Written(pieces))?, Rc::new(outgoing));
  unsettled.body.replace(Rc::downgrade(&outgoing));
  Ok(state.resource_table.add_rc(outgoing))
}

/// Answers a request with a text, in UTF-8.
#[op2(fast)]
pub(crate) fn op_http_respond_with_text(
  state: &mut OpState,
  #[smi] exchange: ResourceId,
  #[smi] status: u16,
  #[string(onebyte)] headers: Cow<'_, [u8]>,
  #[string] text: String,
) -> Result<(), JsErrorBox> {
  respond(state, exchange, status, &headers, Given::Whole(text.into())).map(drop)
}

fn respond(
  state: &mut OpState,
  exchange: ResourceId,
  status: u16,
  headers: &[u8],
  body: Given,
) -> Result<Rc<Unsettled>, JsErrorBox> {
  state.borrow::<Progress>().step();
  state.borrow::<Changes>().note();
  let unsettled = state.resource_table.take::<Unsettled>(exchange).map_err(JsErrorBox::from_err)?;
  let answer = unsettled.answer.take().ok_or_else(|| JsErrorBox::generic("the request is answered already"))?;
  let status = StatusCode::from_u16(status).ok().filter(|status| !status.is_informational());
  let made = status.ok_or_else(|| "its status is none of an answer".to_string()).and_then(|status| {
    let unfit = |failure: Failure| format!("its headers are none: {}", failure.message);
    let mut headers = add_text(unsettled.headers.take(), headers).map_err(unfit)?;
    let body = match body {
      Given::Whole(bytes) if bytes.is_empty() => message_body(Empty::new()),
      Given::Whole(bytes) => {
        // Its length is what it is.
        headers.remove(CONTENT_LENGTH);
        message_body(Full::new(bytes))
      }
      Given::Written(pieces) => pieces.boxed(),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
  });
  // Nobody may wait for it any more; then the body has no reader.
  let _ = answer.send(made.map_err(|message| Unanswered { code: String::new(), message }));
  Ok(unsettled)
}

/// Waits until nobody reads a body any more that is written later.
#[op2]
pub(crate) async fn op_http_gone(state: Rc<RefCell<OpState>>, #[smi] rid: ResourceId) -> Result<(), ResourceError> {
  let gone = state.borrow().resource_table.get::<Outgoing>(rid)?.gone();
  gone.notified().await;
  Ok(())
}

/// Whether somebody waits for the answer to a request, which is not there yet.
#[op2(fast)]
pub(crate) fn op_http_is_awaited(state: &mut OpState, #[smi] exchange: ResourceId) -> bool {
  let unsettled = state.resource_table.get::<Unsettled>(exchange);
  unsettled.is_ok_and(|unsettled| unsettled.answer.borrow().as_ref().is_some_and(|answer| !answer.is_closed()))
}

/// Says that a request is not answered, and why. One that is answered already stays so, and the log has why not all of
/// it came.
#[op2(fast)]
pub(crate) fn op_http_refuse(
  scope: &mut v8::PinScope<'_, '_>,
  state: &mut OpState,
  #[smi] exchange: ResourceId,
  #[string] code: String,
  #[string] message: String,
) {
  state.borrow::<Changes>().note();
  let unsettled = state.resource_table.take::<Unsettled>(exchange).ok();
  match unsettled.and_then(|unsettled| unsettled.answer.take()) {
    Some(answer) => drop(answer.send(Err(Unanswered { code, message }))),
    None => tracing::error!(target: "handler", request_id = request_id(scope), "{message}"),
  }
}
