//! Types of the functions that a module exports, read from its bytes, and how their values are written as bytes.

use wasmparser::CompositeInnerType;
use wasmparser::ExternalKind;
use wasmparser::Parser;
use wasmparser::Payload;
use wasmparser::TypeRef;
use wasmparser::ValType;

/// A value type that can be written as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberType {
  I32,
  I64,
  F32,
  F64,
}

impl NumberType {
  pub(crate) fn size(self) -> usize {
    match self {
      Self::I32 | Self::F32 => 4,
      Self::I64 | Self::F64 => 8,
    }
  }
}

/// The type of an exported function. A value that is no number (a reference, a vector) is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signature {
  pub(crate) parameters: Vec<Option<NumberType>>,
  pub(crate) results: Vec<Option<NumberType>>,
}

/// Name and type of every exported function, in the module's order. V8 has accepted the module before, so what does not
/// read here is only left out.
pub(crate) fn exported_functions(module: &[u8]) -> Vec<(String, Signature)> {
  let mut types = Vec::new();
  let mut functions = Vec::new();
  let mut exports = Vec::new();
  for payload in Parser::new(0).parse_all(module) {
    match payload {
      Ok(Payload::TypeSection(section)) => {
        for group in section.into_iter().flatten() {
          types.extend(group.into_types().map(|ty| match ty.composite_type.inner {
            CompositeInnerType::Func(function) => Signature {
              parameters: function.params().iter().map(number_type).collect(),
              results: function.results().iter().map(number_type).collect(),
            },
            _ => Signature::default(),
          }));
        }
      }
      Ok(Payload::ImportSection(section)) => {
        functions.extend(section.into_iter().flatten().filter_map(|import| match import.ty {
          TypeRef::Func(index) => Some(index),
          _ => None,
        }));
      }
      Ok(Payload::FunctionSection(section)) => functions.extend(section.into_iter().flatten()),
      Ok(Payload::ExportSection(section)) => {
        let is_function = |export: &wasmparser::Export<'_>| export.kind == ExternalKind::Func;
        exports.extend(
          section.into_iter().flatten().filter(is_function).map(|export| (export.name.to_string(), export.index)),
        );
      }
      Ok(_) => {}
      Err(_) => break,
    }
  }
  let signature = |index: u32| types.get(*functions.get(index as usize)? as usize).cloned();
  exports.into_iter().map(|(name, index)| (name, signature(index).unwrap_or_default())).collect()
}

fn number_type(ty: &ValType) -> Option<NumberType> {
  match ty {
    ValType::I32 => Some(NumberType::I32),
    ValType::I64 => Some(NumberType::I64),
    ValType::F32 => Some(NumberType::F32),
    ValType::F64 => Some(NumberType::F64),
    ValType::V128 | ValType::Ref(_) => None,
  }
}
