//! A world of guests that the tests add.

use plugbay::Module;
use plugbay::World;

/// Modules that import from `toy` and export `answer`.
#[derive(Debug)]
pub struct Toy;

impl World for Toy {
  fn name(&self) -> &str {
    "toy"
  }

  fn claims(&self, module: &dyn Module) -> bool {
    module.imports_from("toy") && module.exports("answer")
  }

  fn script(&self) -> Option<&str> {
    Some(include_str!("toy.js"))
  }
}
