//! Redirects that are followed: each is asked for as a request of its own.

use std::pin::Pin;
use std::sync::Arc;
use std::task::Context;
use std::task::Poll;

use bytes::Bytes;
use deno_fetch::Client;
use deno_fetch::ReqBody;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Request;
use http::header::AUTHORIZATION;
use http::header::COOKIE;
use http::header::PROXY_AUTHORIZATION;
use hyper::body::Body;
use hyper::body::Frame;
use hyper::body::SizeHint;
use tower::ServiceExt;
use tower::service_fn;
use tower_http::follow_redirect::FollowRedirect;
use tower_http::follow_redirect::policy::Action;
use tower_http::follow_redirect::policy::Attempt;
use tower_http::follow_redirect::policy::Policy;

use crate::Failure;
use crate::Reach;
use crate::caller::Caller;
use crate::sending::Answer;
use crate::sending::send;
use crate::sending::url_of;

/// Has a request answered whose URL may be asked for, and follows so many redirects, to where who decides allows it.
/// One that wants a body again which is written once is the answer.
pub(crate) fn follow(
  client: impl Fn() -> Result<Client, Failure> + Clone + Send + 'static,
  reach: Arc<dyn Reach>,
  caller: Caller,
  request: Request<ReqBody>,
  most: u32,
) -> BoxFuture<'static, Answer> {
  let policy = Redirects { left: most, reach: reach.clone(), has_left: false };
  let sender = service_fn(move |request: Request<AskedBody>| {
    let mut request = request.map(|body| body.0);
    caller.clone().tell(&mut request);
    send(&client, Some(reach.clone()), request)
  });
  FollowRedirect::with_policy(sender, policy).oneshot(request.map(AskedBody)).boxed()
}

#[derive(Clone)]
struct Redirects {
  left: u32,
  reach: Arc<dyn Reach>,
  /// It has led elsewhere: what says who asks is for nobody there, nor where that leads.
  has_left: bool,
}

impl Policy<AskedBody, Failure> for Redirects {
  fn redirect(&mut self, attempt: &Attempt<'_>) -> Result<Action, Failure> {
    if self.left == 0 {
      return Ok(Action::Stop);
    }
    self.left -= 1;
    let url = url_of(&attempt.location().to_string())?;
    self.reach.check(&url).map_err(Failure::denied)?;
    self.has_left |= url_of(&attempt.previous().to_string())?.origin() != url.origin();
    Ok(Action::Follow)
  }

  fn on_request(&mut self, request: &mut Request<AskedBody>) {
    if self.has_left {
      [AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION].iter().for_each(|name| drop(request.headers_mut().remove(name)));
    }
  }

  fn clone_body(&self, AskedBody(body): &AskedBody) -> Option<AskedBody> {
    match body {
      ReqBody::Full(bytes) => Some(AskedBody(ReqBody::Full(bytes.clone()))),
      ReqBody::Empty(_) => Some(AskedBody::default()),
      ReqBody::Streaming(_) => None,
    }
  }
}

/// The body of a request.
struct AskedBody(ReqBody);

impl Default for AskedBody {
  fn default() -> Self {
    Self(ReqBody::empty())
  }
}

impl Body for AskedBody {
  type Data = Bytes;
  type Error = <ReqBody as Body>::Error;

  fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
    Pin::new(&mut self.0).poll_frame(cx)
  }

  fn is_end_stream(&self) -> bool {
    self.0.is_end_stream()
  }

  fn size_hint(&self) -> SizeHint {
    self.0.size_hint()
  }
}
