//! Assertions for the C compiler that it lays out the structs as Rust does.

use std::fmt::Write;

use plugin_abi::LAYOUTS;
use plugin_abi::Layout;
use plugin_abi::WASM32_LAYOUTS;

use super::names;

/// The assertions on every size and offset.
pub(super) fn assertions() -> String {
  format!("#if defined(__wasm32__)\n{}#else\n{}#endif\n", assertions_of(WASM32_LAYOUTS), assertions_of(LAYOUTS))
}

fn assertions_of(layouts: &[Layout]) -> String {
  let mut out = String::new();
  for Layout { name, size, fields } in layouts {
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
    let asserted: Vec<_> = LAYOUTS.iter().map(|layout| layout.name).collect();
    let named: Vec<_> = names::TYPES.iter().map(|(name, _)| *name).collect();
    assert_eq!(asserted, named);
  }
}
