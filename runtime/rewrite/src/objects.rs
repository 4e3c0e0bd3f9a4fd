//! Objects of the garbage collection proposal, which V8 has in its heap.
//!
//! When the heap is full V8 says so and lets it grow by what its largest object takes, and the host sets the word that
//! checks look at. A check follows each instruction that makes an object, also where calls have no deadline: so no code
//! makes more than one until it ends, whatever its size. What is left is counted here: constant expressions, which have
//! no checks, and which V8 evaluates one after the other.

use wasmparser::CompositeInnerType;
use wasmparser::Operator;
use wasmparser::StorageType;
use wasmparser::ValType;

use crate::rewrite_error::RewriteError;

/// The bytes that all objects of constant expressions may take. They are made between two looks of V8's at whether it
/// is to end, and its heap then grows by 1 GiB at least.
const MAX_CONSTANT_BYTES: u64 = 64 << 20;
/// The bytes of an object besides its fields or elements, rounded up.
const HEADER: u64 = 32;
/// What an object of a type takes.
#[derive(Clone, Copy, Default)]
pub(crate) struct Layout {
  fields: u32,
  /// The bytes of a struct's fields, or of one element of an array.
  bytes: u64,
}

impl Layout {
  /// Nothing for the type of what is no object.
  pub(crate) fn of(ty: &CompositeInnerType) -> Option<Self> {
    match ty {
      CompositeInnerType::Struct(object) => {
        let bytes = object.fields.iter().map(|field| size(field.element_type).max(8)).sum();
        Some(Self { fields: object.fields.len() as u32, bytes })
      }
      CompositeInnerType::Array(array) => Some(Self { fields: 0, bytes: size(array.0.element_type) }),
      CompositeInnerType::Func(_) | CompositeInnerType::Cont(_) => None,
    }
  }
}

fn size(ty: StorageType) -> u64 {
  match ty {
    StorageType::I8 => 1,
    StorageType::I16 => 2,
    StorageType::Val(ValType::I32 | ValType::F32) => 4,
    StorageType::Val(ValType::I64 | ValType::F64 | ValType::Ref(_)) => 8,
    StorageType::Val(ValType::V128) => 16,
  }
}

/// The objects that a module may make.
pub(crate) struct Objects {
  /// By the indices of the types.
  layouts: Vec<Option<Layout>>,
  /// The bytes of those that constant expressions make.
  constant_bytes: u64,
}

impl Objects {
  /// Of a module with types of these layouts.
  pub(crate) fn new(layouts: Vec<Option<Layout>>) -> Self {
    Self { layouts, constant_bytes: 0 }
  }

  /// Whether the module has types of objects: code that makes some names one.
  pub(crate) fn any(&self) -> bool {
    self.layouts.iter().any(Option::is_some)
  }

  /// Of a type that there is not V8 says so.
  fn layout(&self, index: u32) -> Layout {
    self.layouts.get(index as usize).copied().flatten().unwrap_or_default()
  }

  /// How many fields a struct of the type has.
  pub(crate) fn fields(&self, index: u32) -> u32 {
    self.layout(index).fields
  }

  /// Takes in an instruction of a constant expression, and the one before it.
  pub(crate) fn add_constant(
    &mut self,
    at: usize,
    operator: &Operator<'_>,
    before: Option<&Operator<'_>>,
  ) -> Result<(), RewriteError> {
    let bytes = match *operator {
      Operator::StructNew { struct_type_index } | Operator::StructNewDefault { struct_type_index } => {
        self.layout(struct_type_index).bytes
      }
      Operator::ArrayNewFixed { array_type_index, array_size } => self.array(array_type_index, array_size),
      Operator::ArrayNew { array_type_index }
      | Operator::ArrayNewDefault { array_type_index }
      | Operator::ArrayNewData { array_type_index, .. }
      | Operator::ArrayNewElem { array_type_index, .. } => match before {
        // Its length is the last operand.
        Some(&Operator::I32Const { value }) => self.array(array_type_index, value.cast_unsigned()),
        // One that is computed, or is a global's.
        _ => return Err(RewriteError::ConstantLength { offset: at }),
      },
      _ => return Ok(()),
    };
    self.constant_bytes = self.constant_bytes.saturating_add(HEADER).saturating_add(bytes);
    if self.constant_bytes <= MAX_CONSTANT_BYTES {
      return Ok(());
    }
    Err(RewriteError::ConstantObjects { wants: self.constant_bytes, allowed: MAX_CONSTANT_BYTES })
  }

  fn array(&self, index: u32, length: u32) -> u64 {
    self.layout(index).bytes.saturating_mul(length.into())
  }
}
