//! Puts the checks of a deadline into functions.

use wasm_encoder::BlockType;
use wasm_encoder::Encode;
use wasm_encoder::Instruction;
use wasm_encoder::MemArg;
use wasmparser::BinaryReader;
use wasmparser::Operator;
use wasmparser::OperatorsReader;
use wasmparser::OperatorsReaderAllocations;
use wasmparser::ValType;

use crate::memory_uses::largest_memory;
use crate::output::Output;
use crate::rewrite_error::RewriteError;
use crate::sections;
use crate::sections::Id;
use crate::sections::Section;
use crate::summary::Claims;
use crate::summary::Effects;

/// The largest module that V8 accepts.
pub(crate) const LARGEST_MODULE: usize = 1 << 30;
/// The largest function body that V8 accepts.
const LARGEST_BODY: usize = 7_654_321;

/// The check: a trap if the first word of `memory` is not 0.
pub(crate) fn check(memory: u32) -> Vec<u8> {
  let mut bytes = Vec::new();
  for instruction in [
    Instruction::I32Const(0),
    Instruction::I32Load(MemArg { offset: 0, align: 2, memory_index: memory }),
    Instruction::If(BlockType::Empty),
    Instruction::Unreachable,
    Instruction::End,
  ] {
    instruction.encode(&mut bytes);
  }
  bytes
}

/// What reading the code found.
#[derive(Default)]
pub(crate) struct Found {
  pub(crate) effects: Effects,
  pub(crate) largest_body: u32,
  pub(crate) most_locals: u64,
  /// How many checks were put in.
  pub(crate) checks: u32,
}

impl Found {
  pub(crate) fn add_to(&self, claims: &mut Claims) {
    claims.largest_body = self.largest_body;
    claims.most_locals = self.most_locals;
  }
}

/// Reads the code section and writes it up to its end, with `check` at the head of every loop and at the entry of every
/// function that calls. Code that names a memory that is not among the original's `memories` is refused: V8 would let it
/// have the one that is added.
pub(crate) fn write_code(
  output: &mut Output<'_>,
  mut reader: BinaryReader<'_>,
  section: &Section,
  first_function: u32,
  memories: u32,
  check: Option<&[u8]>,
) -> Result<Found, RewriteError> {
  let mut scan = Scan { memories, ..Scan::default() };
  let mut size_at = None;
  for at in 0..reader.read_var_u32()? {
    let start = reader.original_position();
    let body = reader.read_reader()?;
    let range = body.range();
    scan.function(body)?;
    let Some(check) = check.filter(|_| !scan.places.is_empty()) else { continue };
    if size_at.is_none() {
      output.copy_to(section.whole.start);
      output.insert(&[sections::byte(Id::Code)]);
      size_at = Some(output.len());
      // Its size is known at the end.
      output.replace(section.whole.start..section.body.start, &[0; 5]);
    }
    let size = range.len() + scan.places.len() * check.len();
    let function = || format!("its function {}", first_function.saturating_add(at));
    within(size, LARGEST_BODY, function)?;
    within(output.len() + size, LARGEST_MODULE, || "it".to_owned())?;
    output.replace(start..range.start, padded(size, range.start - start).as_slice());
    for &place in &scan.places {
      output.copy_to(place);
      output.insert(check);
    }
    scan.found.checks += scan.places.len() as u32;
  }
  sections::finish(&reader)?;
  output.copy_to(section.body.end);
  if let Some(size_at) = size_at {
    let size = output.len() - size_at - 5;
    output.overwrite(size_at, &padded(size, 5));
  }
  Ok(scan.found)
}

fn within(size: usize, allowed: usize, what: impl FnOnce() -> String) -> Result<(), RewriteError> {
  if size <= allowed { Ok(()) } else { Err(RewriteError::TooLarge { what: what(), size, allowed }) }
}

/// `size` as LEB128 of at least `width` bytes.
fn padded(size: usize, width: usize) -> Vec<u8> {
  let mut bytes = Vec::with_capacity(5);
  (size as u32).encode(&mut bytes);
  while bytes.len() < width {
    *bytes.last_mut().unwrap_or(&mut 0) |= 0x80;
    bytes.push(0);
  }
  bytes
}

#[derive(Default)]
struct Scan {
  found: Found,
  /// How many memories the original has.
  memories: u32,
  /// Where the function's checks go.
  places: Vec<usize>,
  allocations: OperatorsReaderAllocations,
}

impl Scan {
  fn function(&mut self, mut body: BinaryReader<'_>) -> Result<(), RewriteError> {
    self.places.clear();
    self.found.largest_body = self.found.largest_body.max(body.range().len() as u32);
    let mut locals = 0_u64;
    for _ in 0..body.read_var_u32()? {
      locals += u64::from(body.read_var_u32()?);
      body.read::<ValType>()?;
    }
    self.found.most_locals = self.found.most_locals.max(locals);
    let entry = body.original_position();
    let mut calls = false;
    let mut operators = OperatorsReader::new_with_allocs(body, std::mem::take(&mut self.allocations));
    while !operators.eof() {
      let at = operators.original_position();
      let operator = operators.read()?;
      match operator {
        Operator::Loop { .. } => self.places.push(operators.original_position()),
        _ => calls |= self.found.effects.add(&operator),
      }
      if let Some(memory) = largest_memory(&operator).filter(|&memory| memory >= self.memories) {
        return Err(RewriteError::unknown_memory(at, memory));
      }
    }
    operators.finish()?;
    self.allocations = operators.into_allocations();
    if calls {
      self.places.insert(0, entry);
    }
    Ok(())
  }
}

impl Effects {
  /// Takes in what `operator` does; answers whether it calls.
  fn add(&mut self, operator: &Operator<'_>) -> bool {
    match operator {
      Operator::Call { .. }
      | Operator::CallIndirect { .. }
      | Operator::CallRef { .. }
      | Operator::ReturnCall { .. }
      | Operator::ReturnCallIndirect { .. }
      | Operator::ReturnCallRef { .. }
      | Operator::Resume { .. }
      | Operator::ResumeThrow { .. }
      | Operator::Suspend { .. }
      | Operator::Switch { .. } => return true,
      Operator::MemoryGrow { .. } => self.grows_memory = true,
      Operator::TableSet { .. }
      | Operator::TableGrow { .. }
      | Operator::TableFill { .. }
      | Operator::TableCopy { .. }
      | Operator::TableInit { .. }
      | Operator::TableAtomicSet { .. }
      | Operator::TableAtomicRmwXchg { .. }
      | Operator::TableAtomicRmwCmpxchg { .. } => self.changes_tables = true,
      Operator::StructNew { .. }
      | Operator::StructNewDefault { .. }
      | Operator::ArrayNew { .. }
      | Operator::ArrayNewDefault { .. }
      | Operator::ArrayNewFixed { .. }
      | Operator::ArrayNewData { .. }
      | Operator::ArrayNewElem { .. } => self.allocates = true,
      Operator::DataDrop { .. } | Operator::ElemDrop { .. } => self.drops_segments = true,
      Operator::MemoryAtomicWait32 { .. } | Operator::MemoryAtomicWait64 { .. } => self.waits = true,
      _ => {}
    }
    false
  }
}
