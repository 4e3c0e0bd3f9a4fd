//! WebAssembly guests in other languages than Rust, built with what `cargo xtask test` has found.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;
use crate::harness::wasm_tool;

/// The value of a line of the toolchain's file; says that the test is skipped when it is not there.
pub(crate) fn tool(name: &str, what: &str) -> Option<String> {
  let found = wasm_tool(name);
  if found.is_none() {
    eprintln!("skipped: no {what} for WebAssembly; run the tests with `cargo xtask test`, which says what is missing");
  }
  found
}

/// Runs a script of a fixture's, which prints `ok` at the end.
pub(crate) fn check(mut command: Command, script: &Path, arguments: &[&Path]) {
  let printed = succeed(command.arg(script).args(arguments));
  assert!(printed.ends_with("ok\n"), "{printed}");
}

/// The command, to run a script that may do so much.
pub(crate) fn with_flag(flag: &str) -> Command {
  let mut command = plugbay();
  command.args(["run", flag]);
  command
}

/// Compiles C, with the flags that say what becomes of it.
pub(crate) fn compile(compiler: &str, flags: &[&str], source: &Path, output: &Path) {
  let mut command = Command::new(compiler);
  command.args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-I"]).arg(root().join("plugin_api/include"));
  succeed(command.args(flags).arg("-o").arg(output).arg(source));
}

#[test]
fn a_guest_in_c_does_what_the_same_source_does_as_a_library() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let sources = root().join("tests/fixtures/c_guest");
  let (source, script) = (sources.join("guest.c"), sources.join("check.js"));

  let library = temp.path().join(format!("libc_guest{}", std::env::consts::DLL_SUFFIX));
  compile("cc", &["-O2", "-fPIC", "-shared"], &source, &library);
  check(with_flag("--allow-plugin"), &script, &[&library, Path::new("native")]);

  let Some(clang) = tool("PLUGBAY_WASM_CLANG", "C compiler") else { return };
  let module = temp.path().join("c_guest.wasm");
  for level in ["-O0", "-O2", "-Oz"] {
    let linking = ["-nostdlib", "-Wl,--no-entry", "-Wl,--export-dynamic", "-Wl,--strip-all"];
    compile(&clang, &[&["--target=wasm32", level], &linking[..]].concat(), &source, &module);
    check(with_flag("--allow-read"), &script, &[&module, Path::new("wasm")]);
  }
}

#[test]
fn guests_in_assemblyscript_are_called_with_numbers_and_with_bytes() {
  let Some(asc) = tool("PLUGBAY_WASM_ASC", "AssemblyScript") else { return };
  let temp = tempfile::tempdir().expect("a folder can be made");
  let sources = root().join("tests/fixtures/assemblyscript");
  let build = |name: &str, flags: &[&str]| -> PathBuf {
    let module = temp.path().join(name).with_extension("wasm");
    let mut command = Command::new("node");
    // Its paths are those of the folder that it runs in.
    command.arg(&asc).arg(name).current_dir(&sources).arg("-o").arg(&module);
    succeed(command.args(["-Osize", "--runtime", "stub", "--use", "abort="]).args(flags));
    module
  };
  let (plain, world) = (build("guest.ts", &[]), build("world.ts", &["--exportTable"]));
  check(with_flag("--allow-read"), &sources.join("check.js"), &[&plain, &world]);
}
