//! Guests that show how values lie in their memory, and take for values what is put there. Of each type T that chance
//! makes they have
//!
//! - `store: func(x: list<T>) -> list<u8>` and `flat: func(x: T) -> list<u8>`: the bytes from [`IMAGE`] on, where
//!   the core values of `x` are, followed by what was allocated for it
//! - `load: func(image: list<u8>) -> list<T>` and `call: func(image: list<u8>)`: the list that such bytes are, and an
//!   import `take: func(x: T)` that is called with what they are
//!
//! Each call is for a new instance. Where all of them agree with another engine's, values are lowered and lifted as
//! they are there.

use std::fmt::Write;

use serde_json::Value;
use wit_parser::Resolve;
use wit_parser::WorldId;
use wit_parser::abi::AbiVariant;
use wit_parser::abi::WasmType;

use super::forwarder;
use super::forwarder::core_type;
use super::generated::Types;

/// Where an image begins, with the core values; what is allocated begins at [`HEAP`].
const IMAGE: usize = 256;
const HEAP: usize = 1024;
const SHAPES: &str = "test:shapes/shapes";
const HOST: &str = "test:shapes/host";

/// The WIT of a world of so many types, and what these are.
pub(super) fn world(seed: u64, count: usize) -> (String, Value) {
  let mut types = Types::new(seed);
  let (mut takes, mut functions, mut all) = (String::new(), String::new(), Vec::new());
  for i in 0..count {
    let (wit, json) = types.any(3);
    writeln!(takes, "take{i}: func(x: {wit});").expect("a String can be written to");
    writeln!(
      functions,
      "store{i}: func(x: list<{wit}>) -> list<u8>; flat{i}: func(x: {wit}) -> list<u8>;
       load{i}: func(image: list<u8>) -> list<{wit}>; call{i}: func(image: list<u8>);"
    )
    .expect("a String can be written to");
    all.push(json);
  }
  let names: Vec<_> = (0..types.count()).map(|i| format!("t{i}")).collect();
  let uses = if names.is_empty() { String::new() } else { format!("use types.{{{}}};", names.join(", ")) };
  let declared = types.declared;
  let wit = format!(
    "package test:shapes; interface types {{ {declared} }} interface host {{ {uses} {takes} }}
     interface shapes {{ {uses} {functions} }} world w {{ import host; export shapes; }}"
  );
  (wit, all.into())
}

/// The core module of such a world.
pub(super) fn module(resolve: &Resolve, world: WorldId, count: usize) -> Vec<u8> {
  let interface =
    |name: &str| resolve.interfaces.iter().find(|(_, it)| it.name.as_deref() == Some(name)).expect("it is there").1;
  let (host, shapes) = (interface("host"), interface("shapes"));
  assert!(resolve.worlds[world].exports.len() == 1);
  let params = |types: &[WasmType]| types.iter().map(|ty| core_type(*ty)).collect::<Vec<_>>().join(" ");
  let (mut imports, mut functions) = (String::new(), String::new());
  for i in 0..count {
    let taken = resolve.wasm_signature(AbiVariant::GuestImport, &host.functions[&format!("take{i}")]).params;
    writeln!(imports, r#"(import "{HOST}" "take{i}" (func $take{i} (param {})))"#, params(&taken)).expect(WRITTEN);
    for (name, stride) in [("store", 4), ("flat", 8)] {
      let passed = resolve.wasm_signature(AbiVariant::GuestExport, &shapes.functions[&format!("{name}{i}")]).params;
      let stores = passed
        .iter()
        .enumerate()
        .map(|(at, ty)| format!("({}.store (i32.const {}) (local.get {at}))\n", core_type(*ty), IMAGE + stride * at));
      write!(
        functions,
        r#"(func (export "{SHAPES}#{name}{i}") (param {}) (result i32) {} (call $image))"#,
        params(&passed),
        stores.collect::<String>()
      )
      .expect(WRITTEN);
    }
    let loads =
      taken.iter().enumerate().map(|(at, ty)| format!("({}.load (i32.const {}))", core_type(*ty), IMAGE + 8 * at));
    write!(
      functions,
      r#"(func (export "{SHAPES}#load{i}") (param i32 i32) (result i32)
        (memory.copy (i32.const {IMAGE}) (local.get 0) (local.get 1)) (i32.const {IMAGE}))
      (func (export "{SHAPES}#call{i}") (param i32 i32)
        (memory.copy (i32.const {IMAGE}) (local.get 0) (local.get 1))
        (call $take{i} {}))"#,
      loads.collect::<String>()
    )
    .expect(WRITTEN);
  }
  // What drops segments is not put back after a call: each has a fresh instance, as in wasmtime.
  let text = format!(
    r#"(module {imports}
      (memory (export "memory") 1)
      (data $unused "never")
      (func (data.drop $unused))
      {}
      (func $image (result i32)
        (i32.store (i32.const 16) (i32.const {IMAGE}))
        (i32.store (i32.const 20) (i32.sub (global.get $next) (i32.const {IMAGE})))
        (i32.const 16))
      {functions})"#,
    forwarder::allocator(HEAP)
  );
  wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

const WRITTEN: &str = "a String can be written to";
