//! An app as requests see it: its routes, and the queues of its components.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

use app_manifest::App;
use app_manifest::Executor;
use app_manifest::HttpTarget;
use app_manifest::RequestOrigin;
use app_manifest::RouteMatch;
use app_manifest::Router;
use app_manifest::set_spin_headers;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Uri;
use http::header;
use plugbay::CommandLine;
use plugbay::ErrorCode;
use plugbay::Exchange;
use plugbay::MessageBody;
use plugbay::NotTaken;
use plugbay::Unanswered;
use tokio::sync::oneshot;

use super::body::Sender;
use super::fixed::plain;
use super::framing::framed;
use super::request_id;
use super::request_id::X_REQUEST_ID;
use crate::meters::ComponentMeters;
use crate::meters::Meters;
use crate::meters::is_late;
use crate::senders::Senders;

/// The client of a request that comes from within.
pub(crate) const NOBODY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Where a request comes from.
#[derive(Clone, Copy)]
pub(crate) enum Side<'s> {
  /// From a client, which sends its body.
  Outer(&'s Sender),
  /// From a component of the app, for whose answers all lanes may wait.
  Inner,
}

/// An app as requests see it.
pub(crate) struct Site {
  app: App,
  variables: BTreeMap<String, String>,
  router: Router,
  /// Where the requests of a component go, by its place in the app.
  queues: Vec<Option<Senders>>,
  /// What is counted of each component, by its place in the app.
  meters: Vec<ComponentMeters>,
  /// How many bytes the body of a request may have.
  pub(crate) max_body: u64,
}

impl Site {
  /// `variables` has the values of the app's variables, and `queues` that of each component that is called, by its
  /// place in the app.
  pub(crate) fn new(
    app: App,
    variables: BTreeMap<String, String>,
    router: Router,
    queues: Vec<Option<Senders>>,
    meters: &Meters,
    max_body: u64,
  ) -> Self {
    let meters = app.components.iter().map(|component| meters.component(&component.id)).collect();
    Self { app, variables, router, queues, meters, max_body }
  }

  /// The values of the app's variables.
  pub(crate) fn variables(&self) -> &BTreeMap<String, String> {
    &self.variables
  }

  /// How many requests wait for a lane, by component. Components that share lanes share what waits.
  pub(crate) fn queued(&self) -> impl Iterator<Item = (&str, usize)> {
    let named = self.app.components.iter().map(|component| &*component.id).zip(&self.queues);
    named.filter_map(|(id, queue)| Some((id, queue.as_ref()?.outer.waiting())))
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

  /// Has a component take a message, which is the body of a request.
  pub(crate) async fn tell(&self, component: &str, mut message: Request<MessageBody>) -> StatusCode {
    request_id::take(message.headers_mut());
    self.ask(component, message, None, Side::Outer(&Sender::default())).await.status()
  }

  /// Has a component answer a request.
  pub(crate) async fn ask(
    &self,
    component: &str,
    request: Request<MessageBody>,
    command: Option<CommandLine>,
    side: Side<'_>,
  ) -> Response<MessageBody> {
    let number = self.app.components.iter().position(|known| known.id == component);
    let queue = number.and_then(|number| Some((number, self.queues[number].as_ref()?)));
    let Some((number, senders)) = queue else { return plain(StatusCode::NOT_FOUND, "") };
    let (meters, began) = (&self.meters[number], Instant::now());
    let _in_flight = meters.begin();
    let id = request.headers().get(X_REQUEST_ID).cloned();
    let (answer, answered) = oneshot::channel();
    let exchange = Exchange { handler: number as u32, command, request, answer };
    let (sent, within) = match side {
      Side::Outer(sender) => (senders.send_from_outside(exchange).await, sender),
      Side::Inner => (senders.send_from_inside(exchange), &Sender::default()),
    };
    let response = match sent {
      Ok(()) => match in_time(answered, senders.deadline, began, within).await {
        Ok(response) => response,
        Err(unanswered) => {
          let request_id = id.as_ref().map_or("-", request_id::text);
          tracing::error!(target: "handler", component, request_id, "{}", unanswered.message);
          meters.failed(&unanswered.code);
          let status = match () {
            () if within.is_too_long() || unanswered.code == ErrorCode::HttpBodyLimit.code() => {
              StatusCode::PAYLOAD_TOO_LARGE
            }
            () if within.has_broken_off() => StatusCode::BAD_REQUEST,
            () if is_late(&unanswered.code) => StatusCode::GATEWAY_TIMEOUT,
            () => StatusCode::INTERNAL_SERVER_ERROR,
          };
          plain(status, "")
        }
      },
      Err(NotTaken::Full) => {
        meters.refused.inc();
        let mut busy = plain(StatusCode::SERVICE_UNAVAILABLE, "too many requests wait\n");
        busy.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        busy
      }
      Err(NotTaken::Closed) => plain(StatusCode::SERVICE_UNAVAILABLE, "the app is being ended\n"),
    };
    meters.answered(response.status(), began.elapsed());
    response
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
    request_id::take(request.headers_mut());
    set_spin_headers(request.headers_mut(), &RouteMatch::chained(trigger, uri.path()), origin_of(&uri, NOBODY));
    let has_body = request.method() != Method::HEAD;
    Ok(framed(self.ask(component, request, None, Side::Inner).await, has_body))
  }
}

/// An answer, if it comes in time: what the client takes to send the request's body is not counted.
///
/// # Errors
///
/// Why there is none.
async fn in_time(
  answered: oneshot::Receiver<Result<Response<MessageBody>, Unanswered>>,
  deadline: Option<Duration>,
  began: Instant,
  sender: &Sender,
) -> Result<Response<MessageBody>, Unanswered> {
  let late = |deadline: Duration| Unanswered {
    code: ErrorCode::CallDeadline.code().to_string(),
    message: format!("it has not answered within {} ms", deadline.as_millis()),
  };
  let left = |deadline: Duration| (deadline + sender.pauses()).saturating_sub(began.elapsed());
  let given_up = async {
    let Some(deadline) = deadline else { return std::future::pending().await };
    loop {
      match left(deadline) {
        Duration::ZERO => return deadline,
        left => tokio::time::sleep(left).await,
      }
    }
  };
  tokio::select! {
    biased;
    answer = answered => answer.unwrap_or_else(|_| Err(match deadline {
      // Its lane was ended for it.
      Some(deadline) if left(deadline).is_zero() => late(deadline),
      _ => Unanswered { code: String::new(), message: "its lane has ended before it answered".to_string() },
    })),
    deadline = given_up => Err(late(deadline)),
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
