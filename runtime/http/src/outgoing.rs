//! The request of a guest: its head is sent with what there is of its body, and the rest as the guest writes it.

use std::borrow::Cow;
use std::cell::RefCell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use deno_core::CancelFuture;
use deno_core::CancelHandle;
use deno_core::JsBuffer;
use deno_core::OpState;
use deno_core::Resource;
use deno_core::ResourceId;
use deno_core::error::ResourceError;
use deno_core::op2;
use deno_core::v8;
use deno_fetch::ReqBody;
use futures::FutureExt;
use futures::TryFutureExt;
use http::Method;
use http::Request;
use http::Uri;
use serde::Deserialize;
use serde::Serialize;

use crate::Failure;
use crate::caller::Caller;
use crate::caller::request_id;
use crate::grant::Grant;
use crate::headers::Headers;
use crate::headers::headers_of;
use crate::headers::map_of;
use crate::incoming::Incoming;
use crate::sending::Answer;
use crate::sending::PATIENCE;
use crate::sending::in_time;
use crate::sending::send;
use crate::sending::url_of;
use crate::written::Outgoing;

/// What a guest asks for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
  method: String,
  url: String,
  headers: Headers,
  /// All of the body, unless it is written later.
  body: Option<JsBuffer>,
  is_written_later: bool,
  /// In milliseconds, until the answer begins, and between two pieces of its body.
  first: Option<f64>,
  between: Option<f64>,
}

/// A request on its way.
struct Sending {
  answer: RefCell<Option<Pin<Box<dyn Future<Output = Answer>>>>>,
  between: Duration,
  cancel: Rc<CancelHandle>,
}

impl Resource for Sending {
  fn name(&self) -> Cow<'_, str> {
    "httpSending".into()
  }

  fn close(self: Rc<Self>) {
    self.cancel.cancel();
  }
}

/// What has become of a request.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Sent {
  Begun { sending: ResourceId, body: Option<ResourceId> },
  Failed { failure: Failure },
}

/// Begins to send a request of a guest's, which may reach what `grant` says.
#[op2]
#[serde]
pub(crate) fn op_http_send(
  scope: &mut v8::PinScope<'_, '_>,
  state: &mut OpState,
  #[smi] grant: ResourceId,
  #[serde] asked: Asked,
) -> Result<Sent, ResourceError> {
  let grant = state.resource_table.get::<Grant>(grant)?;
  let between = patience(asked.between);
  let first = patience(asked.first);
  let id = request_id(scope);
  let (mut request, body) = match request(&grant, asked, id.as_deref()) {
    Ok(made) => made,
    Err(failure) => return Ok(Sent::Failed { failure }),
  };
  Caller::of(scope).tell(&mut request);
  let reach = grant.reach.clone();
  let client = || grant.client(state).map_err(|error| Failure::of_client(&error));
  let answered = send(client, reach.clone(), request).map_err(move |failure| {
    if let Some(reach) = reach.filter(|_| failure.is_refusal()) {
      reach.log_refusal(&failure.message, id.as_deref());
    }
    failure
  });
  let answer = RefCell::new(Some(in_time(first, answered).boxed_local()));
  let sending = state.resource_table.add(Sending { answer, between, cancel: CancelHandle::new_rc() });
  let body = body.map(|outgoing| state.resource_table.add(outgoing));
  Ok(Sent::Begun { sending, body })
}

fn patience(milliseconds: Option<f64>) -> Duration {
  milliseconds.map_or(PATIENCE, |given| Duration::try_from_secs_f64(given / 1000.0).unwrap_or(PATIENCE))
}

/// `id` is what the request is called that the guest answers.
fn request(grant: &Grant, asked: Asked, id: Option<&str>) -> Result<(Request<ReqBody>, Option<Outgoing>), Failure> {
  let url = url_of(&asked.url)?;
  match &grant.reach {
    Some(reach) => {
      let refused = |why: String| {
        reach.log_refusal(&why, id);
        Failure::denied(why)
      };
      reach.check(&url).map_err(refused)?
    }
    None => grant.permissions.clone().check_net_url(&url, "wasi:http").map_err(Failure::denied)?,
  }
  let uri = url.as_str().parse::<Uri>().map_err(|error| Failure::new("HTTP-request-URI-invalid", error))?;
  let method =
    Method::from_bytes(asked.method.as_bytes()).map_err(|error| Failure::new("HTTP-request-method-invalid", error))?;
  let (body, outgoing) = match asked.body {
    Some(bytes) => (ReqBody::full(bytes.to_vec().into()), None),
    None if asked.is_written_later => {
      let (outgoing, pieces) = Outgoing::new();
      (ReqBody::streaming(pieces), Some(outgoing))
    }
    None => (ReqBody::empty(), None),
  };
  let mut request = Request::new(body);
  *request.method_mut() = method;
  *request.uri_mut() = uri;
  *request.headers_mut() = map_of(&asked.headers)?;
  // The length of a body that is there is the client's to say.
  if outgoing.is_none() {
    request.headers_mut().remove(http::header::CONTENT_LENGTH);
  }
  Ok((request, outgoing))
}

/// The answer to a request.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Answered {
  Head { status: u16, headers: Headers, body: ResourceId },
  Failed { failure: Failure },
}

/// Waits for the answer, up to its body. It can be asked for once.
#[op2]
#[serde]
pub(crate) async fn op_http_answer(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
) -> Result<Answered, ResourceError> {
  let sending = state.borrow().resource_table.get::<Sending>(rid)?;
  let answer = sending.answer.take().ok_or(ResourceError::BadResourceId)?;
  let answer = answer.or_cancel(sending.cancel.clone()).await;
  let answer = answer.unwrap_or_else(|_| Err(Failure::new("connection-terminated", "nobody waits for the answer")));
  let response = match answer {
    Ok(response) => response,
    Err(failure) => return Ok(Answered::Failed { failure }),
  };
  let (head, body) = response.into_parts();
  let body = state.borrow_mut().resource_table.add(Incoming::new(body, sending.between));
  Ok(Answered::Head { status: head.status.as_u16(), headers: headers_of(&head.headers), body })
}

/// Adds to a body, when there is room; gives whether somebody still reads it.
#[op2]
pub(crate) async fn op_http_write(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[buffer] bytes: JsBuffer,
) -> Result<bool, ResourceError> {
  let outgoing = state.borrow().resource_table.get::<Outgoing>(rid)?;
  Ok(outgoing.add(bytes.to_vec().into()).await)
}

/// Ends a body, with what comes after it.
#[op2]
pub(crate) async fn op_http_end(
  state: Rc<RefCell<OpState>>,
  #[smi] rid: ResourceId,
  #[serde] trailers: Option<Headers>,
) -> Result<(), ResourceError> {
  let outgoing = state.borrow_mut().resource_table.take::<Outgoing>(rid)?;
  outgoing.end(trailers.and_then(|trailers| map_of(&trailers).ok())).await;
  Ok(())
}
