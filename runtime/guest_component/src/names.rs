//! Finds an op by its name.

use wasm_encoder::BlockType;
use wasm_encoder::Function;
use wasm_encoder::InstructionSink;

use crate::memory::place;

/// `(address, length) -> number` of the name that lies there; -1 of none of them.
pub(crate) fn number_of(names: &[&str]) -> Function {
  let mut function = Function::new([]);
  let mut code = function.instructions();
  for (number, name) in names.iter().enumerate() {
    code.block(BlockType::Empty);
    code.local_get(1).i32_const(name.len() as i32).i32_ne().br_if(0);
    for (at, chunk) in name.as_bytes().chunks(8).enumerate() {
      differs(&mut code, 8 * at as u64, chunk);
    }
    code.i32_const(number as i32).return_().end();
  }
  code.i32_const(-1).end();
  function
}

/// Leaves the block if other bytes lie at the address.
fn differs(code: &mut InstructionSink<'_>, at: u64, bytes: &[u8]) {
  if let Ok(word) = bytes.try_into() {
    code.local_get(0).i64_load(place(at)).i64_const(i64::from_le_bytes(word)).i64_ne().br_if(0);
    return;
  }
  for (offset, byte) in (at..).zip(bytes) {
    code.local_get(0).i32_load8_u(place(offset)).i32_const(i32::from(*byte)).i32_ne().br_if(0);
  }
}
