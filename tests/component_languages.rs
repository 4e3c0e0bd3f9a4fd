//! Components in other languages than Rust, built from source with what `cargo xtask test` has found.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use wit_parser::Resolve;

use crate::components_http;
use crate::guests::check;
use crate::guests::tool;
use crate::guests::with_flag;
use crate::harness::cargo;
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
  // With all of WASI that the language has a use for, and with nothing.
  for features in [&[][..], &["--disable", "http", "fetch-event", "clocks", "random", "stdio"]] {
    let component = temp.path().join("plugin.wasm");
    let mut command = Command::new("node");
    command.arg(&cli).arg(sources.join("plugin.js")).arg("--wit").arg(sources.join("world.wit"));
    command.args(["--world-name", "plugin"]).args(features).arg("--out").arg(&component);
    succeed(&mut command);
    check(with_flag("--allow-read"), &sources.join("check.js"), &[&component, Path::new("4096"), Path::new("2")]);
  }
}

/// Writes the WIT of WASI, as the crate wasip2 brings it, of the version that componentize-js has.
fn write_wasi(folder: &Path) {
  let metadata = succeed(cargo().args(["metadata", "--format-version", "1"]).current_dir(root()));
  let metadata: serde_json::Value = serde_json::from_str(&metadata).expect("cargo writes JSON");
  let packages = metadata["packages"].as_array().expect("there are packages");
  let wasip2 = packages.iter().find(|package| package["name"] == "wasip2").expect("fixtures depend on it");
  let manifest = Path::new(wasip2["manifest_path"].as_str().expect("it is a path"));
  for entry in fs::read_dir(manifest.with_file_name("wit").join("deps")).expect("the crate brings it") {
    let path = entry.expect("the folder can be read").path();
    let text = fs::read_to_string(&path).expect("it is text").replace("0.2.12", "0.2.10");
    fs::write(folder.join(path.file_name().expect("it is a file")), text).expect("the folder can be written");
  }
}

#[test]
fn a_component_in_javascript_answers_requests() {
  let Some(cli) = tool("PLUGBAY_WASM_COMPONENTIZE", "componentize-js") else { return };
  let temp = tempfile::tempdir().expect("a folder can be made");
  let (wit, sources) = (temp.path().join("wit"), root().join("tests/fixtures/http_guest_js"));
  fs::create_dir_all(wit.join("deps")).expect("a folder can be made");
  write_wasi(&wit.join("deps"));
  fs::copy(sources.join("world.wit"), wit.join("world.wit")).expect("it can be copied");
  let component = temp.path().join("app.wasm");
  let mut command = Command::new("node");
  command.arg(&cli).arg(sources.join("app.js")).arg("--wit").arg(&wit).args(["--world-name", "app"]);
  succeed(command.arg("--out").arg(&component));
  components_http::check("http_guest_js/check.js", &component, components_http::serve());
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
