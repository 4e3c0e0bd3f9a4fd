//! The crate wasm_rewrite with the limits of plugins.

use std::time::Instant;

use wasm_rewrite as rewrite;
use wasm_rewrite::Options;
use wasm_rewrite::RewriteError;
use wasm_rewrite::Rewritten;

/// No share of a limit: what has all of it.
pub(super) const WHOLE: u64 = u64::MAX;

/// How much more each of several memories or tables may have than it starts with, where all of them start with `start`
/// and may have `most`; none where that is less.
pub(super) fn growth(count: u32, start: u64, most: u64) -> Option<u64> {
  let spare = most.checked_sub(start)?;
  Some(if count <= 1 { WHOLE } else { spare / u64::from(count) })
}

/// Several memories share what one may have, and so do several tables. Those of a component's modules have their shares
/// of what the component may have. All of it is done by `until`.
pub(super) fn rewrite_within(
  bytes: &[u8],
  options: Options,
  until: Option<Instant>,
) -> Result<Rewritten, RewriteError> {
  let rewritten = rewrite::rewrite_until(bytes, &options, until)?;
  let (memories, tables, claims) = (rewritten.summary.memories, rewritten.summary.tables(), rewritten.summary.claims);
  let shares_memory = memories > 1 && options.memory_growth == WHOLE;
  let shares_table = tables > 1 && options.table_growth == WHOLE;
  if !shares_memory && !shares_table {
    return Ok(rewritten);
  }
  let mut shared = options;
  if shares_memory {
    match growth(memories, claims.pages, options.memory_pages) {
      Some(growth) => shared.memory_growth = growth,
      // The error names one that starts with more than its part.
      None => shared.memory_pages /= u64::from(memories),
    }
  }
  if shares_table {
    match growth(tables, claims.elements, options.table_elements) {
      Some(growth) => shared.table_growth = growth,
      None => shared.table_elements /= u64::from(tables),
    }
  }
  rewrite::rewrite_until(bytes, &shared, until)
}
