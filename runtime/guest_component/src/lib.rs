//! Makes a component of a guest of the plugbay world: a module that imports the host's functions from `plugbay`,
//! registers its ops when it starts, and is called as plugin_abi says. In the component each op is a function of the
//! canonical ABI, with the types that its world in WIT has.
//!
//! The component has one core module, which is made of three parts: the guest as it is; `support.wat`,
//! which has what the guest imports and what all calls have in common; and two functions an op, one that calls it
//! and one that frees what its result needed.

#![forbid(unsafe_code)]

mod error;
mod export;
mod layout;
mod link;
mod memory;
mod module;
mod names;
mod shape;

pub use error::Error;

use plugbay_ops::Signature;
use wasi_preview1_component_adapter_provider as adapters;
use wasm_encoder::Function;
use wasm_encoder::ValType;
use wasmparser::Validator;
use wasmparser::WasmFeatures;
use wit_component::ComponentEncoder;
use wit_component::StringEncoding;
use wit_parser::InterfaceId;
use wit_parser::Resolve;
use wit_parser::SizeAlign;
use wit_parser::WorldId;
use wit_parser::WorldItem;

use export::Exporter;
use link::Linker;
use link::Made;
use module::Module;

const SUPPORT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/support.wasm"));

/// An op that is exported.
pub struct Op<'a> {
  /// What the guest calls it.
  pub name: &'a str,
  /// What its function in the interface is called.
  pub function: &'a str,
  /// What it takes and gives; buffers in and one out where there is none.
  pub signature: Option<&'a Signature>,
}

/// The component of a guest, which exports one interface with the ops' functions, in the types of plugbay's worlds.
/// What the guest imports from WASI preview 1 it imports from WASI 0.2.
///
/// # Errors
///
/// When the module is no guest, and when there is an op that it cannot be.
pub fn component(module: &[u8], resolve: &Resolve, world: WorldId, ops: &[Op<'_>]) -> Result<Vec<u8>, Error> {
  Validator::new_with_features(WasmFeatures::default()).validate_all(module)?;
  let guest = Module::read(module)?;
  if guest.memories == 0 {
    return Err(Error::no_guest("memory"));
  }
  if guest.tables == 0 {
    return Err(Error::no_guest("table of functions"));
  }
  let linker = Linker::new(guest, Module::read(SUPPORT)?)?;
  if ops.is_empty() {
    return Err(Error::NoOps);
  }
  let made = functions(&linker, resolve, world, ops)?;
  let mut module = linker.link(&made)?.finish();
  let failed = |error| Error::Encode(format!("{error:#}"));
  wit_component::embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).map_err(failed)?;
  let mut encoder = ComponentEncoder::default().module(&module).map_err(failed)?.validate(true);
  if linker.imports(adapters::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME) {
    let (name, adapter) =
      (adapters::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapters::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER);
    encoder = encoder.adapter(name, adapter).map_err(failed)?;
  }
  encoder.encode().map_err(failed)
}

fn functions(linker: &Linker<'_>, resolve: &Resolve, world: WorldId, ops: &[Op<'_>]) -> Result<Vec<Made>, Error> {
  let mut sizes = SizeAlign::default();
  sizes.fill(resolve);
  let (key, interface) = exported(resolve, world).ok_or(Error::NoOps)?;
  let names = ops.iter().map(|op| op.name).collect::<Vec<_>>();
  let (params, results) = (vec![ValType::I32; 2], vec![ValType::I32]);
  let number_of = Made { params, results, function: names::number_of(&names), export: None };
  let set_up = Made { params: Vec::new(), results: Vec::new(), function: set_up(linker), export: None };
  let mut made = vec![number_of, set_up];
  let mut unreadable = Vec::new();
  for (number, op) in ops.iter().enumerate() {
    let function = &resolve.interfaces[interface].functions[op.function];
    let exporter = Exporter { linker, resolve, sizes: &sizes, key, function, ops: ops.len() as u32 };
    match exporter.export(number as u32, op.signature) {
      Some(both) => made.extend(both),
      None => unreadable.push(format!("{:?}", op.name)),
    }
  }
  if unreadable.is_empty() { Ok(made) } else { Err(Error::NoJson(unreadable)) }
}

/// Has each result of the guest's say all that it is made of.
fn set_up(linker: &Linker<'_>) -> Function {
  let mut function = Function::new([]);
  let mut code = function.instructions();
  if let Some(without_shapes) = linker.guest("plugbay_without_shapes") {
    code.call(without_shapes);
  }
  code.end();
  function
}

/// The one interface that a world exports.
fn exported(resolve: &Resolve, world: WorldId) -> Option<(&wit_parser::WorldKey, InterfaceId)> {
  resolve.worlds[world].exports.iter().find_map(|(key, item)| match item {
    WorldItem::Interface { id, .. } => Some((key, *id)),
    _ => None,
  })
}

#[cfg(test)]
mod tests {
  use plugbay_ops::Kind;
  use plugbay_ops::Parameter;

  use super::*;

  const GUEST: &str = r#"
    (import "plugbay" "register_op" (func (param i32) (result i32)))
    (memory (export "memory") 1)
    (table (export "table") 1 funcref)
    (func (export "plugbay_plugin_entry") (param i32 i64) (result i32) i32.const 0)
    (func (export "plugbay_alloc") (param i32) (result i32) local.get 0)
    (func (export "plugbay_free") (param i32 i32))
    (func (export "plugbay_new_buffer") (param i32 i32))
    (func (export "plugbay_new_call") (param i64) (result i32) i32.const 0)
    (func (export "plugbay_poll") (param i32 i32 i32) (result i32) i32.const 0)"#;

  fn module(text: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {text})")).expect("it is text of WebAssembly")
  }

  fn made(module: &[u8], kinds: &[Kind], parameters: &str) -> Result<Vec<u8>, Error> {
    let text = format!(
      "package a:b;
      interface ops {{
        record op-error {{ class: string, code: option<string>, message: string }}
        one: func({parameters}) -> result<_, op-error>;
      }}
      world plugin {{ export ops; }}"
    );
    let mut resolve = Resolve::default();
    let package = resolve.push_str("test.wit", &text).expect("it is WIT");
    let world = resolve.select_world(&[package], None).expect("there is one");
    let parameter = |kind: &Kind| {
      let (name, type_) = (String::new(), String::new());
      Parameter { name, kind: *kind, type_, is_optional: false }
    };
    let signature = Signature {
      parameters: kinds.iter().map(parameter).collect(),
      result: Kind::Void,
      is_async: false,
      documentation: String::new(),
      result_type: String::new(),
      declarations: String::new(),
    };
    let op = Op { name: "one", function: "one", signature: Some(&signature) };
    component(module, &resolve, world, if kinds.is_empty() { &[] } else { std::slice::from_ref(&op) })
  }

  #[test]
  fn a_guest_has_a_component() {
    let guest = module(GUEST);
    assert!(made(&guest, &[Kind::F64, Kind::I8], "a: f64, b: s8").is_ok());
    // More than are passed one by one.
    let many = (0..9).map(|number| format!("p{number}: string")).collect::<Vec<_>>().join(", ");
    let component = made(&guest, &[Kind::String; 9], &many);
    assert!(component.is_ok(), "{component:?}");
  }

  #[test]
  fn what_is_no_guest_is_told_why() {
    let one = [Kind::F64];
    let told = |module: &[u8], kinds: &[Kind]| made(module, kinds, "a: f64").expect_err("it is refused").to_string();
    assert!(told(b"no module", &one).starts_with("it is no valid WebAssembly module"));
    assert!(told(&module(""), &one).contains("it exports no memory"));
    assert!(told(&module("(memory 1)"), &one).contains("it exports no table of functions"));
    let guest = module(GUEST);
    for length in 8..guest.len() {
      assert!(made(&guest[..length], &one, "a: f64").is_err(), "{length}");
    }
    assert!(told(&module(&GUEST.replace("plugbay_poll", "poll")), &one).contains("it exports no plugbay_poll"));
    assert!(told(&module(&GUEST.replace("register_op", "fly")), &one).contains("it imports \"fly\" from"));
    assert!(told(&guest, &[]).contains("it registers no op"));
    let told = made(&guest, &[Kind::Value], "a: string").expect_err("it is refused").to_string();
    assert!(told.starts_with("no function can be made of \"one\": values of any shape are JSON text"), "{told}");
    // Functions of other types than they have in a guest.
    assert!(made(&module(&GUEST.replace("(param i32 i32 i32)", "(param i64)")), &one, "a: f64").is_err());
  }
}
