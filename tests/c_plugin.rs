//! A plugin in C, built with the system's compiler against plugbay.h.

use std::process::Command;

use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

#[test]
fn a_plugin_in_c_is_opened_called_and_closed() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let library = temp.path().join(format!("libc_plugin{}", std::env::consts::DLL_SUFFIX));
  let sources = root().join("tests/fixtures/c");
  succeed(
    Command::new("cc")
      .args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-o"])
      .arg(&library)
      .arg(sources.join("plugin.c"))
      .arg("-I")
      .arg(root().join("plugin_api/include")),
  );
  let printed = succeed(plugbay().args(["run", "--allow-plugin"]).arg(sources.join("test.js")).arg(&library));
  assert!(printed.ends_with("ok\n"), "{printed}");
}
