//! The crate wasm_rewrite with the limits of plugins.

use std::time::Instant;

use wasm_rewrite as rewrite;
use wasm_rewrite::Options;
use wasm_rewrite::RewriteError;
use wasm_rewrite::Rewritten;

/// Several memories share what one may have, and so do several tables. All of it is done by `until`.
pub(super) fn rewrite_within(
  bytes: &[u8],
  options: Options,
  until: Option<Instant>,
) -> Result<Rewritten, RewriteError> {
  let rewritten = rewrite::rewrite_until(bytes, &options, until)?;
  let (memories, tables) = (u64::from(rewritten.summary.memories), u64::from(rewritten.summary.tables()));
  if memories <= 1 && tables <= 1 {
    return Ok(rewritten);
  }
  let memory_pages = options.memory_pages / memories.max(1);
  let table_elements = options.table_elements / tables.max(1);
  rewrite::rewrite_until(bytes, &Options { memory_pages, table_elements, ..options }, until)
}
