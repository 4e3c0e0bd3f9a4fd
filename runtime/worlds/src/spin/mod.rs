use crate::Module;
use crate::World;

/// The world of apps that were built for Spin before components: modules of wit-bindgen's first ABI, which export
/// `handle-http-request`, so that `plugin.handle()` has one answer a request, or `handle-redis-message`.
#[derive(Debug)]
pub struct Spin;

impl World for Spin {
  fn name(&self) -> &str {
    "spin"
  }

  fn claims(&self, module: &dyn Module) -> bool {
    let is_called = module.exports("handle-http-request") || module.exports("handle-redis-message");
    is_called && module.exports("canonical_abi_realloc")
  }

  fn script(&self) -> Option<&str> {
    None
  }
}
