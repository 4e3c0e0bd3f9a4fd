//! What the types and constants of plugin_abi are called in C, and in the comments of the header.

/// Types: in Rust, in C.
pub(super) const TYPES: &[(&str, &str)] = &[
  ("Slice", "plugbay_slice"),
  ("Buffer", "plugbay_buffer"),
  ("BufferVTable", "plugbay_buffer_vtable"),
  ("ErrorReport", "plugbay_error_report"),
  ("Outcome", "plugbay_outcome"),
  ("OutcomePayload", "plugbay_outcome_payload"),
  ("Future", "plugbay_future"),
  ("FutureVTable", "plugbay_future_vtable"),
  ("Waker", "plugbay_waker"),
  ("WakerVTable", "plugbay_waker_vtable"),
  ("Call", "plugbay_call"),
  ("OpDefinition", "plugbay_op_definition"),
  ("Signature", "plugbay_signature"),
  ("Parameter", "plugbay_parameter"),
  ("Argument", "plugbay_argument"),
  ("BufferSlice", "plugbay_buffer_slice"),
  ("FastContext", "plugbay_fast_context"),
  ("FastTable", "plugbay_fast_table"),
  ("Exchange", "plugbay_exchange"),
  ("OneByteString", "plugbay_one_byte_string"),
  ("LentContext", "plugbay_lent_context"),
  ("LendTable", "plugbay_lend_table"),
  ("HostTable", "plugbay_host_table"),
  ("PluginInfo", "plugbay_plugin_info"),
  ("PluginDescriptor", "plugbay_plugin_descriptor"),
];

/// Those of them that are unions, in C.
pub(super) const UNIONS: &[&str] = &["plugbay_outcome_payload", "plugbay_argument"];

/// Types of functions: in Rust, in C.
pub(super) const FUNCTION_TYPES: &[(&str, &str)] = &[
  ("OpFn", "plugbay_op_fn"),
  ("TypedFn", "plugbay_typed_fn"),
  ("EntryFn", "plugbay_entry_fn"),
  ("DeinitFn", "plugbay_deinit_fn"),
];

/// What stands before the name of a module's constant.
pub(super) fn module_prefix(module: &str) -> String {
  if module.is_empty() { String::new() } else { format!("{}_", module.to_uppercase()) }
}

/// Constants: module in Rust, name in it, name in C.
pub(super) const CONSTANTS: &[(&str, &str, &str)] = &[
  ("", "ABI_VERSION", "PLUGBAY_ABI_VERSION"),
  ("entry_kind", "RUST", "PLUGBAY_ENTRY_KIND_RUST"),
  ("entry_kind", "C", "PLUGBAY_ENTRY_KIND_C"),
  ("outcome", "NOT_FOUND", "PLUGBAY_OUTCOME_NOT_FOUND"),
  ("outcome", "SYNC", "PLUGBAY_OUTCOME_SYNC"),
  ("outcome", "ASYNC", "PLUGBAY_OUTCOME_ASYNC"),
  ("outcome", "ASYNC_UNREF", "PLUGBAY_OUTCOME_ASYNC_UNREF"),
  ("outcome", "ERROR", "PLUGBAY_OUTCOME_ERROR"),
  ("outcome", "NUMBER", "PLUGBAY_OUTCOME_NUMBER"),
  ("outcome", "INTEGER", "PLUGBAY_OUTCOME_INTEGER"),
  ("outcome", "NULL", "PLUGBAY_OUTCOME_NULL"),
  ("encoding", "BYTES", "PLUGBAY_ENCODING_BYTES"),
  ("encoding", "JSON", "PLUGBAY_ENCODING_JSON"),
  ("encoding", "TYPED", "PLUGBAY_ENCODING_TYPED"),
  ("kind", "VOID", "PLUGBAY_KIND_VOID"),
  ("kind", "BOOL", "PLUGBAY_KIND_BOOL"),
  ("kind", "I8", "PLUGBAY_KIND_I8"),
  ("kind", "U8", "PLUGBAY_KIND_U8"),
  ("kind", "I16", "PLUGBAY_KIND_I16"),
  ("kind", "U16", "PLUGBAY_KIND_U16"),
  ("kind", "I32", "PLUGBAY_KIND_I32"),
  ("kind", "U32", "PLUGBAY_KIND_U32"),
  ("kind", "I64", "PLUGBAY_KIND_I64"),
  ("kind", "U64", "PLUGBAY_KIND_U64"),
  ("kind", "F32", "PLUGBAY_KIND_F32"),
  ("kind", "F64", "PLUGBAY_KIND_F64"),
  ("kind", "STRING", "PLUGBAY_KIND_STRING"),
  ("kind", "BYTES", "PLUGBAY_KIND_BYTES"),
  ("kind", "BYTES_MUT", "PLUGBAY_KIND_BYTES_MUT"),
  ("kind", "BUFFER", "PLUGBAY_KIND_BUFFER"),
  ("kind", "VALUE", "PLUGBAY_KIND_VALUE"),
  ("kind", "RESOURCE", "PLUGBAY_KIND_RESOURCE"),
  ("kind", "BUFFERS", "PLUGBAY_KIND_BUFFERS"),
  ("kind", "I8_SLICE", "PLUGBAY_KIND_I8_SLICE"),
  ("kind", "I16_SLICE", "PLUGBAY_KIND_I16_SLICE"),
  ("kind", "U16_SLICE", "PLUGBAY_KIND_U16_SLICE"),
  ("kind", "I32_SLICE", "PLUGBAY_KIND_I32_SLICE"),
  ("kind", "U32_SLICE", "PLUGBAY_KIND_U32_SLICE"),
  ("kind", "I64_SLICE", "PLUGBAY_KIND_I64_SLICE"),
  ("kind", "U64_SLICE", "PLUGBAY_KIND_U64_SLICE"),
  ("kind", "F32_SLICE", "PLUGBAY_KIND_F32_SLICE"),
  ("kind", "F64_SLICE", "PLUGBAY_KIND_F64_SLICE"),
  ("kind", "I8_SLICE_MUT", "PLUGBAY_KIND_I8_SLICE_MUT"),
  ("kind", "I16_SLICE_MUT", "PLUGBAY_KIND_I16_SLICE_MUT"),
  ("kind", "U16_SLICE_MUT", "PLUGBAY_KIND_U16_SLICE_MUT"),
  ("kind", "I32_SLICE_MUT", "PLUGBAY_KIND_I32_SLICE_MUT"),
  ("kind", "U32_SLICE_MUT", "PLUGBAY_KIND_U32_SLICE_MUT"),
  ("kind", "I64_SLICE_MUT", "PLUGBAY_KIND_I64_SLICE_MUT"),
  ("kind", "U64_SLICE_MUT", "PLUGBAY_KIND_U64_SLICE_MUT"),
  ("kind", "F32_SLICE_MUT", "PLUGBAY_KIND_F32_SLICE_MUT"),
  ("kind", "F64_SLICE_MUT", "PLUGBAY_KIND_F64_SLICE_MUT"),
  ("signature_flags", "ASYNC", "PLUGBAY_SIGNATURE_ASYNC"),
  ("parameter_flags", "OPTIONAL", "PLUGBAY_PARAMETER_OPTIONAL"),
  ("status", "DONE", "PLUGBAY_STATUS_DONE"),
  ("status", "FAILED", "PLUGBAY_STATUS_FAILED"),
  ("status", "RETRY", "PLUGBAY_STATUS_RETRY"),
  ("status", "OVERFLOW", "PLUGBAY_STATUS_OVERFLOW"),
  ("status", "ANSWERED", "PLUGBAY_STATUS_ANSWERED"),
];

/// The C name of what a link in a Rust comment names, such as `Outcome::kind`, `outcome::SYNC` or `outcome`.
pub(super) fn in_c(rust: &str) -> Option<String> {
  let find = |name: &str| {
    let same = TYPES.iter().chain(FUNCTION_TYPES).find(|(rust, _)| *rust == name);
    same.map(|(_, c)| c.to_string())
  };
  if rust == "Address" {
    return Some("plugbay_address".to_string());
  }
  if rust == "MAGIC" {
    return Some("PLUGBAY_MAGIC".to_string());
  }
  if CONSTANTS.iter().any(|(module, ..)| !module.is_empty() && *module == rust) {
    return Some(format!("PLUGBAY_{}_*", rust.to_uppercase().trim_end_matches("_FLAGS")));
  }
  let (path, name) = rust.rsplit_once("::").unwrap_or(("", rust));
  let constant = CONSTANTS.iter().find(|(module, constant, _)| *module == path && *constant == name);
  constant.map(|(.., c)| c.to_string()).or_else(|| find(rust)).or_else(|| find(path).map(|c| format!("{c}.{name}")))
}

/// A comment of Rust as one of C: its links become the C names.
pub(super) fn translate_comment(comment: &str) -> String {
  let mut out = String::new();
  let mut rest = comment;
  while let Some((before, link)) = rest.split_once("[`") {
    out.push_str(before);
    let Some((name, after)) = link.split_once("`]") else {
      rest = link;
      out.push_str("[`");
      continue;
    };
    out.push_str(&in_c(name).unwrap_or_else(|| name.to_string()));
    // The address of a link means nothing in C.
    rest = match after.strip_prefix('(').and_then(|address| address.split_once(')')) {
      Some((_, after)) => after,
      None => after,
    };
  }
  out.push_str(rest);
  out.replace("`u32::MAX`", "UINT32_MAX").replace("an plugbay_", "a plugbay_").replace("an PLUGBAY_", "a PLUGBAY_")
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn links_of_rust_become_names_of_c() {
    for (rust, c) in [
      ("One of the constants in [`outcome`].", "One of the constants in PLUGBAY_OUTCOME_*."),
      ("[`ABI_VERSION`](crate::ABI_VERSION) of it", "PLUGBAY_ABI_VERSION of it"),
      ("of an [`Outcome`]", "of a plugbay_outcome"),
      ("after [`HostTable::fail`]. `x`", "after plugbay_host_table.fail. `x`"),
      (
        "With [`outcome::ASYNC`] and [`outcome::ASYNC_UNREF`]:",
        "With PLUGBAY_OUTCOME_ASYNC and PLUGBAY_OUTCOME_ASYNC_UNREF:",
      ),
      ("or `u32::MAX` (never 0)", "or UINT32_MAX (never 0)"),
      ("[`Unknown`] and [`unclosed", "Unknown and [`unclosed"),
    ] {
      assert_eq!(translate_comment(rust), c);
    }
  }
}
