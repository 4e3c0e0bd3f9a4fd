//! How the call depth is counted, and what functions do for it.
//!
//! A global says how deep the function lies that begins. A function that calls keeps that in a local of its own, sets
//! the global anew before each of its calls, and puts it back after: so a call that ends in an exception leaves behind
//! no more than what the next one sets right. A function that lies too deep leaves -1, which is how the host knows.

use wasm_encoder::BlockType;
use wasm_encoder::ConstExpr;
use wasm_encoder::Encode;
use wasm_encoder::GlobalType;
use wasm_encoder::Instruction;
use wasm_encoder::ValType;

/// What counts the call depth.
#[derive(Clone, Copy)]
pub(crate) struct CallDepth {
  /// The index of the global that counts.
  pub(crate) global: u32,
  /// The greatest call depth, of functions that call.
  pub(crate) limit: u32,
}

impl CallDepth {
  /// The global's entry in its section.
  pub(crate) fn entry() -> Vec<u8> {
    let mut entry = Vec::new();
    GlobalType { val_type: ValType::I32, mutable: true, shared: false }.encode(&mut entry);
    ConstExpr::i32_const(0).encode(&mut entry);
    entry
  }

  /// What a function that calls has after its own locals, and first of all does: one more local, which has the index
  /// `base`, gets its depth, and it traps if that is too much.
  pub(crate) fn enter(self, base: u32, out: &mut Vec<u8>) {
    1_u32.encode(out);
    ValType::I32.encode(out);
    let limit = Instruction::I32Const(self.limit.cast_signed());
    encode(&[Instruction::GlobalGet(self.global), Instruction::LocalTee(base), limit, Instruction::I32GeU], out);
    encode(&[Instruction::If(BlockType::Empty), Instruction::I32Const(-1), Instruction::GlobalSet(self.global)], out);
    encode(&[Instruction::Unreachable, Instruction::End], out);
  }

  /// What it does before a call. There is no overflow: the depth is less than the limit.
  pub(crate) fn call(self, base: u32, out: &mut Vec<u8>) {
    encode(&[Instruction::LocalGet(base), Instruction::I32Const(1), Instruction::I32Add], out);
    encode(&[Instruction::GlobalSet(self.global)], out);
  }

  /// What it does after a call, and before one that takes its place.
  pub(crate) fn put_back(self, base: u32, out: &mut Vec<u8>) {
    encode(&[Instruction::LocalGet(base), Instruction::GlobalSet(self.global)], out);
  }
}

fn encode(instructions: &[Instruction<'_>], out: &mut Vec<u8>) {
  instructions.iter().for_each(|instruction| instruction.encode(out));
}
