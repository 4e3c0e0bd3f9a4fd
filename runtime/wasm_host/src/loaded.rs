//! What is known of a module that is loaded.

use std::cell::OnceCell;
use std::sync::Arc;

use wasm_rewrite as rewrite;
use wasm_rewrite::Forwarding;
use wasm_rewrite::Symbols;
use wasm_rewrite::TypeGroups;

use super::cache::Module;
use super::description::Description;

/// What errors and functions that are handed out want to know of a module.
pub(crate) struct Loaded {
  pub(super) module: Arc<Module>,
  symbols: OnceCell<Symbols>,
  type_groups: OnceCell<TypeGroups>,
}

impl Loaded {
  pub(crate) fn new(module: Arc<Module>) -> Self {
    Self { module, symbols: OnceCell::new(), type_groups: OnceCell::new() }
  }

  pub(crate) fn description(&self) -> &Description {
    &self.module.description
  }

  /// A module that forwards functions of one of the description's `types`.
  pub(crate) fn forwarding(&self, ty: u32) -> Option<Forwarding> {
    let original = &self.module.original;
    let groups = self.type_groups.get_or_init(|| TypeGroups::new(original));
    groups.forwarding(original, self.description().index_of_type(ty)?)
  }

  /// Where guest code stopped, from the text of a stack: ` in guest function name (file:line)`, or nothing when no
  /// function of the guest's is in it.
  pub(crate) fn describe_stack(&self, stack: &str) -> String {
    let Some(frame) = rewrite::frames(stack).into_iter().next() else { return String::new() };
    let symbols = self.symbols.get_or_init(|| Symbols::new(&self.module.original));
    // deno_core writes V8's line for the index of the function, which says nothing.
    let offset = self.module.offsets().original(frame.offset);
    let Some(index) = symbols.function_at(offset) else { return String::new() };
    let name = symbols.function(index).unwrap_or_else(|| format!("number {index}"));
    match symbols.line(offset) {
      Some((file, line)) => format!(" in guest function {name} ({file}:{line})"),
      None => format!(" in guest function {name}"),
    }
  }
}
