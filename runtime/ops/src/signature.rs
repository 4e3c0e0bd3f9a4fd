//! What a typed op takes and gives.

/// What an op takes and gives, copied out of the plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
  /// Its parameters, in order.
  pub parameters: Vec<Parameter>,
  /// The kind of its result.
  pub result: Kind,
  /// It gives a Promise.
  pub is_async: bool,
  /// What the op does, for people; may be empty.
  pub documentation: String,
  /// TypeScript type of the result; empty: that of its kind.
  pub result_type: String,
  /// TypeScript declarations that the types refer to.
  pub declarations: String,
}

/// A parameter of a typed op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
  /// What it is called.
  pub name: String,
  /// The kind of its value.
  pub kind: Kind,
  /// TypeScript type; empty: that of its kind.
  pub type_: String,
  /// The script may leave it out.
  pub is_optional: bool,
}

/// Kinds of values, with the numbers of [`plugin_abi::kind`].
macro_rules! kinds {
  ($($kind:ident = $number:ident, $name:literal;)*) => {
    /// The kind of a value.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Kind {
      $(#[doc = concat!("`", $name, "`")] $kind,)*
    }

    impl Kind {
      /// The kind of a number of the ABI.
      pub fn from_abi(number: u32) -> Option<Self> {
        match number {
          $(plugin_abi::kind::$number => Some(Self::$kind),)*
          _ => None,
        }
      }

      /// The kind of that name.
      pub fn from_name(name: &str) -> Option<Self> {
        match name {
          $($name => Some(Self::$kind),)*
          _ => None,
        }
      }

      /// What `js/typed_ops.js` calls it.
      pub fn name(self) -> &'static str {
        match self {
          $(Self::$kind => $name,)*
        }
      }
    }
  };
}

kinds! {
  Void = VOID, "void";
  Bool = BOOL, "bool";
  I8 = I8, "i8";
  U8 = U8, "u8";
  I16 = I16, "i16";
  U16 = U16, "u16";
  I32 = I32, "i32";
  U32 = U32, "u32";
  I64 = I64, "i64";
  U64 = U64, "u64";
  F32 = F32, "f32";
  F64 = F64, "f64";
  String = STRING, "string";
  Bytes = BYTES, "bytes";
  BytesMut = BYTES_MUT, "bytesMut";
  Buffer = BUFFER, "buffer";
  Value = VALUE, "value";
  Resource = RESOURCE, "resource";
  Buffers = BUFFERS, "buffers";
  I8Slice = I8_SLICE, "&[i8]";
  I16Slice = I16_SLICE, "&[i16]";
  U16Slice = U16_SLICE, "&[u16]";
  I32Slice = I32_SLICE, "&[i32]";
  U32Slice = U32_SLICE, "&[u32]";
  I64Slice = I64_SLICE, "&[i64]";
  U64Slice = U64_SLICE, "&[u64]";
  F32Slice = F32_SLICE, "&[f32]";
  F64Slice = F64_SLICE, "&[f64]";
  I8SliceMut = I8_SLICE_MUT, "&mut [i8]";
  I16SliceMut = I16_SLICE_MUT, "&mut [i16]";
  U16SliceMut = U16_SLICE_MUT, "&mut [u16]";
  I32SliceMut = I32_SLICE_MUT, "&mut [i32]";
  U32SliceMut = U32_SLICE_MUT, "&mut [u32]";
  I64SliceMut = I64_SLICE_MUT, "&mut [i64]";
  U64SliceMut = U64_SLICE_MUT, "&mut [u64]";
  F32SliceMut = F32_SLICE_MUT, "&mut [f32]";
  F64SliceMut = F64_SLICE_MUT, "&mut [f64]";
}

impl Kind {
  /// Whether an op can give it.
  fn can_be_result(self) -> bool {
    !matches!(self, Self::BytesMut | Self::Buffer | Self::Resource | Self::Buffers) && self.elements().is_none()
  }

  /// The typed array whose elements are lent, and the size of one.
  pub fn elements(self) -> Option<(&'static str, usize)> {
    Some(match self {
      Self::I8Slice | Self::I8SliceMut => ("Int8Array", 1),
      Self::I16Slice | Self::I16SliceMut => ("Int16Array", 2),
      Self::U16Slice | Self::U16SliceMut => ("Uint16Array", 2),
      Self::I32Slice | Self::I32SliceMut => ("Int32Array", 4),
      Self::U32Slice | Self::U32SliceMut => ("Uint32Array", 4),
      Self::I64Slice | Self::I64SliceMut => ("BigInt64Array", 8),
      Self::U64Slice | Self::U64SliceMut => ("BigUint64Array", 8),
      Self::F32Slice | Self::F32SliceMut => ("Float32Array", 4),
      Self::F64Slice | Self::F64SliceMut => ("Float64Array", 8),
      _ => return None,
    })
  }

  /// Whether bytes are lent: what the size of one element is.
  pub fn lent(self) -> Option<usize> {
    match self {
      Self::Bytes | Self::BytesMut => Some(1),
      kind => kind.elements().map(|(_, size)| size),
    }
  }
}

impl Signature {
  /// What is wrong with it, if anything is.
  pub fn fault(&self) -> Option<String> {
    let last = self.parameters.len().saturating_sub(1);
    for (index, parameter) in self.parameters.iter().enumerate() {
      if parameter.kind == Kind::Void {
        return Some(format!("its parameter {:?} has no value", parameter.name));
      }
      if parameter.kind == Kind::Buffers && index != last {
        return Some(format!("its parameter {:?} takes all further buffers and is not the last", parameter.name));
      }
    }
    (!self.result.can_be_result()).then(|| format!("its result is of kind {}", self.result.name()))
  }
}
