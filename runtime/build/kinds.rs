//! The module that has the kinds of values, as `plugin_abi` tells them.

use std::fmt::Write as _;

use plugin_abi::Kind;
use plugin_abi::KindDescription;
use plugin_abi::Values;

/// The text of `ext:plugbay/kinds.js`. It has what each kind of parameter wants and is; how JavaScript tests that is in
/// `js/typed_ops.js`.
pub(crate) fn module() -> String {
  let names = Kind::ALL.iter().map(|kind| format!("{:?}, ", kind.name())).collect::<String>();
  let tested = Kind::ALL.iter().map(|kind| kind.description()).filter(|kind| !kind.wants.is_empty());
  let entries = tested.map(|kind| format!("  {:?}: {},\n", kind.name, entry(kind))).collect::<String>();
  format!(
    "import {{ list }} from \"ext:plugbay/own.js\";\n\
    // By their numbers.\n\
    export const KIND_NAMES = list([{names}]);\n\
    // Those that are tested.\n\
    export const KINDS = {{\n  __proto__: null,\n{entries}}};\n"
  )
}

fn entry(kind: &KindDescription) -> String {
  let mut entry = format!("{{ __proto__: null, wants: {:?}", kind.wants);
  let mut add = |field: std::fmt::Arguments<'_>| write!(entry, ", {field}").expect("a String takes all");
  match kind.values {
    Values::Integer { is_signed: true } => add(format_args!("bigRange: [{}n, {}n]", i64::MIN, i64::MAX)),
    Values::Integer { is_signed: false } => add(format_args!("bigRange: [0n, {}n]", u64::MAX)),
    // What V8 takes the result of a fast function for.
    Values::Whole { .. } | Values::Float => {
      if let Some(fast) = kind.result.and_then(|result| result.fast) {
        add(format_args!("fastNumber: \"{fast:?}\""));
      }
    }
    Values::Lent { typed_array, is_written, .. } => {
      add(format_args!("isLent: true, isWritten: {is_written}"));
      if let Some(typed_array) = typed_array {
        add(format_args!("typedArray: {typed_array:?}"));
      }
    }
    Values::Nothing | Values::Bool | Values::Text | Values::Buffer | Values::Buffers | Values::Any => {}
  }
  entry + " }"
}
