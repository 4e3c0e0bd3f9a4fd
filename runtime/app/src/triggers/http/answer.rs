//! What becomes of a request: its route, the component behind it, and the answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use app_manifest::App;
use app_manifest::Executor;
use app_manifest::HttpTarget;
use app_manifest::TriggerConfig;
use app_manifest::WELL_KNOWN_PREFIX;
use app_manifest::set_spin_headers;
use http::HeaderValue;
use http::Method;
use http::Request;
use http::Response;
use http::StatusCode;
use http::Uri;
use http::header;
use http::uri::Authority;
use http_body_util::Empty;
use hyper::body::Body;
use hyper::body::Incoming;
use plugbay::MessageBody;
use plugbay::message_body;
use serde_json::json;

use super::body::Received;
use super::body::Sender;
use super::connections::Busy;
use super::fixed::plain;
use super::fixed::static_response;
use super::framing::framed;
use super::heads::MAX_HEADERS;
use super::heads::is_host;
use super::request_id;
use super::request_id::X_REQUEST_ID;
use super::site::NOBODY;
use super::site::Side;
use super::site::Site;
use super::site::origin_of;
use super::wagi;

/// Headers that a request is given.
const MAX_TOLD: usize = 10;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
  pub(crate) client: SocketAddr,
  pub(crate) scheme: &'static str,
}

/// The answer to a request; there always is one, which says what the request is called. The connection is `busy` until
/// the body is read too.
pub(crate) async fn answer(
  site: Option<Arc<Site>>,
  mut request: Request<Incoming>,
  peer: Peer,
  busy: &Busy,
) -> Response<MessageBody> {
  // Those of HTTP/1 are counted when they are read.
  let has_too_many_headers = request.headers().len() > MAX_HEADERS;
  // What is told of it besides has room at once.
  request.headers_mut().reserve(MAX_TOLD);
  let id = request_id::take(request.headers_mut());
  let logged = tracing::enabled!(target: "access", tracing::Level::INFO)
    .then(|| (Instant::now(), request.method().clone(), request.uri().path().to_string()));
  let mut response = match &site {
    _ if has_too_many_headers => plain(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, ""),
    Some(site) => answer_of(site, request, peer, busy).await,
    None => plain(StatusCode::SERVICE_UNAVAILABLE, "the app is being ended\n"),
  };
  if let Some((began, method, path)) = logged {
    let (request_id, status) = (request_id::text(&id), response.status().as_u16());
    let milliseconds = began.elapsed().as_secs_f64() * 1000.0;
    tracing::info!(target: "access", request_id, client = %peer.client, %method, path, status, milliseconds, "answered");
  }
  response.headers_mut().insert(X_REQUEST_ID, id);
  response
}

async fn answer_of(site: &Site, mut request: Request<Incoming>, peer: Peer, busy: &Busy) -> Response<MessageBody> {
  let Some(uri) = absolute(&request, peer) else {
    return plain(StatusCode::BAD_REQUEST, "the request does not say which host is meant\n");
  };
  if request.method() == Method::CONNECT {
    return plain(StatusCode::NOT_IMPLEMENTED, "");
  }
  *request.uri_mut() = uri.clone();
  let host = uri.authority().map_or("", |authority| authority.as_str());
  if request.headers().get(header::HOST).is_none_or(|named| named != host)
    && let Ok(host) = HeaderValue::from_str(host)
  {
    request.headers_mut().insert(header::HOST, host);
  }
  if request.body().size_hint().lower() > site.max_body {
    return plain(StatusCode::PAYLOAD_TOO_LARGE, "");
  }
  let sender = (!request.body().is_end_stream()).then(Arc::<Sender>::default);
  let request = request.map(|body| match &sender {
    None => message_body(Empty::new()),
    Some(sender) => message_body(Received::new(body, site.max_body, sender.clone(), busy.share())),
  });
  let nobody = Sender::default();
  routed(site, request, uri, peer.client, Side::Outer(sender.as_deref().unwrap_or(&nobody))).await
}

/// The answer to a request that a component makes to its own app.
pub(crate) async fn answer_own(site: &Site, mut request: Request<MessageBody>) -> Response<MessageBody> {
  request_id::take(request.headers_mut());
  let uri = request.uri().clone();
  routed(site, request, uri, NOBODY, Side::Inner).await
}

/// The answer of what a route leads to. The request's URI, which is absolute, is `uri`.
async fn routed(
  site: &Site,
  request: Request<MessageBody>,
  uri: Uri,
  client: SocketAddr,
  side: Side<'_>,
) -> Response<MessageBody> {
  let has_body = request.method() != Method::HEAD;
  framed(answer_of_route(site, request, uri, client, side).await, has_body)
}

async fn answer_of_route(
  site: &Site,
  mut request: Request<MessageBody>,
  uri: Uri,
  client: SocketAddr,
  side: Side<'_>,
) -> Response<MessageBody> {
  if let Some(name) = uri.path().strip_prefix(WELL_KNOWN_PREFIX) {
    return well_known(site.app(), name);
  }
  let Some(found) = site.route(uri.path()) else { return plain(StatusCode::NOT_FOUND, "") };
  let TriggerConfig::Http(trigger) = &site.app().triggers[found.trigger()].config else {
    return plain(StatusCode::NOT_FOUND, "");
  };
  match &trigger.target {
    HttpTarget::Static(response) => static_response(response),
    HttpTarget::Component(component) => {
      let origin = origin_of(&uri, client);
      if let Executor::Wagi(wagi) = &trigger.executor {
        // It is large, and the others have to have room for it.
        return Box::pin(wagi::run(site, component, wagi, &found, request, origin, side)).await;
      }
      set_spin_headers(request.headers_mut(), &found, origin);
      site.ask(component, request, None, side).await
    }
  }
}

fn well_known(app: &App, name: &str) -> Response<MessageBody> {
  match name {
    "health" => plain(StatusCode::OK, "OK"),
    "info" => {
      let info = json!({ "name": app.name, "version": app.version });
      let mut response = plain(StatusCode::OK, &format!("{info:#}"));
      response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
      response
    }
    _ => plain(StatusCode::NOT_FOUND, ""),
  }
}

/// The URI with scheme and authority: that of the request line if it has one, or the header's. Nothing where it is not
/// clear which host is meant.
fn absolute(request: &Request<Incoming>, peer: Peer) -> Option<Uri> {
  let mut parts = request.uri().clone().into_parts();
  let mut hosts = request.headers().get_all(header::HOST).iter();
  let named = hosts.next().map(|host| host.to_str().ok()?.parse::<Authority>().ok());
  if hosts.next().is_some() {
    return None;
  }
  let authority = match (parts.authority.take(), named) {
    (Some(authority), _) => authority,
    (None, named) => named??,
  };
  let has_port = authority.as_str().rsplit_once(']').map_or(authority.as_str(), |(_, port)| port).contains(':');
  if authority.as_str().contains('@') || has_port && authority.port_u16().is_none() || !is_host(authority.host()) {
    return None;
  }
  parts.authority = Some(authority);
  parts.scheme = Some(peer.scheme.parse().ok()?);
  let path = parts.path_and_query.filter(|path| path.as_str().starts_with('/'));
  parts.path_and_query = Some(path.unwrap_or_else(|| http::uri::PathAndQuery::from_static("/")));
  Uri::from_parts(parts).ok()
}
