//! Makes a component of a guest of the plugbay world: a module that imports the host's functions from `plugbay`,
//! registers its ops when it starts, and is called as plugin_abi says. In the component each op is a function of the
//! canonical ABI, with the types that its world in WIT has.
//!
//! The component has one core module, which is made of three parts ([`link`](self)): the guest as it is; `support.wat`,
//! which has what the guest imports and what all calls have in common; and two functions an op, one that calls it
//! and one that frees what its result needed.

#![forbid(unsafe_code)]

mod error;
mod export;
mod link;
mod module;
mod names;
mod shape;

pub use error::Error;

use plugbay_ops::Signature;
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
  if ops.is_empty() {
    return Err(Error::NoOps);
  }
  let linker = Linker::new(guest, Module::read(SUPPORT)?)?;
  let made = functions(&linker, resolve, world, ops)?;
  let mut module = linker.link(&made)?.finish();
  let failed = |error| Error::Encode(format!("{error:#}"));
  wit_component::embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8).map_err(failed)?;
  let encoder = ComponentEncoder::default().module(&module).map_err(failed)?;
  encoder.validate(true).encode().map_err(failed)
}

fn functions(linker: &Linker<'_>, resolve: &Resolve, world: WorldId, ops: &[Op<'_>]) -> Result<Vec<Made>, Error> {
  let mut sizes = SizeAlign::default();
  sizes.fill(resolve);
  let (key, interface) = exported(resolve, world).ok_or(Error::NoOps)?;
  let names = ops.iter().map(|op| op.name).collect::<Vec<_>>();
  let (params, results) = (vec![ValType::I32; 2], vec![ValType::I32]);
  let mut made = vec![Made { params, results, function: names::number_of(&names), export: None }];
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

/// The one interface that a world exports.
fn exported(resolve: &Resolve, world: WorldId) -> Option<(&wit_parser::WorldKey, InterfaceId)> {
  resolve.worlds[world].exports.iter().find_map(|(key, item)| match item {
    WorldItem::Interface { id, .. } => Some((key, *id)),
    _ => None,
  })
}
