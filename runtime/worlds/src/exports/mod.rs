use crate::Module;
use crate::World;

/// The world of all other modules: each function that they export is an op.
#[derive(Debug)]
pub struct Exports;

impl World for Exports {
  fn name(&self) -> &str {
    "exports"
  }

  fn claims(&self, _module: &dyn Module) -> bool {
    true
  }

  fn script(&self) -> Option<&str> {
    None
  }
}
