//! `plugbay component`: guests as components, which plugbay and wasmtime host.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::guests::compile;
use crate::guests::tool;
use crate::harness::build_guests;
use crate::harness::builds_guests;
use crate::harness::builds_wasi_guests;
use crate::harness::describe;
use crate::harness::fixtures;
use crate::harness::guests;
use crate::harness::library;
use crate::harness::plugbay;
use crate::harness::root;
use crate::harness::succeed;

fn component(plugin: &Path, folder: &Path) -> PathBuf {
  let output = folder.join(plugin.file_name().expect("it has a name"));
  succeed(plugbay().arg("component").arg(plugin).arg("-o").arg(&output));
  output
}

/// Makes a component of a plugin and calls it, its library and its module, which must answer alike. Gives the component
/// and the file of what was called and answered.
fn calls_of(name: &str, version: &str, folder: &Path) -> (PathBuf, PathBuf) {
  let component = component(&fixtures().join(format!("guests/{name}.wasm")), folder);
  let mut command = plugbay();
  command.args(["run", "--allow-plugin", "--allow-read"]).arg(root().join("tests/scripts/guest_component.js"));
  let calls = folder.join("calls.json");
  let told = succeed(command.arg(fixtures()).arg(folder).args(["native", name, version]));
  fs::write(&calls, told).expect("a file can be written");
  (component, calls)
}

/// That no answer was another one, of what a host prints that was given the calls.
#[track_caller]
fn has_answered_alike(told: &str) {
  assert!(told.lines().last().is_some_and(|line| line.starts_with("0 of ")), "{told}");
}

/// What plugbay answers for the component of a plugin is what its library and its module answer, and wasmtime.
fn answers_alike(name: &str, version: &str) {
  if !guests() {
    return;
  }
  let folder = tempfile::tempdir().expect("a folder can be made");
  let (_, calls) = calls_of(name, version, folder.path());
  let wasmtime = env::var_os("PLUGBAY_WASMTIME").expect("PLUGBAY_WASMTIME names a program: run `cargo xtask test`");
  has_answered_alike(&succeed(Command::new(&wasmtime).arg(&calls)));
}

#[test]
fn the_component_of_the_plugin_hello_answers_as_it_does() {
  answers_alike("hello", "0.1.0");
}

#[test]
fn the_component_of_the_plugin_hash_answers_as_it_does() {
  answers_alike("hash", "0.1.0");
}

#[test]
fn the_component_of_the_plugin_markdown_answers_as_it_does() {
  answers_alike("markdown", "0.1.0");
}

#[test]
fn the_component_of_the_kit_answers_as_it_does() {
  answers_alike("kit", "0.1.0");
}

/// The same in Node.js, of what jco makes of the component.
#[test]
fn components_of_plugins_answer_in_node_as_they_do() {
  let Some(jco) = tool("PLUGBAY_WASM_JCO", "jco") else { return };
  if !guests() {
    return;
  }
  for name in ["hello", "hash", "markdown", "kit"] {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let (component, calls) = calls_of(name, "0.1.0", folder.path());
    let made = folder.path().join("made");
    succeed(Command::new("node").arg(&jco).arg("transpile").arg(&component).arg("-o").arg(&made));
    fs::write(folder.path().join("package.json"), r#"{ "type": "module" }"#).expect("a file can be written");
    for script in ["fixtures/jco/calls.js", "scripts/told_values.js"] {
      let script = root().join("tests").join(script);
      fs::copy(&script, folder.path().join(script.file_name().expect("it has a name"))).expect("it can be copied");
    }
    let mut command = Command::new("node");
    command.arg(folder.path().join("calls.js")).arg(made.join(format!("{name}.js"))).arg(&calls);
    has_answered_alike(&succeed(&mut command));
  }
}

#[test]
fn a_guest_in_c_has_a_component() {
  let Some(clang) = tool("PLUGBAY_WASM_CLANG", "C compiler") else { return };
  let folder = tempfile::tempdir().expect("a folder can be made");
  let module = folder.path().join("module.wasm");
  let flags = ["--target=wasm32", "-O2", "-nostdlib", "-Wl,--no-entry", "-Wl,--export-dynamic"];
  compile(&clang, &flags, &root().join("tests/fixtures/c_guest/guest.c"), &module);
  let made = folder.path().join("component.wasm");
  succeed(plugbay().arg("component").arg(&module).arg("-o").arg(&made));
  let script = root().join("tests/scripts/guest_component_c.js");
  succeed(plugbay().args(["run", "--allow-read"]).arg(script).arg(&made));
}

#[test]
fn a_component_exports_the_world_that_is_printed_of_its_plugin() {
  if !guests() {
    return;
  }
  let folder = tempfile::tempdir().expect("a folder can be made");
  let plugin = fixtures().join("guests/kit.wasm");
  let component = component(&plugin, folder.path());
  let lines = |text: &str| {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with("///"));
    lines.filter(|line| line.contains(": func(") || line.starts_with("record ")).map(str::to_string).collect::<Vec<_>>()
  };
  let promised = succeed(plugbay().arg("wit").arg(&plugin));
  let exported = succeed(plugbay().arg("inspect").arg(&component));
  assert_eq!(lines(&exported), lines(&promised));
  assert!(exported.contains("export plugbay:kit/ops@0.1.0;"), "{exported}");
  assert!(!exported.contains("import "), "{exported}");
}

#[test]
fn the_component_of_a_guest_of_wasi_imports_what_it_asks_the_system_for() {
  if !builds_guests() || !builds_wasi_guests() {
    return;
  }
  let built = build_guests("wasm32-wasip1", &["wasi_plugin"]).join("wasi_plugin.wasm");
  let folder = tempfile::tempdir().expect("a folder can be made");
  let component = component(&built, folder.path());
  let exported = succeed(plugbay().arg("inspect").arg(&component));
  assert!(exported.contains("export plugbay:wasi-plugin/ops@"), "{exported}");
  assert!(exported.contains("import wasi:cli/environment@0.2."), "{exported}");
  let mut command = plugbay();
  command.args(["run", "--allow-read"]).arg(root().join("tests/scripts/guest_component_wasi.js"));
  succeed(command.arg(&component));
}

/// What the command prints when it refuses a file.
fn refused(plugin: &Path) -> String {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let written = folder.path().join("component.wasm");
  let output = plugbay().arg("component").arg(plugin).arg("-o").arg(&written).output().expect("it runs");
  assert_eq!(output.status.code(), Some(1), "{}", describe(&output));
  assert!(!written.exists());
  let told = String::from_utf8_lossy(&output.stderr).into_owned();
  assert!(told.starts_with("error: ") && !told.contains("panicked"), "{told}");
  told
}

#[test]
fn what_cannot_be_a_component_is_refused_with_why() {
  let folder = tempfile::tempdir().expect("a folder can be made");
  let file = |name: &str, bytes: &[u8]| {
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file can be written");
    path
  };
  let told = refused(&library("hello"));
  assert!(told.contains("it is no WebAssembly module; build the plugin for wasm32-unknown-unknown"), "{told}");
  assert!(refused(&file("text.wasm", b"no module")).contains("it is no WebAssembly module"));
  assert!(refused(&folder.path().join("missing.wasm")).contains("missing.wasm"));

  let module = |text: &str| wat::parse_str(text).expect("it is text of WebAssembly");
  let component = file("component.wasm", &module("(component)"));
  assert!(refused(&component).contains("it is a component already"));
  let plain = r#"(module (memory (export "memory") 1) (table 1 funcref)
    (func (export "add") (param i32 i32) (result i32) local.get 0))"#;
  let told = refused(&file("plain.wasm", &module(plain)));
  assert!(told.contains("it is no guest of plugbay's: it exports no plugbay_plugin_entry"), "{told}");

  let needed = ["alloc", "free", "new_buffer", "new_exchange", "new_call", "new_context", "poll"];
  let needed = needed.map(|name| format!("(func (export \"plugbay_{name}\"))")).concat();
  let without_ops = format!(
    r#"(module (memory (export "memory") 1) (table (export "table") 1 funcref) {needed}
      (global (export "PLUGBAY_PLUGIN_ABI") i32 (i32.const 16))
      (data (i32.const 16) "PLUGBAY\00\f8\00\00\00\01\00\00\00\2c\00\00\00\00\00\00\00")
      (func (export "plugbay_plugin_entry") (param i32 i64) (result i32) i32.const 0))"#
  );
  let told = refused(&file("without_ops.wasm", &module(&without_ops)));
  assert!(told.contains("it registers no op that has a function in WIT"), "{told}");

  if !guests() {
    return;
  }
  let guest = fs::read(fixtures().join("guests/hello.wasm")).expect("it was built");
  for length in (8..guest.len()).step_by(guest.len() / 8) {
    refused(&file("truncated.wasm", &guest[..length]));
  }
}
