//! Segments of elements and data. wasmparser's own readers go through all elements to find where a segment ends,
//! however many there are.

use wasmparser::BinaryReader;
use wasmparser::RefType;

use crate::budget;
use crate::budget::Budget;
use crate::constants::Constants;
use crate::rewrite_error::RewriteError;

/// Reads a segment of elements.
pub(crate) fn elements(
  reader: &mut BinaryReader<'_>,
  constants: &mut Constants,
  budget: &mut Budget,
) -> Result<(), RewriteError> {
  budget.charge("elements", budget::SEGMENT)?;
  let at = reader.original_position();
  let flags = reader.read_var_u32()?;
  if flags > 0b111 {
    return Err(RewriteError::malformed(at, "invalid flags byte in element segment"));
  }
  let (is_active, says_kind, are_expressions) = (flags & 0b001 == 0, flags & 0b011 != 0, flags & 0b100 != 0);
  if is_active {
    if flags & 0b010 != 0 {
      reader.read_var_u32()?;
    }
    constants.read(reader, budget)?;
  }
  if says_kind {
    match are_expressions {
      true => {
        reader.read::<RefType>()?;
      }
      false if reader.read_u8()? == 0 => {}
      false => {
        let message = "only the function external type is supported in elem segment";
        return Err(RewriteError::malformed(reader.original_position() - 1, message));
      }
    }
  }
  let at = reader.original_position();
  let count = reader.read_var_u32()?;
  // Each takes a byte at least: what says of more is cut short, whatever they would take.
  if count as usize > reader.bytes_remaining() {
    return Err(RewriteError::malformed(at, "unexpected end of the elements of a segment"));
  }
  budget.charge("elements", budget::ELEMENT * u64::from(count))?;
  for _ in 0..count {
    match are_expressions {
      true => constants.read(reader, budget)?,
      false => {
        budget.step()?;
        constants.declare(reader.read_var_u32()?);
      }
    }
  }
  Ok(())
}

/// Reads a segment of data of a module that has so many memories.
pub(crate) fn data(
  reader: &mut BinaryReader<'_>,
  memories: u32,
  constants: &mut Constants,
  budget: &mut Budget,
) -> Result<(), RewriteError> {
  budget.charge("segments of data", budget::SEGMENT)?;
  let at = reader.original_position();
  let memory = match reader.read_var_u32()? {
    0 => Some(0),
    1 => None,
    2 => Some(reader.read_var_u32()?),
    _ => return Err(RewriteError::malformed(at, "invalid flags byte in data segment")),
  };
  if let Some(memory) = memory {
    // V8 would let it have the memory that is added.
    if memory >= memories {
      return Err(RewriteError::unknown_memory(at, memory));
    }
    constants.read(reader, budget)?;
  }
  reader.read_reader()?;
  Ok(())
}
