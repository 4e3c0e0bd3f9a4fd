//! HTTP, inbound: requests that a server hands to the isolates that answer them.

use std::borrow::Cow;
use std::cell::Cell;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use bytes::Bytes;
use deno_core::CancelFuture;
use deno_core::CancelHandle;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use deno_error::JsErrorBox;
use http::Request;
use http::Response;
use http::StatusCode;
use http_body_util::BodyExt;
use http_body_util::Empty;
use http_body_util::Full;
use hyper::body::Body;
use plugbay_core::Progress;
use serde::Serialize;
use tokio::sync::oneshot;

use crate::caller::Depth;
use crate::caller::X_REQUEST_ID;
use crate::headers::Headers;
use crate::headers::headers_of;
use crate::headers::map_of;
use crate::incoming::Incoming;
use crate::outgoing::Outgoing;

/// How often it is looked whether requests are given up, while no more are taken.
const LOOK: Duration = Duration::from_millis(100);

/// How long a client may take until something more of a body comes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

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

/// The requests that wait. Whoever is free takes the next; all that answer the same have one queue.
pub type Requests = async_channel::Receiver<Exchange>;

/// The requests of an isolate.
struct Queue {
  requests: Requests,
  cancel: Rc<CancelHandle>,
}

impl Resource for Queue {
  fn name(&self) -> Cow<'_, str> {
    "httpRequests".into()
  }

  fn close(self: Rc<Self>) {
    self.cancel.cancel();
  }
}

/// Gives an isolate the queue that it takes requests from; the number is for `op_http_accept`.
pub fn add_queue(state: &mut OpState, requests: Requests) -> ResourceId {
  state.resource_table.add(Queue { requests, cancel: CancelHandle::new_rc() })
}

/// A request that is not answered.
struct Unsettled {
  answer: RefCell<Option<AnswerSender>>,
  /// Whether JavaScript was told that nobody waits for it.
  is_abandoned: Cell<bool>,
}

const EXCHANGE: &str = "httpExchange";

impl Resource for Unsettled {
  fn name(&self) -> Cow<'_, str> {
    EXCHANGE.into()
  }
}

impl Unsettled {
  /// Whether nobody waits for the answer any more, and nobody has been told.
  fn is_left(&self) -> bool {
    let is_closed = self.answer.borrow().as_ref().is_some_and(AnswerSender::is_closed);
    is_closed && !self.is_abandoned.replace(true)
  }
}

/// A request as JavaScript has it.
#[derive(Serialize)]
pub(crate) struct Accepted {
  exchange: ResourceId,
  handler: u32,
  command: Option<CommandLine>,
  method: String,
  scheme: String,
  authority: String,
  path: String,
  headers: Headers,
  /// What it is called in logs, if the server says that.
  id: Option<String>,
  /// Of the body, if there is one.
  body: Option<ResourceId>,
  /// How many requests it has behind it, for those that it asks.
  depth: u32,
}

/// The next request; nothing when no more will come. It is never there at once: what a request has begun goes on first,
/// as far as it can, and no handler that loops holds it up.
#[op2(async(lazy), fast)]
#[serde]
pub(crate) async fn op_http_accept(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
) -> Result<Option<Accepted>, ResourceError> {
  let queue = state.borrow().resource_table.get::<Queue>(rid)?;
  let Exchange { handler, command, request, answer } = loop {
    let next = queue.requests.recv().or_cancel(queue.cancel.clone()).await;
    let Ok(Ok(exchange)) = next else { return Ok(None) };
    // Nobody waits for the others any more.
    if !exchange.answer.is_closed() {
      break exchange;
    }
  };
  let (head, body) = request.into_parts();
  let mut state = state.borrow_mut();
  state.borrow::<Progress>().step();
  let state = &mut state.resource_table;
  let body = (!body.is_end_stream()).then(|| state.add(Incoming::new(body, PATIENCE)));
  let exchange = state.add(Unsettled { answer: RefCell::new(Some(answer)), is_abandoned: Cell::new(false) });
  Ok(Some(Accepted {
    exchange,
    handler,
    command,
    method: head.method.to_string(),
    scheme: head.uri.scheme_str().unwrap_or("http").to_string(),
    authority: head.uri.authority().map(ToString::to_string).unwrap_or_default(),
    path: head.uri.path_and_query().map_or("/", |path| path.as_str()).to_string(),
    headers: headers_of(&head.headers),
    id: head.headers.get(X_REQUEST_ID).and_then(|id| id.to_str().ok()).map(str::to_string),
    body,
    depth: Depth::of(&head.extensions).0,
  }))
}

/// Answers a request with all of a body, with none, or with one that is written later: then what it gives takes that.
#[op2]
#[smi]
pub(crate) fn op_http_respond(
  state: &mut OpState,
  #[smi] exchange: ResourceId,
  #[smi] status: u16,
  #[serde] mut headers: Headers,
  #[buffer] bytes: Option<JsBuffer>,
  is_written_later: bool,
) -> Result<ResourceId, JsErrorBox> {
  state.borrow::<Progress>().step();
  let unsettled = state.resource_table.take::<Unsettled>(exchange).map_err(JsErrorBox::from_err)?;
  let answer = unsettled.answer.take().ok_or_else(|| JsErrorBox::generic("the request is answered already"))?;
  let (outgoing, body) = match bytes {
    // Its length is what it is.
    Some(bytes) if !bytes.is_empty() => {
      headers.retain(|(name, _)| !name.eq_ignore_ascii_case(b"content-length"));
      (None, message_body(Full::new(Bytes::from(bytes.to_vec()))))
    }
    _ if is_written_later => {
      let (outgoing, pieces) = Outgoing::new();
      (Some(outgoing), pieces.boxed())
    }
    _ => (None, message_body(Empty::new())),
  };
  let status = StatusCode::from_u16(status).ok().filter(|status| !status.is_informational());
  let made = status.ok_or_else(|| "its status is none of an answer".to_string()).and_then(|status| {
    let headers = map_of(&headers).map_err(|failure| format!("its headers are none: {}", failure.message))?;
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
  });
  // Nobody may wait for it any more; then the body has no reader.
  let _ = answer.send(made.map_err(|message| Unanswered { code: String::new(), message }));
  Ok(outgoing.map_or(0, |outgoing| state.resource_table.add(outgoing)))
}

/// Waits until nobody reads a body any more that is written later.
#[op2]
pub(crate) async fn op_http_gone(state: Rc<RefCell<OpState>>, #[smi] rid: ResourceId) -> Result<(), ResourceError> {
  let gone = state.borrow().resource_table.get::<Outgoing>(rid)?.gone();
  gone.notified().await;
  Ok(())
}

/// Waits until somebody has given up to wait for the answers to requests that were taken; gives the requests.
#[op2]
#[serde]
pub(crate) async fn op_http_abandoned(state: Rc<RefCell<OpState>>) -> Vec<ResourceId> {
  loop {
    let abandoned = {
      let table = &state.borrow().resource_table;
      let unsettled = table.names().filter(|(_, name)| name == EXCHANGE).map(|(rid, _)| rid);
      unsettled.filter(|&rid| table.get::<Unsettled>(rid).is_ok_and(|exchange| exchange.is_left())).collect::<Vec<_>>()
    };
    if !abandoned.is_empty() {
      return abandoned;
    }
    tokio::time::sleep(LOOK).await;
  }
}

/// Says that a request is not answered, and why. One that is answered already stays so, and the log has why not all of
/// it came.
#[op2(fast)]
pub(crate) fn op_http_refuse(
  state: &mut OpState,
  #[smi] exchange: ResourceId,
  #[string] code: String,
  #[string] message: String,
) {
  let unsettled = state.resource_table.take::<Unsettled>(exchange).ok();
  match unsettled.and_then(|unsettled| unsettled.answer.take()) {
    Some(answer) => drop(answer.send(Err(Unanswered { code, message }))),
    None => tracing::error!(target: "handler", "{message}"),
  }
}
