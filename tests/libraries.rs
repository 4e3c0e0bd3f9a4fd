//! How native libraries are loaded: what they find beside them, and who finds them.

use std::path::PathBuf;
use std::process::Command;

use crate::harness::describe;
use crate::harness::fixtures;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

const PLUGIN: &str = r#"
#include "plugbay.h"
PLUGBAY_PLUGIN("beside", "1.0.0");
int answer(void);
static void ask(void *data, const plugbay_call *call, plugbay_buffer *buffers, size_t count, plugbay_outcome *outcome) {
  (void)data, (void)call;
  if (count > 0) buffers[0].ptr[0] = (uint8_t)answer();
  outcome->kind = PLUGBAY_OUTCOME_SYNC;
  outcome->payload.buffer = (plugbay_buffer){0};
}
uint32_t deno_plugin_init(const plugbay_host_table *host, uint64_t instance) {
  plugbay_op_definition op = {.size = sizeof op, .name = {(const uint8_t *)"ask", 3}, .encoding = PLUGBAY_ENCODING_BYTES, .call = ask};
  return host->register_op(instance, &op) == 0;
}
"#;

const SCRIPT: &str = "
const plugin = Deno.openPlugin(Deno.args[0]), bytes = new Uint8Array(1);
plugin.ops.ask(bytes);
console.log(bytes[0]);
plugin.close();
";

/// A plugin in C that needs a library in a folder beside it, and a script that asks it for the library's answer.
struct Beside {
  folder: tempfile::TempDir,
}

impl Beside {
  /// `soname` is the one of the library, `needs` are the linker's arguments for it.
  fn new(soname: Option<&str>, needs: &[&str]) -> Self {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let this = Self { folder };
    let libraries = this.path("libraries");
    std::fs::create_dir(&libraries).expect("a folder can be made");
    for (name, text) in [("plugin.c", PLUGIN), ("answer.c", "int answer(void) { return 42; }"), ("script.js", SCRIPT)] {
      std::fs::write(this.path(name), text).expect("a file can be written");
    }
    let soname = soname.map(|soname| format!("-Wl,-soname,{soname}"));
    this.compile("answer.c", "libraries/libanswer.so", soname.as_deref().as_slice());
    this.compile("plugin.c", "libbeside.so", needs);
    this
  }

  fn path(&self, name: &str) -> PathBuf {
    self.folder.path().join(name)
  }

  fn compile(&self, source: &str, library: &str, arguments: &[&str]) {
    let mut cc = Command::new("cc");
    cc.current_dir(&self.folder).args(["-fPIC", "-shared", source, "-o", library, "-Llibraries", "-I"]);
    succeed(cc.arg(root().join("plugin_api/include")).args(arguments));
  }

  fn run(&self) -> Command {
    let mut command = plugbay();
    command.args(["run", "--allow-plugin"]).arg(self.path("script.js")).arg(self.path("libbeside.so"));
    command.current_dir("/");
    command
  }
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_beside_a_plugin_is_found() {
  for origin in [
    "$ORIGIN/libraries",
    "${ORIGIN}/libraries",
    "/nowhere:$ORIGIN/nowhere:$ORIGIN/../$ORIGIN/libraries:$ORIGIN/libraries",
  ] {
    for tag in ["--enable-new-dtags", "--disable-new-dtags"] {
      let path = format!("-Wl,{tag},-rpath,{origin}");
      let beside = Beside::new(Some("libanswer.so"), &["-lanswer", &path]);
      assert_eq!(succeed(&mut beside.run()), "42\n", "{origin}");
    }
  }
}

#[test]
#[cfg(target_os = "linux")]
fn a_library_that_is_not_found_is_named_with_its_folder() {
  let in_libraries = ["-lanswer", "-Wl,-rpath,$ORIGIN/libraries"];
  let missing = Beside::new(Some("libanswer.so"), &in_libraries);
  std::fs::remove_file(missing.path("libraries/libanswer.so")).expect("it was there");
  // The loader finds what is open by its soname only.
  let nameless = Beside::new(None, &in_libraries);
  let by_path = Beside::new(Some("$ORIGIN/libraries/libanswer.so"), &["-lanswer"]);
  for (beside, says) in
    [(&missing, "stands for $ORIGIN"), (&nameless, "soname"), (&by_path, "link it to the name alone")]
  {
    let output = beside.run().output().expect("it runs");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("ERR_PLUGIN_LOAD") || printed.contains("cannot load plugin"), "{}", describe(&output));
    assert!(printed.contains("libanswer.so") && printed.contains(says), "{}", describe(&output));
    assert!(!printed.contains("/proc/"), "{}", describe(&output));
  }
}

/// A panic in a plugin prints a stack whose functions are found in the file that the loader names, as debuggers find
/// them.
#[test]
#[cfg(target_os = "linux")]
fn symbols_of_an_open_plugin_are_found() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let script = temp.path().join("script.js");
  // The file itself is not needed any more.
  let library = temp.path().join("libop_panics.so");
  std::fs::copy(fixtures().join("examples/libop_panics.so"), &library).expect("it was built");
  let text = "
    const path = Deno.args[0], { ops } = Deno.openPlugin(path);
    Deno.removeSync(path);
    try { ops.panic_sync(); } catch { console.log('caught'); }
  ";
  std::fs::write(&script, text).expect("a file can be written");
  let mut command = plugbay();
  command.args(["run", "--allow-plugin", "--allow-write"]).arg(&script).arg(&library).env("RUST_BACKTRACE", "1");
  let output = command.output().expect("it runs");
  let printed = String::from_utf8_lossy(&output.stderr);
  assert!(output.stdout.starts_with(b"caught") && printed.contains("op_panics::panic_sync"), "{}", describe(&output));
}
