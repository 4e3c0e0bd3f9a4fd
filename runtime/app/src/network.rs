//! What a component may make requests to: `allowed_outbound_hosts`, other components of its app among them.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::Weak;

use app_manifest::IpNet;
use app_manifest::OutboundHosts;
use app_manifest::chained_component;
use app_manifest::is_own_host;
use futures::FutureExt;
use http::Request;
use http::StatusCode;
use hyper::body::Body as _;
use plugbay::Answered;
use plugbay::Depth;
use plugbay::Reach;
use plugbay::RequestBody;
use plugbay::RequestFailure;
use plugbay::Url;
use plugbay::message_body;
use plugbay::services::Servers;
use tokio::sync::Semaphore;

use crate::triggers::http::answer::answer_own;
use crate::triggers::http::body::Sent;
use crate::triggers::http::fixed::plain;
use crate::triggers::http::request_id;
use crate::triggers::http::request_id::X_REQUEST_ID;
use crate::triggers::http::site::Site;

/// How many components may ask one another, so that one that asks itself comes to an end.
const MAX_DEPTH: u32 = 32;
/// How many requests a component may have at its own app at once, those among them whose answers are written still. Who
/// hands on what it is asked to something that has no depth, such as a loop of a module's top level, comes to an end by
/// this.
const MAX_ASKED: usize = 1024;

/// The site of a generation, for its components: it is there when all of them are open.
pub(crate) type SiteLink = Arc<OnceLock<Weak<Site>>>;

/// The network of a component.
pub(crate) struct Network {
  component: String,
  hosts: OutboundHosts,
  /// To which it does not connect, whatever name leads there.
  denied: Vec<IpNet>,
  site: SiteLink,
  /// For each request that it may yet make to its own app.
  room: Arc<Semaphore>,
}

impl Reach for Network {
  fn check(&self, url: &Url) -> Result<(), String> {
    if !url.username().is_empty() || url.password().is_some() {
      return Err("a URL has no user and no password: send them in the header authorization".to_string());
    }
    let (scheme, host, port) = (url.scheme(), url.host_str().unwrap_or_default(), url.port_or_known_default());
    let is_allowed = match is_own_host(host) {
      true => self.hosts.allows_self(scheme),
      false => self.hosts.allows(scheme, host, port),
    };
    if is_allowed {
      return Ok(());
    }
    let entry = OutboundHosts::entry_for(scheme, host, port);
    Err(format!(
      "it may not make requests to {entry}; add {entry:?} to allowed_outbound_hosts of component {}",
      self.component
    ))
  }

  fn denied(&self) -> Vec<String> {
    self.denied.iter().map(ToString::to_string).collect()
  }

  fn was_denied(&self, host: &str) -> String {
    format!(
      "{host} leads to an address that is not public; add that, or its network, to allowed_outbound_hosts of component \
       {}, such as \"*://10.0.0.0/8:*\", if it is meant",
      self.component
    )
  }

  fn log_refusal(&self, why: &str, request: Option<&str>) {
    self.log(why, request);
  }

  fn answer(&self, mut request: Request<RequestBody>) -> Answered {
    let host = request.uri().host().unwrap_or_default();
    let to = match chained_component(host).map(str::to_string) {
      None if !is_own_host(host) => return Err(Box::new(request)),
      to => to,
    };
    let depth = Depth::of(request.extensions()).0 + 1;
    if depth > MAX_DEPTH {
      let told = format!("components of an app ask one another no more than {MAX_DEPTH} deep");
      let id = request.headers().get(X_REQUEST_ID).map(request_id::text);
      self.log(&format!("{} is not asked: {told}", request.uri()), id);
      return Ok(async move { Ok(plain(StatusCode::LOOP_DETECTED, &format!("{told}\n"))) }.boxed());
    }
    request.extensions_mut().insert(Depth(depth));
    let Ok(asked) = self.room.clone().try_acquire_owned() else {
      let told = format!("a component has no more than {MAX_ASKED} requests at its own app at once");
      let id = request.headers().get(X_REQUEST_ID).map(request_id::text);
      self.log(&format!("{} is not asked: {told}", request.uri()), id);
      return Ok(async move { Ok(plain(StatusCode::SERVICE_UNAVAILABLE, &format!("{told}\n"))) }.boxed());
    };
    let site = self.site.get().and_then(Weak::upgrade);
    let component = self.component.clone();
    let answer = async move {
      let Some(site) = site else { return Err(format!("component {component} is not served any more")) };
      let answer = match to {
        Some(chained) => site.answer_chained(&chained, request.map(message_body)).await?,
        None => answer_own(&site, request.map(message_body)).await,
      };
      // One that is whole waits for nothing more.
      Ok(match answer.body().size_hint().exact() {
        Some(_) => answer,
        None => answer.map(|body| message_body(Sent::new(body, asked))),
      })
    };
    Ok(answer.map(|answer| answer.map_err(|message| RequestFailure { code: "destination-not-found", message })).boxed())
  }
}

impl Network {
  /// Of a component that may connect to these.
  pub(crate) fn new(component: String, hosts: OutboundHosts, site: SiteLink) -> Self {
    let room = Arc::new(Semaphore::new(MAX_ASKED));
    Self { component, denied: hosts.denied_networks(), hosts, site, room }
  }

  fn log(&self, told: &str, request_id: Option<&str>) {
    tracing::warn!(target: "handler", component = self.component, request_id, "{told}");
  }
}

impl Servers for Network {
  fn check(&self, scheme: &str, host: &str, port: u16) -> Result<(), String> {
    if self.hosts.allows(scheme, host, Some(port)) {
      return Ok(());
    }
    let entry = OutboundHosts::entry_for(scheme, host, Some(port));
    Err(format!(
      "it may not connect to {entry}; add {entry:?} to allowed_outbound_hosts of component {}",
      self.component
    ))
  }

  fn check_address(&self, host: &str, address: IpAddr) -> Result<(), String> {
    match self.denied.iter().any(|network| network.contains(&address)) {
      true => Err(self.was_denied(host)),
      false => Ok(()),
    }
  }

  fn log_refusal(&self, why: &str, request: Option<&str>) {
    self.log(why, request);
  }
}
