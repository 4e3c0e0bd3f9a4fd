//! Assertions for the C compiler that it lays out the structs as Rust does.

use std::fmt::Write;

use super::names;

/// Lines of `(struct, size, [(field, offset)])`.
macro_rules! layouts {
  ($($name:ident { $($field:ident),* $(,)? })*) => {
    &[$((
      stringify!($name),
      size_of::<plugin_abi::$name>(),
      &[$((stringify!($field), std::mem::offset_of!(plugin_abi::$name, $field))),*],
    )),*]
  };
}

type Layout = (&'static str, usize, &'static [(&'static str, usize)]);

const LAYOUTS: &[Layout] = layouts! {
  Slice { ptr, len }
  Buffer { ptr, len, vtable, owner }
  BufferVTable { size, retain, release }
  ErrorReport { size, class, code, message }
  Outcome { size, kind, reserved, payload }
  OutcomePayload { buffer, future, error, number, integer }
  Future { data, vtable }
  FutureVTable { size, poll, drop }
  Waker { vtable }
  WakerVTable { size, clone, wake, drop }
  Call { size, host, instance }
  OpDefinition { size, name, encoding, reserved, call, data, drop, signature, lent }
  Signature {
    size, parameters, parameter_count, parameter_size, result, flags, documentation, result_type, declarations, call,
    fast,
  }
  Parameter { name, type_, kind, flags }
  Argument { number, integer, bytes, buffers }
  BufferSlice { ptr, len }
  FastContext { size, data, host, instance, current, exchange, table, bytes_sent, bytes_received }
  FastTable { size, view_bytes }
  Exchange {
    size, input, input_length, output, output_capacity, slab, slab_capacity, slab_used, slab_longest, status, slab_offset,
    integer, overflow,
  }
  OneByteString { data, length }
  LentContext { fast, call, table, outcome, is_answered, reserved }
  LendTable { size, lend, hold }
  HostTable {
    size, abi_version, reserved, register_op, fail, resource_add, resource_get, resource_close, spawn_blocking, log,
    current,
  }
  PluginInfo { name, version }
  PluginDescriptor { magic, size, abi_version, host_table_size, entry_kind, info, target, compiler }
};

/// The assertions on every size and offset in a wasm32 guest, which nothing here can compute: clang did. plugin_abi
/// asserts the same of those that runtime/worlds/src/plugbay/layout.js has.
const WASM32: &str = include_str!("wasm32_layout.h");

/// The assertions on every size and offset.
pub(super) fn assertions() -> String {
  format!("#if defined(__wasm32__)\n{WASM32}#else\n{}#endif\n", assertions_of_64_bits())
}

fn assertions_of_64_bits() -> String {
  let mut out = String::new();
  for (name, size, fields) in LAYOUTS {
    let c = names::in_c(name).expect("every struct has a name in C");
    let mut assert = |condition: String| {
      writeln!(out, "PLUGBAY_STATIC_ASSERT({condition}, \"layout of {c}\");").expect("a String takes all");
    };
    assert(format!("sizeof({c}) == {size}"));
    for (field, offset) in *fields {
      let field = if *field == "class" { "class_" } else { field };
      assert(format!("offsetof({c}, {field}) == {offset}"));
    }
  }
  out
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn every_struct_is_asserted() {
    let asserted: Vec<_> = LAYOUTS.iter().map(|(name, ..)| *name).collect();
    let named: Vec<_> = names::TYPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(asserted, named);
  }
}
