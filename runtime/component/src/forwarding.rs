//! Core modules that only forward calls: the shim and fix-up modules that stand between a guest and the functions that
//! its host makes of the guest's own memory. A host that limits guests need not look at them, so that what they are
//! must be told by what they have and not by their names, which anybody could use.

use wasmtime_environ::ModuleTranslation;
use wasmtime_environ::wasmparser::FunctionBody;
use wasmtime_environ::wasmparser::Operator;

/// As many items as a table of one may have.
const MAX_TABLE: u64 = 10_000;

/// Whether a module defines no memory and no large table, and its functions do nothing but call one other.
pub(crate) fn only_forwards(translation: &ModuleTranslation<'_>) -> bool {
  let module = &translation.module;
  let imported = u32::try_from(module.num_imported_funcs).unwrap_or_default();
  let small = module.tables.values().skip(module.num_imported_tables).all(|table| table.limits.min <= MAX_TABLE);
  let mut bodies = translation.function_body_inputs.values();
  small
    && module.memories.len() == module.num_imported_memories
    && bodies.all(|function| forwards(&function.body, imported) == Some(true))
}

/// Whether a function calls one that is imported or in a table, once, and nothing else.
fn forwards(body: &FunctionBody<'_>, imported: u32) -> Option<bool> {
  let mut calls = 0;
  for operator in body.get_operators_reader().ok()? {
    match operator.ok()? {
      Operator::LocalGet { .. } | Operator::I32Const { .. } | Operator::End => {}
      Operator::CallIndirect { .. } => calls += 1,
      Operator::Call { function_index } if function_index < imported => calls += 1,
      _ => return Some(false),
    }
  }
  Some(calls <= 1)
}
