//! An app as requests see it: its routes, and the queues of its components.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;

use app_manifest::App;
use app_manifest::Executor;
use app_manifest::HttpTarget;
use app_manifest::RequestOrigin;
use app_manifest::RouteMatch;
use app_manifest::Router;
use app_manifest::set_spin_headers;
use async_channel::Sender;
use async_channel::TrySendError;
use http::HeaderValue;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Uri;
use http::header;
use plugbay::CommandLine;
use plugbay::ErrorCode;
use plugbay::Exchange;
use plugbay::MessageBody;
use tokio::sync::oneshot;

use super::fixed::plain;
use crate::senders::Senders;

/// The client of a request that comes from within.
const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// An app as requests see it.
pub(crate) struct Site {
  app: App,
  variables: BTreeMap<String, String>,
  router: Router,
  /// Where the requests of a component go, by its place in the app.
  queues: Vec<Option<Senders>>,
}

impl Site {
  /// `variables` has the values of the app's variables, and `queues` that of each component that answers requests, by
  /// its place in the app.
  pub(crate) fn new(
    app: App,
    variables: BTreeMap<String, String>,
    router: Router,
    queues: Vec<Option<Senders>>,
  ) -> Self {
    Self { app, variables, router, queues }
  }

  /// The values of the app's variables.
  pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
    &self.variables
  }

  pub(crate) fn app(&self) -> &App {
    &self.app
  }

  /// The routes, with the base of the app, each with the name of what answers.
  pub(crate) fn routes(&self) -> impl Iterator<Item = (&str, &str)> {
    self.router.routes().map(|(route, trigger)| {
      let trigger = &self.app.triggers[trigger];
      (if route.is_empty() { "/" } else { route }, trigger.component().unwrap_or(&trigger.id))
    })
  }

  /// The trigger that takes requests of a path.
  pub(crate) fn route<'s>(&'s self, path: &'s str) -> Option<RouteMatch<'s, 's>> {
    self.router.route(path)
  }

  /// Has a component answer a request from outside.
  pub(crate) async fn ask(
    &self,
    component: &str,
    request: Request<MessageBody>,
    command: Option<CommandLine>,
  ) -> Response<MessageBody> {
    self.send(component, request, command, |senders| &senders.outer).await
  }

  async fn send(
    &self,
    component: &str,
    request: Request<MessageBody>,
    command: Option<CommandLine>,
    queue_of: impl Fn(&Senders) -> &Sender<Exchange>,
  ) -> Response<MessageBody> {
    let number = self.app.components.iter().position(|known| known.id == component);
    let queue = number.and_then(|number| Some((number, self.queues[number].as_ref()?)));
    let Some((number, queue)) = queue else { return plain(StatusCode::NOT_FOUND, "") };
    let (answer, answered) = oneshot::channel();
    match queue_of(queue).try_send(Exchange { handler: number as u32, command, request, answer }) {
      Ok(()) => {}
      Err(TrySendError::Full(_)) => {
        let mut busy = plain(StatusCode::SERVICE_UNAVAILABLE, "too many requests wait\n");
        busy.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        return busy;
      }
      Err(TrySendError::Closed(_)) => return plain(StatusCode::SERVICE_UNAVAILABLE, "the app is being ended\n"),
    }
    match answered.await {
      Ok(Ok(response)) => response,
      Ok(Err(unanswered)) => {
        tracing::error!(target: "handler", component, "{}", unanswered.message);
        let is_late = unanswered.code == ErrorCode::WasmDeadline.code();
        plain(if is_late { StatusCode::GATEWAY_TIMEOUT } else { StatusCode::INTERNAL_SERVER_ERROR }, "")
      }
      Err(_) => {
        tracing::error!(target: "handler", component, "its lane has ended before it answered");
        plain(StatusCode::INTERNAL_SERVER_ERROR, "")
      }
    }
  }

  /// Has a component answer a request of another, which goes by no route.
  ///
  /// # Errors
  ///
  /// When there is no such component that answers requests.
  pub(crate) async fn answer_chained(
    &self,
    component: &str,
    mut request: Request<MessageBody>,
  ) -> Result<Response<MessageBody>, String> {
    let trigger = self.app.http_triggers().find_map(|(index, trigger)| match &trigger.target {
      HttpTarget::Component(id) if id == component && trigger.executor == Executor::Http => Some(index),
      _ => None,
    });
    let trigger = trigger.ok_or_else(|| format!("the app has no component {component} that answers requests"))?;
    let uri = request.uri().clone();
    set_spin_headers(request.headers_mut(), &RouteMatch::chained(trigger, uri.path()), origin_of(&uri, NOBODY));
    Ok(self.send(component, request, None, |senders| &senders.inner).await)
  }
}

/// Where a request came from and where it went, whose URI is absolute.
pub(crate) fn origin_of(uri: &Uri, client: SocketAddr) -> RequestOrigin<'_> {
  RequestOrigin {
    scheme: uri.scheme_str().unwrap_or("http"),
    host: uri.authority().map_or("", |authority| authority.as_str()),
    path_and_query: uri.path_and_query().map_or("/", |path| path.as_str()),
    client,
  }
}
