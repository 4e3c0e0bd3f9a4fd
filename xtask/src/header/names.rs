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
  ("Stream", "plugbay_stream"),
  ("StreamVTable", "plugbay_stream_vtable"),
  ("HttpBody", "plugbay_http_body"),
  ("HttpHeader", "plugbay_http_header"),
  ("HttpRequest", "plugbay_http_request"),
  ("HttpResponse", "plugbay_http_response"),
  ("PluginInfo", "plugbay_plugin_info"),
  ("PluginDescriptor", "plugbay_plugin_descriptor"),
];

/// Those of them that are unions, in C.
pub(super) const UNIONS: &[&str] = &["plugbay_outcome_payload", "plugbay_argument"];

/// Types of functions: in Rust, in C.
pub(super) const FUNCTION_TYPES: &[(&str, &str)] = &[
  ("OpFn", "plugbay_op_fn"),
  ("TypedFn", "plugbay_typed_fn"),
  ("HttpFn", "plugbay_http_fn"),
  ("EntryFn", "plugbay_entry_fn"),
  ("DeinitFn", "plugbay_deinit_fn"),
];

/// The C name of a constant in a module; "" is that of the crate.
pub(super) fn constant(module: &str, name: &str) -> String {
  match module.trim_end_matches("_flags") {
    "" => format!("PLUGBAY_{name}"),
    module => format!("PLUGBAY_{}_{name}", module.to_uppercase()),
  }
}

/// The C name of what a link in a Rust comment names, such as `Outcome::kind`, `outcome::SYNC` or `outcome`.
pub(super) fn in_c(rust: &str) -> Option<String> {
  let find = |name: &str| TYPES.iter().chain(FUNCTION_TYPES).find(|(rust, _)| *rust == name).map(|(_, c)| *c);
  let is_lower = |name: &str| name.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_');
  let is_upper = |name: &str| name.chars().all(|letter| !letter.is_ascii_lowercase());
  match rust.rsplit_once("::") {
    None if rust == "Address" => Some("plugbay_address".to_string()),
    None if is_upper(rust) => Some(constant("", rust)),
    None if is_lower(rust) => Some(constant(rust, "*")),
    None => find(rust).map(str::to_string),
    Some((module, name)) if is_lower(module) => Some(constant(module, name)),
    Some((type_, field)) => find(type_).map(|c| format!("{c}.{field}")),
  }
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
