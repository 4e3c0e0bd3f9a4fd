//! Components that chance makes, all of them valid.

use arbitrary::Arbitrary;
use arbitrary::Unstructured;
use wasm_smith::Component;
use wit_component::DecodedWasm;
use wit_component::StringEncoding;
use wit_component::decode;
use wit_component::dummy_module;
use wit_component::embed_component_metadata;
use wit_parser::ManglingAndAbi;
use wit_smith::Config;

use crate::random::Random;

/// A component: types, imports, lifted and lowered functions, core modules.
pub(crate) fn component(random: &mut Random) -> Option<Vec<u8>> {
  let bytes = random.bytes(10);
  let component = Component::arbitrary(&mut Unstructured::new(&bytes)).ok()?;
  Some(component.to_bytes())
}

/// A core module that says it is of a world of WIT, or that world's package as it is.
pub(crate) fn world(random: &mut Random) -> Option<Vec<u8>> {
  let bytes = random.bytes(9);
  let mut unstructured = Unstructured::new(&bytes);
  let config = Config::arbitrary(&mut unstructured).ok()?;
  let package = wit_smith::smith(&config, &mut unstructured).ok()?;
  if random.below(4) == 0 {
    return Some(package);
  }
  let DecodedWasm::WitPackage(resolve, _) = decode(&package).ok()? else { return None };
  let worlds: Vec<_> = resolve.worlds.iter().map(|(world, _)| world).collect();
  let world = *worlds.get(random.below(worlds.len().max(1)))?;
  let mut module = dummy_module(&resolve, world, ManglingAndAbi::Standard32);
  let encodings = [StringEncoding::UTF8, StringEncoding::UTF16, StringEncoding::CompactUTF16];
  embed_component_metadata(&mut module, &resolve, world, encodings[random.below(3)]).ok()?;
  Some(module)
}
