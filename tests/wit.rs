//! `plugbay wit`: a world in WIT of a plugin's ops.

use std::path::Path;

use wit_parser::Resolve;

use crate::harness::fixtures;
use crate::harness::guests;
use crate::harness::library;
use crate::harness::plugbay;
use crate::harness::succeed;
use crate::harness::text_modules;

/// What it prints of a plugin, which WIT's own parser takes.
fn wit(plugin: &Path) -> String {
  let printed = succeed(plugbay().arg("wit").arg(plugin));
  let mut resolve = Resolve::default();
  let parsed = resolve.push_str("ops.wit", &printed).and_then(|package| resolve.select_world(&[package], None));
  assert!(parsed.is_ok(), "{parsed:?}\n{printed}");
  printed
}

#[test]
fn a_world_has_the_ops_of_a_plugin_as_functions() {
  let expected = "package plugbay:hello@0.1.0;

/// What the plugin's ops do.
interface ops {
  /// What an op throws.
  record op-error {
    /// The JavaScript class, such as RangeError.
    class: string,
    code: option<string>,
    message: string,
  }

  /// `greet(\"world\")` is `\"Hello, world!\"`.
  greet: func(name: string) -> result<string, op-error>;

  test-sync: func(buffers: list<list<u8>>) -> result<list<u8>, op-error>;

  test-async: func(buffers: list<list<u8>>) -> result<list<u8>, op-error>;
}

world plugin {
  export ops;
}
";
  assert_eq!(wit(&library("hello")), expected);
  if guests() {
    assert_eq!(wit(&fixtures().join("guests/hello.wasm")), expected);
  }
}

#[test]
fn values_of_every_kind_have_a_type() {
  let written = wit(&library("kit"));
  for function in [
    "json-echo: func(value: option<json>, buffers: list<list<u8>>) -> result<json, op-error>;",
    "t-bool: func(value: bool) -> result<bool, op-error>;",
    "t-i8: func(value: s8) -> result<s8, op-error>;",
    "t-u8: func(value: u8) -> result<u8, op-error>;",
    "t-i16: func(value: s16) -> result<s16, op-error>;",
    "t-u16: func(value: u16) -> result<u16, op-error>;",
    "t-i32: func(value: s32) -> result<s32, op-error>;",
    "t-u32: func(value: u32) -> result<u32, op-error>;",
    "t-i64: func(value: s64) -> result<s64, op-error>;",
    "t-u64: func(value: u64) -> result<u64, op-error>;",
    "t-f32: func(value: f32) -> result<f32, op-error>;",
    "t-f64: func(value: f64) -> result<f64, op-error>;",
    "t-nothing: func() -> result<_, op-error>;",
    "t-join: func(a: string, b: string) -> result<string, op-error>;",
    "t-maybe-text: func(is-there: bool) -> result<option<string>, op-error>;",
    "t-sum: func(bytes: list<u8>) -> result<u32, op-error>;",
    "t-fill: func(bytes: list<u8>, value: u8) -> result<list<u8>, op-error>;",
    "t-copy: func(%from: list<u8>, to: list<u8>) -> result<tuple<u64, list<u8>>, op-error>;",
    "t-zero-copy: func(value: list<u8>) -> result<list<u8>, op-error>;",
    "t-lengths: func(scale: f64, buffers: list<list<u8>>) -> result<json, op-error>;",
    "t-cell-add: func(cell: u32, by: f64) -> result<f64, op-error>;",
    "v-sum-f64: func(values: list<f64>) -> result<f64, op-error>;",
    "v-double-i16: func(values: list<s16>) -> result<tuple<u64, list<s16>>, op-error>;",
    "v-double-u64: func(values: list<u64>) -> result<tuple<u64, list<u64>>, op-error>;",
  ] {
    assert!(written.contains(&format!("\n  {function}\n")), "{function} is not in\n{written}");
  }
  for line in ["/// `value` is JSON of a `Point`.", "/// The result is JSON of a `Point`."] {
    assert!(written.contains(line), "{line} is not in\n{written}");
  }
}

#[test]
fn a_component_has_its_own_world() {
  text_modules();
  let component = fixtures().join("guests/values.wasm");
  let printed = succeed(plugbay().arg("wit").arg(&component));
  assert_eq!(printed, succeed(plugbay().arg("inspect").arg(&component)));
  assert!(printed.contains("world "), "{printed}");
}

#[test]
fn ops_without_types_in_wit_are_named() {
  let temp = tempfile::tempdir().expect("a folder can be made");
  let module = temp.path().join("plain.wasm");
  let text = "(module (func (export \"add\") (param i32 i32) (result i32) local.get 0) (func (export \"größe\")))";
  std::fs::write(&module, wat::parse_str(text).expect("it is a module")).expect("the folder can be written");
  let written = wit(&module);
  assert!(written.starts_with("package plugbay:plain;\n"), "{written}");
  assert!(
    written.contains("/// Without those that have no types or no name of their own in WIT: \"add\", \"größe\"\n"),
    "{written}"
  );
}
