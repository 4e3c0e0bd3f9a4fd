//! A plugin in C, built with the system's compiler against plugbay.h.

use std::process::Command;
use std::process::Output;

use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

#[test]
fn a_plugin_in_c_is_opened_called_and_closed() {
  run("plugin.c", "test.js");
}

#[cfg(target_os = "linux")]
#[test]
fn a_plugin_that_asks_v8_itself_is_told_what_to_do() {
  run("gc_stats.c", "gc_stats.js");
}

#[test]
fn a_plugin_is_closed_when_the_script_exits() {
  let output = output("plugin.c", "exit.js");
  assert_eq!(output.status.code(), Some(7), "{output:?}");
  assert_eq!(String::from_utf8_lossy(&output.stdout), "before\ndeinit\n");
}

/// Compiles a plugin and runs a script with it.
fn run(source: &str, script: &str) {
  let output = output(source, script);
  let printed = String::from_utf8_lossy(&output.stdout);
  assert!(output.status.success() && printed.ends_with("ok\n"), "{output:?}");
}

fn output(source: &str, script: &str) -> Output {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let library = temp.path().join(format!("libc_plugin{}", std::env::consts::DLL_SUFFIX));
  let sources = root().join("tests/fixtures/c");
  succeed(
    Command::new("cc")
      .args(["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-o"])
      .arg(&library)
      .arg(sources.join(source))
      .arg("-I")
      .arg(root().join("plugin_api/include")),
  );
  let mut command = plugbay();
  command.args(["run", "--allow-plugin"]).arg(sources.join(script)).arg(&library);
  command.output().expect("plugbay runs")
}
