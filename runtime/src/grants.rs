//! What a program grants a handler or its script besides permissions.

use std::fmt;
use std::sync::Arc;

use deno_core::OpState;
use plugbay_http::Instances;
use plugbay_http::Reach;
use plugbay_services::Granted;

/// What a handler is granted besides what options grant a plugin, or permissions a script.
#[derive(Clone, Default)]
pub struct HandlerGrants {
  /// Stores, databases and variables.
  pub services: Option<Granted>,
  /// Who decides which URLs it may make requests to. `options.wasi.net` says what its sockets may reach.
  pub reach: Option<Arc<dyn Reach>>,
  /// Who counts the instances of a plugin that is WebAssembly.
  pub instances: Option<Arc<dyn Instances>>,
}

impl fmt::Debug for HandlerGrants {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let Self { services, reach, instances } = self;
    let mut shown = f.debug_struct("HandlerGrants");
    shown.field("services", &services.is_some()).field("reach", &reach.is_some());
    shown.field("instances", &instances.is_some()).finish()
  }
}

impl HandlerGrants {
  /// Has the script of an isolate be granted it.
  pub(crate) fn give_to_script(self, state: &mut OpState) {
    if let Some(services) = self.services {
      plugbay_services::grant_to_script(state, services);
    }
    if let Some(reach) = self.reach {
      plugbay_http::give_to_script(state, reach);
    }
  }
}
