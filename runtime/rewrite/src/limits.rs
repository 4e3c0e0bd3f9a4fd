//! Memories and tables: what they want, and the maximum that they get.

use std::ops::Range;

use wasm_encoder::Encode;
use wasmparser::BinaryReader;
use wasmparser::MemoryType;
use wasmparser::RefType;
use wasmparser::TableType;
use wasmparser::ValType;

use crate::budget;
use crate::budget::Budget;
use crate::constants::Constants;
use crate::rewrite_error::LimitExceeded;
use crate::rewrite_error::RewriteError;

const PAGE_LOG2: u32 = 16;
/// The most memories or tables that V8 accepts.
const MAX_ENTRIES: usize = 100_000;

/// The contents of a memory or table section with lowered maxima, and whether they differ from the original's.
pub(crate) struct Limited {
  pub(crate) count: u32,
  /// The entries, without their number.
  pub(crate) entries: Vec<u8>,
  /// What all of them start with.
  pub(crate) start: u64,
  pub(crate) changed: bool,
}

/// What the memories or tables may have that a module defines: pages of 64 KiB or elements.
#[derive(Clone, Copy)]
pub(crate) struct Cap {
  /// Each of them.
  pub(crate) most: u64,
  /// More than it starts with.
  pub(crate) growth: u64,
}

/// Reads a memory section whose first memory has the index `first`.
pub(crate) fn memories(
  module: &[u8],
  reader: &mut BinaryReader<'_>,
  first: u32,
  cap: Cap,
  budget: &mut Budget,
) -> Result<Limited, RewriteError> {
  let count = reader.read_size(MAX_ENTRIES, "section's count")? as u32;
  let mut limited = Limited { count, entries: Vec::new(), start: 0, changed: false };
  for at in 0..count {
    let start = reader.original_position();
    let ty = reader.read::<MemoryType>()?;
    budget.charge("memories", budget::MEMORY)?;
    check_memory(&ty, first.saturating_add(at), false, cap.most)?;
    limited.start = limited.start.saturating_add(start_pages(&ty));
    if ty.shared && ty.maximum.is_none() {
      return Err(RewriteError::malformed(start, "shared memory must have maximum size"));
    }
    let log2 = ty.page_size_log2.unwrap_or(PAGE_LOG2);
    let pages = |bytes: u128, most: u64| u64::try_from(bytes >> log2).map_or(most, |pages| pages.min(most));
    let natural = if ty.memory64 { pages(1 << 64, u64::MAX) } else { pages(1 << 32, u32::MAX.into()) };
    // The lowered maximum would hide that from V8.
    if ty.maximum.is_some_and(|maximum| maximum > natural) {
      return Err(RewriteError::malformed(start, format!("memory size must be at most {natural} pages")));
    }
    // In the memory's own pages.
    let growth = pages(u128::from(cap.growth) << PAGE_LOG2, u64::MAX);
    let cap = pages(u128::from(cap.most) << PAGE_LOG2, u64::MAX).min(ty.initial.saturating_add(growth));
    match lowered(ty.maximum, cap, natural) {
      None => limited.entries.extend_from_slice(&module[start..reader.original_position()]),
      Some(maximum) => {
        limited.changed = true;
        write_limits(&mut limited.entries, module[start], ty.initial, maximum);
        if let Some(log2) = ty.page_size_log2 {
          log2.encode(&mut limited.entries);
        }
      }
    }
  }
  Ok(limited)
}

/// Reads a table section whose first table has the index `first`.
pub(crate) fn tables(
  module: &[u8],
  reader: &mut BinaryReader<'_>,
  first: u32,
  cap: Cap,
  constants: &mut Constants,
  budget: &mut Budget,
) -> Result<Limited, RewriteError> {
  let count = reader.read_size(MAX_ENTRIES, "section's count")? as u32;
  let mut limited = Limited { count, entries: Vec::new(), start: 0, changed: false };
  for at in 0..count {
    let start = reader.original_position();
    budget.charge("tables", budget::TABLE)?;
    let (ty, limits) = read_table(reader, constants, budget)?;
    constants.exceptions.hold(ValType::Ref(ty.element_type));
    check_table(&ty, first.saturating_add(at), false, cap.most)?;
    limited.start = limited.start.saturating_add(ty.initial);
    let natural = if ty.table64 { u64::MAX } else { u32::MAX.into() };
    if ty.maximum.is_some_and(|maximum| maximum > natural) {
      return Err(RewriteError::malformed(limits.start, format!("table size must be at most {natural} elements")));
    }
    let end = reader.original_position();
    let cap = cap.most.min(ty.initial.saturating_add(cap.growth));
    match lowered(ty.maximum, cap, natural) {
      None => limited.entries.extend_from_slice(&module[start..end]),
      Some(maximum) => {
        limited.changed = true;
        limited.entries.extend_from_slice(&module[start..limits.start]);
        write_limits(&mut limited.entries, module[limits.start], ty.initial, maximum);
        limited.entries.extend_from_slice(&module[limits.end..end]);
      }
    }
  }
  Ok(limited)
}

/// The pages of 64 KiB that a memory starts with.
pub(crate) fn start_pages(ty: &MemoryType) -> u64 {
  let bytes = u128::from(ty.initial) << ty.page_size_log2.unwrap_or(PAGE_LOG2);
  u64::try_from(bytes.div_ceil(1 << PAGE_LOG2)).unwrap_or(u64::MAX)
}

/// Refuses a memory that starts with more than `cap` pages of 64 KiB.
pub(crate) fn check_memory(ty: &MemoryType, index: u32, imported: bool, cap: u64) -> Result<(), RewriteError> {
  let wants = start_pages(ty);
  if wants <= cap {
    return Ok(());
  }
  Err(RewriteError::Memory(LimitExceeded { what: "memory", index, imported, wants, allowed: cap }))
}

/// Refuses a table that starts with more than `cap` elements.
pub(crate) fn check_table(ty: &TableType, index: u32, imported: bool, cap: u64) -> Result<(), RewriteError> {
  if ty.initial <= cap {
    return Ok(());
  }
  Err(RewriteError::Table(LimitExceeded { what: "table", index, imported, wants: ty.initial, allowed: cap }))
}

/// The maximum that has to be put in the place of `declared`, if any: `natural` is the one that everything of the type
/// has.
fn lowered(declared: Option<u64>, cap: u64, natural: u64) -> Option<u64> {
  match declared {
    Some(declared) => (declared > cap).then_some(cap),
    None => (cap < natural).then_some(cap),
  }
}

/// The same limits as `flags` tells of, with a maximum.
fn write_limits(out: &mut Vec<u8>, flags: u8, minimum: u64, maximum: u64) {
  out.push(flags | 1);
  minimum.encode(out);
  maximum.encode(out);
}

/// Reads a table's entry; answers its type and where its limits are.
fn read_table(
  reader: &mut BinaryReader<'_>,
  constants: &mut Constants,
  budget: &mut Budget,
) -> Result<(TableType, Range<usize>), RewriteError> {
  let start = reader.original_position();
  let with_expression = reader.clone().read_u8()? == 0x40;
  if with_expression && reader.read_bytes(2)?[1] != 0 {
    return Err(RewriteError::malformed(start + 1, "invalid table encoding"));
  }
  let mut limits = reader.clone();
  let ty = reader.read::<TableType>()?;
  limits.read::<RefType>()?;
  let limits = limits.original_position()..reader.original_position();
  if with_expression {
    constants.read(reader, budget)?;
  }
  Ok((ty, limits))
}
