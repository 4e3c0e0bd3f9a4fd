//! What the runtime's own JavaScript must not do: see `lint/rules.js`.

use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::runtime_scripts;
use crate::harness::succeed;
use crate::harness::typescript;

#[test]
fn the_runtime_asks_no_prototype_of_a_script() {
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(root().join("tests/lint/lint.js")).arg(typescript());
  succeed(command.args(runtime_scripts()));
}

#[test]
fn the_lint_finds_one_of_each_kind() {
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(root().join("tests/lint/check_faults.js")).arg(typescript());
  succeed(command.arg(root().join("tests/lint/faults.js")));
}
