//! Exceptions, which V8 has in its heap, where no limit of the host's counts them.
//!
//! As compilers use them they are on the stack: one that was caught lies in a local until it is thrown again, and the
//! stack has room for some hundred thousand references at most. A global, a table or an object keeps as many as one
//! likes, and so does an exception that carries another: nothing that is kept so is counted, whereas the stack bounds
//! the others, if none of them is large.

use wasmparser::AbstractHeapType;
use wasmparser::CompositeInnerType;
use wasmparser::HeapType;
use wasmparser::StorageType;
use wasmparser::ValType;

use crate::summary::FunctionType;

/// Exceptions of a module as far as its sections tell of them.
#[derive(Clone, Copy, Default)]
pub(crate) struct Exceptions {
  /// Whether a global, a table, an object or another exception can hold one.
  pub(crate) are_kept: bool,
  /// The most bytes that V8 takes for the values of one.
  pub(crate) largest: u64,
}

impl Exceptions {
  /// A global or a table holds values of this type.
  pub(crate) fn hold(&mut self, ty: ValType) {
    self.are_kept |= is_exception(ty);
  }

  /// There may be objects of this type.
  pub(crate) fn hold_in_objects(&mut self, ty: &CompositeInnerType) {
    let fields = match ty {
      CompositeInnerType::Struct(object) => &object.fields[..],
      CompositeInnerType::Array(array) => std::slice::from_ref(&array.0),
      CompositeInnerType::Func(_) | CompositeInnerType::Cont(_) => &[],
    };
    for field in fields {
      if let StorageType::Val(ty) = field.element_type {
        self.hold(ty);
      }
    }
  }

  /// A tag has values of these types.
  pub(crate) fn carry(&mut self, tag: Option<&FunctionType>) {
    for &ty in tag.iter().flat_map(|tag| &tag.parameters) {
      self.hold(ty);
    }
    let size = tag.iter().flat_map(|tag| &tag.parameters).map(|&ty| size(ty)).sum();
    self.largest = self.largest.max(size);
  }
}

fn is_exception(ty: ValType) -> bool {
  let ValType::Ref(ty) = ty else { return false };
  matches!(ty.heap_type(), HeapType::Abstract { ty: AbstractHeapType::Exn | AbstractHeapType::NoExn, .. })
}

/// V8 keeps numbers as small integers of 16 bits, in a word each.
fn size(ty: ValType) -> u64 {
  match ty {
    ValType::I32 | ValType::F32 => 16,
    ValType::I64 | ValType::F64 => 32,
    ValType::V128 => 64,
    ValType::Ref(_) => 8,
  }
}
