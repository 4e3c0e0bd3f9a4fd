//! Components in other languages than Rust, built from source with what `cargo xtask test` has found.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use wit_parser::Resolve;

use crate::guests::check;
use crate::guests::tool;
use crate::guests::with_flag;
use crate::harness::root;
use crate::harness::succeed;

/// Writes what wit-bindgen makes of a world for C: the source, the header and an object file, which says in the module
/// what world it is for. Gives the source and the object file.
fn c_bindings(wit: &Path, folder: &Path) -> Vec<PathBuf> {
  let mut resolve = Resolve::default();
  let (package, _) = resolve.push_path(wit).unwrap_or_else(|error| panic!("{error:#}"));
  let world = resolve.select_world(&[package], None).unwrap_or_else(|error| panic!("{error:#}"));
  let mut files = wit_bindgen_core::Files::default();
  let generated = wit_bindgen_c::Opts::default().build().generate(&mut resolve, world, &mut files);
  generated.unwrap_or_else(|error| panic!("{error:#}"));
  let mut inputs = Vec::new();
  for (name, bytes) in files.iter() {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the folder can be written");
    inputs.extend((!name.ends_with(".h")).then_some(path));
  }
  inputs
}

/// Builds a component in C for a world; `None` when there is no compiler.
fn build_c(source: &Path, wit: &Path, folder: &Path) -> Option<PathBuf> {
  let clang = tool("PLUGBAY_WASM_CLANG", "C compiler")?;
  let module = folder.join("plugin.wasm");
  let headers = root().join("plugin_api/include");
  let mut command = Command::new(clang);
  command.args(["--target=wasm32", "-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-nostdlib", "-Wl,--no-entry"]);
  command.arg("-I").arg(&headers).arg("-I").arg(headers.join("libc")).arg("-I").arg(folder);
  succeed(command.arg("-o").arg(&module).arg(source).args(c_bindings(wit, folder)));
  Some(module)
}

#[test]
fn a_component_in_c_does_all_of_its_world() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let sources = root().join("tests/fixtures/counting");
  let Some(module) = build_c(&sources.join("plugin.c"), &sources.join("world.wit"), temp.path()) else { return };
  check(with_flag("--allow-read"), &sources.join("check.js"), &[&module, Path::new("64"), Path::new("100")]);
}

#[test]
fn a_component_in_javascript_does_all_of_its_world() {
  let Some(cli) = tool("PLUGBAY_WASM_COMPONENTIZE", "componentize-js") else { return };
  let temp = tempfile::tempdir().expect("a folder can be made");
  let sources = root().join("tests/fixtures/counting");
  // With what of WASI the language needs, and with nothing.
  for features in [&["http", "fetch-event"][..], &["http", "fetch-event", "clocks", "random", "stdio"]] {
    let component = temp.path().join("plugin.wasm");
    let mut command = Command::new("node");
    command.arg(&cli).arg(sources.join("plugin.js")).arg("--wit").arg(sources.join("world.wit"));
    command.args(["--world-name", "plugin", "--disable"]).args(features).arg("--out").arg(&component);
    succeed(&mut command);
    check(with_flag("--allow-read"), &sources.join("check.js"), &[&component, Path::new("4096"), Path::new("2")]);
  }
}

#[test]
fn a_plugin_of_raisfast_in_c_answers_its_hooks() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let sources = root().join("tests/fixtures/raisfast");
  let Some(module) = build_c(&sources.join("plugin.c"), &sources.join("wit"), temp.path()) else { return };
  check(with_flag("--allow-read"), &sources.join("check.js"), &[&module]);
}

#[test]
fn a_plugin_of_raisfast_in_zig_answers_its_hooks() {
  let Some(zig) = tool("PLUGBAY_WASM_ZIG", "Zig") else { return };
  let temp = tempfile::tempdir().expect("a folder can be made");
  let sources = root().join("tests/fixtures/raisfast");
  let headers = root().join("plugin_api/include");
  let module = temp.path().join("plugin.wasm");
  let mut command = Command::new(zig);
  command.current_dir(&temp).env("ZIG_GLOBAL_CACHE_DIR", temp.path()).env("ZIG_LOCAL_CACHE_DIR", temp.path());
  command.args(["build-exe", "-target", "wasm32-freestanding", "-fno-entry", "-rdynamic", "-O", "ReleaseSmall"]);
  command.args(["-I", "."]).arg("-I").arg(headers.join("libc")).arg(sources.join("plugin.zig"));
  // In what wit-bindgen has written there is the C library, too.
  command.args(["-cflags", "-include"]).arg(headers.join("plugbay_libc.h")).arg("--");
  command.args(c_bindings(&sources.join("wit"), temp.path()));
  succeed(command.arg(format!("-femit-bin={}", module.display())));
  check(with_flag("--allow-read"), &sources.join("check.js"), &[&module]);
}
