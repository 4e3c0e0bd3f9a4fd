//! What native plugins have of the app's services: what the script has that opens them.

use std::sync::Arc;

use plugbay_native::ServiceAnswer;
use plugbay_native::Services;
use plugbay_services::PluginServices;

use crate::host::Host;

struct OfPlugin(PluginServices);

impl Services for OfPlugin {
  fn begin(&self, request: &[u8]) -> ServiceAnswer {
    self.0.begin(request)
  }
}

/// Those of a plugin that is being opened.
pub(crate) fn services_of(host: &Host) -> Arc<dyn Services> {
  Arc::new(OfPlugin(PluginServices::new(host.plugin_grants.clone())))
}
