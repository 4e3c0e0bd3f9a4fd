//! What is put into the code so that limits hold.

use wasm_encoder::BlockType;
use wasm_encoder::Encode;
use wasm_encoder::Instruction;
use wasm_encoder::MemArg;

use crate::call_depth::CallDepth;

/// What the additions are for the budget.
pub(crate) const CODE: &str = "checks of its limits";

/// What is put into the code.
pub(crate) struct Additions {
  /// The memory whose first word ends the code when it is not 0.
  pub(crate) deadline: Option<u32>,
  /// What counts the call depth.
  pub(crate) depth: Option<CallDepth>,
}

impl Additions {
  /// Whether there are any.
  pub(crate) fn any(&self) -> bool {
    self.deadline.is_some() || self.depth.is_some()
  }
}

/// A place in a function where something is put.
#[derive(Clone, Copy)]
pub(crate) enum Place {
  /// After the locals of a function that calls.
  Entry,
  /// At the head of a loop, and after an instruction that may take long.
  Check,
  /// Before a call.
  Call,
  /// After a call, or before one that takes the function's place.
  NoCall,
  /// After a call that may be one of the host's.
  Return,
}

/// What is put at each kind of place.
pub(crate) struct Pieces {
  entry: Vec<u8>,
  check: Vec<u8>,
  call: Vec<u8>,
  no_call: Vec<u8>,
  back: Vec<u8>,
}

impl Pieces {
  pub(crate) fn new(additions: &Additions) -> Self {
    let check = additions.deadline.map(check).unwrap_or_default();
    Self { entry: check.clone(), back: check.clone(), check, call: Vec::new(), no_call: Vec::new() }
  }

  /// For a function whose depth is in the local `base`.
  pub(crate) fn count_calls(&mut self, depth: CallDepth, base: u32) {
    self.entry.clear();
    self.call.clear();
    self.no_call.clear();
    self.back.clear();
    depth.enter(base, &mut self.entry);
    self.entry.extend_from_slice(&self.check);
    depth.call(base, &mut self.call);
    depth.put_back(base, &mut self.no_call);
    depth.put_back(base, &mut self.back);
    self.back.extend_from_slice(&self.check);
  }

  pub(crate) fn at(&self, place: Place) -> &[u8] {
    match place {
      Place::Entry => &self.entry,
      Place::Check => &self.check,
      Place::Call => &self.call,
      Place::NoCall => &self.no_call,
      Place::Return => &self.back,
    }
  }
}

/// The check: a trap if the first word of `memory` is not 0.
fn check(memory: u32) -> Vec<u8> {
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
