use crate::Module;
use crate::World;

/// The world of guests that plugin_api or plugbay.h made: they register their ops as native plugins do.
#[derive(Debug)]
pub struct Plugbay;

impl World for Plugbay {
  fn name(&self) -> &str {
    "plugbay"
  }

  fn claims(&self, module: &dyn Module) -> bool {
    module.exports("PLUGBAY_PLUGIN_ABI")
  }

  fn script(&self) -> Option<&str> {
    None
  }
}
