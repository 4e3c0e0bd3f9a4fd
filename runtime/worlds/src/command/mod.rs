use crate::Module;
use crate::World;

/// The world of WASI's commands, which `plugin.run()` runs.
#[derive(Debug)]
pub struct Command;

impl World for Command {
  fn name(&self) -> &str {
    "command"
  }

  fn claims(&self, module: &dyn Module) -> bool {
    module.exports("_start") && module.imports_from("wasi_snapshot_preview1")
  }

  fn script(&self) -> Option<&str> {
    None
  }
}
