//! How the values of a kind are passed: as plugin_abi has them and as the canonical ABI has them.

use plugbay_ops::Kind;
use plugbay_ops::Values;
use wasm_encoder::InstructionSink;
use wasm_encoder::ValType;

use crate::memory::place;

/// A parameter or a result.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Shape {
  Nothing,
  Bool,
  Whole {
    bytes: u8,
    is_signed: bool,
  },
  F32,
  F64,
  Integer,
  /// Text or bytes.
  Text,
  /// Elements of so many bytes, which may be written.
  Elements {
    size: u32,
    is_written: bool,
  },
  /// Bytes that the op may keep.
  Buffer,
  Buffers,
  Json {
    is_optional: bool,
  },
}

impl Shape {
  pub(crate) fn of(kind: Kind, is_optional: bool) -> Self {
    match *kind.values() {
      Values::Nothing => Self::Nothing,
      Values::Bool => Self::Bool,
      Values::Whole { least, most } => {
        let bytes = match most - least {
          255.0 => 1,
          65535.0 => 2,
          _ => 4,
        };
        Self::Whole { bytes, is_signed: least < 0.0 }
      }
      Values::Float if kind == Kind::F32 => Self::F32,
      Values::Float => Self::F64,
      Values::Integer { .. } => Self::Integer,
      Values::Text => Self::Text,
      Values::Lent { size, is_written, .. } => Self::Elements { size: size as u32, is_written },
      Values::Buffer => Self::Buffer,
      Values::Buffers => Self::Buffers,
      Values::Any => Self::Json { is_optional },
    }
  }

  /// Of a result: bytes are not lent there.
  pub(crate) fn of_result(kind: Kind) -> Self {
    match Self::of(kind, false) {
      Self::Elements { .. } => Self::Text,
      shape => shape,
    }
  }

  /// What a parameter is when it is flattened.
  pub(crate) fn flat(self) -> &'static [ValType] {
    match self {
      Self::Nothing => &[],
      Self::Bool | Self::Whole { .. } => &[ValType::I32],
      Self::F32 => &[ValType::F32],
      Self::F64 => &[ValType::F64],
      Self::Integer => &[ValType::I64],
      Self::Json { is_optional: true } => &[ValType::I32; 3],
      _ => &[ValType::I32; 2],
    }
  }

  /// Reads the flat values of a parameter that lies in memory, at an offset from the address in the local `memory`,
  /// into locals from `local` on.
  pub(crate) fn load(self, code: &mut InstructionSink<'_>, memory: u32, offset: u64, local: u32) {
    for (index, _) in self.flat().iter().enumerate() {
      code.local_get(memory);
      let at = place(offset + 4 * index as u64);
      match self {
        Self::Bool => code.i32_load8_u(at),
        Self::Whole { bytes: 1, is_signed: false } => code.i32_load8_u(at),
        Self::Whole { bytes: 1, is_signed: true } => code.i32_load8_s(at),
        Self::Whole { bytes: 2, is_signed: false } => code.i32_load16_u(at),
        Self::Whole { bytes: 2, is_signed: true } => code.i32_load16_s(at),
        Self::F32 => code.f32_load(at),
        Self::F64 => code.f64_load(at),
        Self::Integer => code.i64_load(at),
        Self::Json { is_optional: true } if index == 0 => code.i32_load8_u(at),
        _ => code.i32_load(at),
      };
      code.local_set(local + index as u32);
    }
  }
}
