//! What a component may make requests to: `allowed_outbound_hosts`, other components of its app among them.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::Weak;

use app_manifest::OutboundHosts;
use app_manifest::chained_component;
use futures::FutureExt;
use http::Request;
use plugbay::Answered;
use plugbay::Reach;
use plugbay::RequestBody;
use plugbay::RequestFailure;
use plugbay::Url;
use plugbay::message_body;

use crate::triggers::http::site::Site;

/// The site of a generation, for its components: it is there when all of them are open.
pub(crate) type SiteLink = Arc<OnceLock<Weak<Site>>>;

/// The network of a component.
pub(crate) struct Network {
  pub(crate) component: String,
  pub(crate) hosts: OutboundHosts,
  pub(crate) site: SiteLink,
}

impl Reach for Network {
  fn check(&self, url: &Url) -> Result<(), String> {
    let (scheme, host, port) = (url.scheme(), url.host_str().unwrap_or_default(), url.port_or_known_default());
    if self.hosts.allows(scheme, host, port) {
      return Ok(());
    }
    let entry = OutboundHosts::entry_for(scheme, host, port);
    let told = format!(
      "it may not make requests to {entry}; add {entry:?} to allowed_outbound_hosts of component {}",
      self.component
    );
    tracing::warn!(target: "handler", component = self.component, "{told}");
    Err(told)
  }

  fn answer(&self, request: Request<RequestBody>) -> Answered {
    let Some(component) = request.uri().host().and_then(chained_component).map(str::to_string) else {
      return Err(Box::new(request));
    };
    let site = self.site.get().and_then(Weak::upgrade);
    let answer = async move {
      match site {
        Some(site) => site.answer_chained(&component, request.map(message_body)).await,
        None => Err(format!("component {component} is not served any more")),
      }
    };
    Ok(answer.map(|answer| answer.map_err(|message| RequestFailure { code: "destination-not-found", message })).boxed())
  }
}
