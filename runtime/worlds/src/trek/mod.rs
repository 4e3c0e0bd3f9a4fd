use crate::Module;
use crate::World;

/// The world of wasm_manager: its guests import from the module `trek`, and each function that they export is an op.
#[derive(Debug)]
pub struct Trek;

impl World for Trek {
  fn name(&self) -> &str {
    "trek"
  }

  fn claims(&self, module: &dyn Module) -> bool {
    module.imports_from("trek")
  }

  fn script(&self) -> Option<&str> {
    Some(include_str!("trek.js"))
  }
}
