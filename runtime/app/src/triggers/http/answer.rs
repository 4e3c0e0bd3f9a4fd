//! What becomes of a request: its route, the component behind it, and the answer.

use std::net::SocketAddr;

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
use hyper::body::Incoming;
use plugbay::MessageBody;
use plugbay::message_body;
use serde_json::json;

use super::fixed::plain;
use super::fixed::static_response;
use super::site::Site;
use super::site::origin_of;
use super::wagi;

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
  pub(crate) client: SocketAddr,
  pub(crate) scheme: &'static str,
}

/// The answer to a request; there always is one.
pub(crate) async fn answer(site: &Site, mut request: Request<Incoming>, peer: Peer) -> Response<MessageBody> {
  let Some(uri) = absolute(&request, peer) else {
    return plain(StatusCode::BAD_REQUEST, "the request does not say which host is meant\n");
  };
  if request.method() == Method::CONNECT {
    return plain(StatusCode::NOT_IMPLEMENTED, "");
  }
  *request.uri_mut() = uri.clone();
  if let Some(host) = uri.authority().and_then(|authority| HeaderValue::from_str(authority.as_str()).ok()) {
    request.headers_mut().insert(header::HOST, host);
  }
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
      let origin = origin_of(&uri, peer.client);
      if let Executor::Wagi(wagi) = &trigger.executor {
        return wagi::run(site, component, wagi, &found, request, origin).await;
      }
      set_spin_headers(request.headers_mut(), &found, origin);
      site.ask(component, request.map(message_body), None).await
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
  if authority.as_str().contains('@') || has_port && authority.port_u16().is_none() {
    return None;
  }
  parts.authority = Some(authority);
  parts.scheme = Some(peer.scheme.parse().ok()?);
  let path = parts.path_and_query.filter(|path| path.as_str().starts_with('/'));
  parts.path_and_query = Some(path.unwrap_or_else(|| http::uri::PathAndQuery::from_static("/")));
  Uri::from_parts(parts).ok()
}
