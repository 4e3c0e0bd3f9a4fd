//! Where something lies in a guest's memory.

use wasm_encoder::MemArg;

/// At an offset from the address on the stack, whatever that is a multiple of.
pub(crate) fn place(offset: u64) -> MemArg {
  MemArg { offset, align: 0, memory_index: 0 }
}
