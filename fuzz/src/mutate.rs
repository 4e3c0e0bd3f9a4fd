//! Changes modules so that more than their header is read: sizes stay right, or whole modules are made.

use arbitrary::Arbitrary;
use arbitrary::Unstructured;
use libfuzzer_sys::fuzzer_mutate;
use wasm_encoder::Encode;
use wasm_smith::Config;
use wasm_smith::Module;
use wasmparser::BinaryReader;

use crate::made;
use crate::random::Random;
use crate::seeds::COMPONENTS;
use crate::seeds::SEEDS;

/// How much longer a section becomes at once.
const GROWTH: usize = 64;
const CODE: u8 = 10;

/// Changes an input of `head` bytes of the target's own and a module after them; answers its new size.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32, head: usize) -> usize {
  let mut random = Random::new(seed);
  if size < head || max_size < head + 8 || random.below(16) == 0 {
    return fuzzer_mutate(data, size, max_size);
  }
  if head > 0 && random.below(8) == 0 {
    data[random.below(head)] = random.byte();
  }
  let old = &data[head..size];
  let new = match random.below(16) {
    0 => seed_module(&mut random),
    1 | 2 => made_module(&mut random),
    3..=8 => flipped(old, &mut random),
    9 => without_section(old, &mut random),
    _ => section_changed(old, &mut random),
  };
  match new {
    Some(module) if module.len() <= max_size - head => {
      data[head..head + module.len()].copy_from_slice(&module);
      head + module.len()
    }
    _ => fuzzer_mutate(data, size, max_size),
  }
}

/// Changes an input that is a component, or is made one; answers its new size. Its sections lie as a module's do.
pub fn mutate_component(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
  let mut random = Random::new(seed);
  let new = match random.below(16) {
    0 => return fuzzer_mutate(data, size, max_size),
    1 | 2 => Some(COMPONENTS[random.below(COMPONENTS.len())].clone()),
    3 => made::component(&mut random),
    4 => made::world(&mut random),
    5..=8 => flipped(&data[..size], &mut random),
    9 => without_section(&data[..size], &mut random),
    _ => section_changed(&data[..size], &mut random),
  };
  match new {
    Some(component) if component.len() <= max_size => {
      data[..component.len()].copy_from_slice(&component);
      component.len()
    }
    _ => fuzzer_mutate(data, size, max_size),
  }
}

fn seed_module(random: &mut Random) -> Option<Vec<u8>> {
  let module = &SEEDS[random.below(SEEDS.len())];
  if random.below(2) == 0 { Some(module.clone()) } else { flipped(module, random) }
}

/// A valid module, or one that nearly is.
fn made_module(random: &mut Random) -> Option<Vec<u8>> {
  let bytes = random.bytes(11);
  let mut unstructured = Unstructured::new(&bytes);
  let mut config = Config::arbitrary(&mut unstructured).ok()?;
  config.gc_enabled = random.below(2) == 0;
  config.memory64_enabled = random.below(2) == 0;
  config.threads_enabled = random.below(2) == 0;
  config.custom_page_sizes_enabled = random.below(2) == 0;
  config.exceptions_enabled = true;
  config.tail_call_enabled = true;
  config.wide_arithmetic_enabled = true;
  config.generate_custom_sections = random.below(4) == 0;
  config.allow_start_export = true;
  config.allow_invalid_funcs = random.below(8) == 0;
  (config.max_memories, config.max_tables) = (4, 4);
  config.max_table_elements = 1 << random.below(20);
  config.max_memory32_bytes = 1 << (16 + random.below(17));
  let module = Module::new(config, &mut unstructured).ok()?.to_bytes();
  if random.below(2) == 0 { Some(module) } else { flipped(&module, random) }
}

/// With a few bytes changed, none of them in the header.
fn flipped(module: &[u8], random: &mut Random) -> Option<Vec<u8>> {
  let mut module = module.to_vec();
  let room = module.len().checked_sub(8).filter(|&room| room > 0)?;
  for _ in 0..=random.below(4) {
    let byte = &mut module[8 + random.below(room)];
    *byte = match random.below(4) {
      0 => *byte ^ (1 << random.below(8)),
      1 => byte.wrapping_add(1),
      2 => byte.wrapping_sub(1),
      _ => random.byte(),
    };
  }
  Some(module)
}

/// The number and the contents of each section.
fn sections(module: &[u8]) -> Option<Vec<(u8, &[u8])>> {
  let mut reader = BinaryReader::new(module.get(8..)?, 0);
  let mut sections = Vec::new();
  while !reader.eof() {
    let id = reader.read_u8().ok()?;
    sections.push((id, sized(&mut reader)?));
  }
  Some(sections)
}

/// Bytes with their number before them.
fn sized<'a>(reader: &mut BinaryReader<'a>) -> Option<&'a [u8]> {
  let length = reader.read_var_u32().ok()?;
  reader.read_bytes(length as usize).ok()
}

fn write(header: &[u8], sections: &[(u8, impl AsRef<[u8]>)]) -> Vec<u8> {
  let mut module = header.to_vec();
  for (id, contents) in sections {
    module.push(*id);
    contents.as_ref().encode(&mut module);
  }
  module
}

fn without_section(module: &[u8], random: &mut Random) -> Option<Vec<u8>> {
  let mut sections = sections(module)?;
  if sections.is_empty() {
    return None;
  }
  sections.remove(random.below(sections.len()));
  Some(write(&module[..8], &sections))
}

/// With one section changed, or one function of the code, and all sizes as they then are.
fn section_changed(module: &[u8], random: &mut Random) -> Option<Vec<u8>> {
  let sections = sections(module)?;
  if sections.is_empty() {
    return None;
  }
  let at = random.below(sections.len());
  let (id, contents) = sections[at];
  let changed = match (id, random.below(4)) {
    (CODE, 1..) => function_changed(contents, random)?,
    _ => changed(contents),
  };
  let mut sections: Vec<(u8, &[u8])> = sections;
  sections[at].1 = &changed;
  Some(write(&module[..8], &sections))
}

fn function_changed(code: &[u8], random: &mut Random) -> Option<Vec<u8>> {
  let mut reader = BinaryReader::new(code, 0);
  let count = reader.read_var_u32().ok()?;
  let mut bodies = Vec::new();
  for _ in 0..count {
    bodies.push(sized(&mut reader)?);
  }
  if bodies.is_empty() {
    return None;
  }
  let at = random.below(bodies.len());
  let body = changed(bodies[at]);
  bodies[at] = &body;
  let mut code = Vec::new();
  count.encode(&mut code);
  bodies.iter().for_each(|body| body.encode(&mut code));
  Some(code)
}

/// As libFuzzer changes bytes.
fn changed(bytes: &[u8]) -> Vec<u8> {
  let mut changed = bytes.to_vec();
  changed.resize(bytes.len() + GROWTH, 0);
  let room = changed.len();
  let size = fuzzer_mutate(&mut changed, bytes.len(), room);
  changed.truncate(size);
  changed
}
