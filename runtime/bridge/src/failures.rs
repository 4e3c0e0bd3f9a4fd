//! Failures of ops in words that say of which.

use plugbay_core::OpFailure;
use plugbay_ops::OpEntry;

/// Failures that are not in the plugin author's own words say which op they come from.
#[cold]
pub fn with_op_name(failure: OpFailure, entry: &OpEntry) -> OpFailure {
  const OF_HOST: &[&str] = &["ERR_BUFFER_", "ERR_OP_", "ERR_PLUGIN_PANIC", "ERR_PLUGIN_ABI_MISMATCH"];
  if !OF_HOST.iter().any(|prefix| failure.code.starts_with(prefix)) {
    return failure;
  }
  let message = format!("op {:?} of plugin {}: {}", entry.name, entry.plugin.name, failure.message);
  failure.with_message(message)
}
