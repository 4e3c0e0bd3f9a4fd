//! The kinds of values that typed ops take and give: one table, of which everything that tells kinds apart is made. Its
//! users are the header, the host's op table, its V8 functions, its JavaScript and its TypeScript types.

/// What there is to know of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KindDescription {
  /// Its number.
  pub number: u32,
  /// The name of its constant in [`kind`].
  pub constant: &'static str,
  /// What the constant is for.
  pub documentation: &'static str,
  /// What the host calls it, in JavaScript and to people.
  pub name: &'static str,
  /// Which values are of the kind.
  pub values: Values,
  /// What a script is told that a parameter of the kind wants. Empty where any value will do, or it is looked at
  /// elsewhere.
  pub wants: &'static str,
  /// How it is passed; none where it is a kind of results only.
  pub parameter: Option<Crossing>,
  /// How it is given; none where it is a kind of parameters only.
  pub result: Option<Crossing>,
}

/// The values of a kind, by how they are tested and passed on the slow path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Values {
  /// `undefined`.
  Nothing,
  /// Booleans.
  Bool,
  /// Whole numbers from `least` to `most`.
  Whole {
    /// The least.
    least: f64,
    /// The greatest.
    most: f64,
  },
  /// Numbers.
  Float,
  /// Integers of 64 bits: a number where it is exact, else a BigInt.
  Integer {
    /// Half of them are negative.
    is_signed: bool,
  },
  /// Strings.
  Text,
  /// Bytes or elements, lent for the call.
  Lent {
    /// The typed array whose elements they are; of bytes none, since any view has bytes.
    typed_array: Option<&'static str>,
    /// The size of one.
    size: usize,
    /// The op may write them.
    is_written: bool,
  },
  /// A buffer that the op may keep.
  Buffer,
  /// All further buffers.
  Buffers,
  /// Any value, in the wire format.
  Any,
}

/// How a value crosses in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crossing {
  /// Its type in TypeScript.
  pub typescript: &'static str,
  /// What it is to a fast function; none where an op that has it has no fast function.
  pub fast: Option<FastType>,
}

/// What a value is to a fast function: [`FastContext`](crate::FastContext) says it in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FastType {
  /// Nothing: no argument, no result.
  Nothing,
  /// A boolean.
  Bool,
  /// An integer of 32 bits with a sign.
  Int32,
  /// An integer of 32 bits without a sign.
  Uint32,
  /// A float of 64 bits.
  Double,
  /// A pointer to a [`OneByteString`](crate::OneByteString).
  Text,
  /// A view of V8's, where its first byte is, and the number of its bytes.
  View,
}

const A_BUFFER: &str = "an ArrayBuffer or a view of one, such as a Uint8Array";

/// A row of the table, to which the macro adds what things are called.
const fn of(values: Values, wants: &'static str) -> KindDescription {
  KindDescription { number: 0, constant: "", documentation: "", name: "", values, wants, parameter: None, result: None }
}

impl KindDescription {
  const fn passed(self, typescript: &'static str, fast: Option<FastType>) -> Self {
    Self { parameter: Some(Crossing { typescript, fast }), ..self }
  }

  const fn given(self, typescript: &'static str, fast: FastType) -> Self {
    Self { result: Some(Crossing { typescript, fast: Some(fast) }), ..self }
  }

  const fn passed_and_given(self, typescript: &'static str, fast: FastType) -> Self {
    self.passed(typescript, Some(fast)).given(typescript, fast)
  }
}

const fn bytes(is_written: bool) -> KindDescription {
  of(Values::Lent { typed_array: None, size: 1, is_written }, A_BUFFER).passed("Deno.Bytes", Some(FastType::View))
}

const fn range(least: i64, most: i64) -> Values {
  Values::Whole { least: least as f64, most: most as f64 }
}

macro_rules! whole {
  ($what:literal, $least:literal, $most:literal) => {
    of(range($least, $most), concat!($what, ", a whole number from ", $least, " to ", $most))
  };
}

macro_rules! elements {
  ($article:literal, $typed_array:literal, $element:ident, $is_written:literal) => {
    of(
      Values::Lent { typed_array: Some($typed_array), size: size_of::<$element>(), is_written: $is_written },
      concat!($article, " ", $typed_array),
    )
    .passed($typed_array, Some(FastType::View))
  };
}

/// Makes the constants and [`Kind`] of the table.
macro_rules! kinds {
  ($($(#[doc = $documentation:literal])* $kind:ident = $number:literal $constant:ident $name:literal: $description:expr;)*) => {
    /// Kinds of values: [`Parameter::kind`](crate::Parameter::kind), [`Signature::result`](crate::Signature::result).
    pub mod kind {
      $($(#[doc = $documentation])* pub const $constant: u32 = $number;)*
    }

    /// The kind of a value.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    #[repr(u32)]
    pub enum Kind {
      $($(#[doc = $documentation])* $kind = $number,)*
    }

    impl Kind {
      /// All of them, by their numbers.
      pub const ALL: &[Self] = &[$(Self::$kind),*];

      const DESCRIPTIONS: &[KindDescription] = &[$(KindDescription {
        number: $number,
        constant: stringify!($constant),
        documentation: concat!($($documentation),*),
        name: $name,
        ..$description
      }),*];
    }
  };
}

kinds! {
  /// `undefined`. Results only.
  Void = 0 VOID "void": of(Values::Nothing, "").given("void", FastType::Nothing);
  /// A boolean: the number 0 or 1.
  Bool = 1 BOOL "bool": of(Values::Bool, "a boolean").passed_and_given("boolean", FastType::Bool);
  /// An integer of 8 bits with a sign, as a number.
  I8 = 2 I8 "i8": whole!("an i8", -128, 127).passed_and_given("number", FastType::Int32);
  /// An integer of 8 bits without a sign, as a number.
  U8 = 3 U8 "u8": whole!("a u8", 0, 255).passed_and_given("number", FastType::Uint32);
  /// An integer of 16 bits with a sign, as a number.
  I16 = 4 I16 "i16": whole!("an i16", -32768, 32767).passed_and_given("number", FastType::Int32);
  /// An integer of 16 bits without a sign, as a number.
  U16 = 5 U16 "u16": whole!("a u16", 0, 65535).passed_and_given("number", FastType::Uint32);
  /// An integer of 32 bits with a sign, as a number.
  I32 = 6 I32 "i32": whole!("an i32", -2147483648, 2147483647).passed_and_given("number", FastType::Int32);
  /// An integer of 32 bits without a sign, as a number.
  U32 = 7 U32 "u32": whole!("a u32", 0, 4294967295).passed_and_given("number", FastType::Uint32);
  /// An integer of 64 bits with a sign, as an integer.
  I64 = 8 I64 "i64": of(
    Values::Integer { is_signed: true },
    "an i64, a whole number from -(2^53 - 1) to 2^53 - 1 or a BigInt from -(2^63) to 2^63 - 1",
  ).passed_and_given("number | bigint", FastType::Double);
  /// An integer of 64 bits without a sign, as an integer.
  U64 = 9 U64 "u64": of(
    Values::Integer { is_signed: false },
    "a u64, a whole number from 0 to 2^53 - 1 or a BigInt from 0 to 2^64 - 1",
  ).passed_and_given("number | bigint", FastType::Double);
  /// A float of 32 bits, as a number.
  F32 = 10 F32 "f32": of(Values::Float, "a number").passed_and_given("number", FastType::Double);
  /// A float of 64 bits, as a number.
  F64 = 11 F64 "f64": of(Values::Float, "a number").passed_and_given("number", FastType::Double);
  /// UTF-8 text. As a result a buffer.
  String = 12 STRING "string": of(Values::Text, "a string")
    .passed("string", Some(FastType::Text)).given("string", FastType::Uint32);
  /// Bytes that are lent for the call and may be read. As a result a buffer.
  Bytes = 13 BYTES "bytes": bytes(false).given("Uint8Array<ArrayBuffer>", FastType::Uint32);
  /// Bytes that are lent for the call and may be written. Parameters only.
  BytesMut = 14 BYTES_MUT "bytesMut": bytes(true);
  /// A buffer that the op may keep. Parameters only.
  Buffer = 15 BUFFER "buffer": of(Values::Buffer, A_BUFFER).passed("Deno.Bytes", None);
  /// A value of any shape in the wire format of ABI.md. As a result a buffer.
  Value = 16 VALUE "value": of(Values::Any, "").passed_and_given("unknown", FastType::Uint32);
  /// The number of a resource. Parameters only.
  Resource = 17 RESOURCE "resource": whole!("the number of a resource", 0, 4294967295)
    .passed("number", Some(FastType::Uint32));
  /// All further arguments, each a buffer that the op may keep. The last parameter only.
  Buffers = 18 BUFFERS "buffers": of(Values::Buffers, "").passed("Deno.Bytes[]", Some(FastType::Nothing));
  /// Elements `i8` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  I8Slice = 19 I8_SLICE "&[i8]": elements!("an", "Int8Array", i8, false);
  /// Elements `i16` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  I16Slice = 20 I16_SLICE "&[i16]": elements!("an", "Int16Array", i16, false);
  /// Elements `u16` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  U16Slice = 21 U16_SLICE "&[u16]": elements!("a", "Uint16Array", u16, false);
  /// Elements `i32` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  I32Slice = 22 I32_SLICE "&[i32]": elements!("an", "Int32Array", i32, false);
  /// Elements `u32` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  U32Slice = 23 U32_SLICE "&[u32]": elements!("a", "Uint32Array", u32, false);
  /// Elements `i64` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  I64Slice = 24 I64_SLICE "&[i64]": elements!("a", "BigInt64Array", i64, false);
  /// Elements `u64` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  U64Slice = 25 U64_SLICE "&[u64]": elements!("a", "BigUint64Array", u64, false);
  /// Elements `f32` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  F32Slice = 26 F32_SLICE "&[f32]": elements!("a", "Float32Array", f32, false);
  /// Elements `f64` that are lent for the call and may be read, from a typed array of theirs. Parameters only.
  F64Slice = 27 F64_SLICE "&[f64]": elements!("a", "Float64Array", f64, false);
  /// Elements `i8` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  I8SliceMut = 28 I8_SLICE_MUT "&mut [i8]": elements!("an", "Int8Array", i8, true);
  /// Elements `i16` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  I16SliceMut = 29 I16_SLICE_MUT "&mut [i16]": elements!("an", "Int16Array", i16, true);
  /// Elements `u16` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  U16SliceMut = 30 U16_SLICE_MUT "&mut [u16]": elements!("a", "Uint16Array", u16, true);
  /// Elements `i32` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  I32SliceMut = 31 I32_SLICE_MUT "&mut [i32]": elements!("an", "Int32Array", i32, true);
  /// Elements `u32` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  U32SliceMut = 32 U32_SLICE_MUT "&mut [u32]": elements!("a", "Uint32Array", u32, true);
  /// Elements `i64` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  I64SliceMut = 33 I64_SLICE_MUT "&mut [i64]": elements!("a", "BigInt64Array", i64, true);
  /// Elements `u64` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  U64SliceMut = 34 U64_SLICE_MUT "&mut [u64]": elements!("a", "BigUint64Array", u64, true);
  /// Elements `f32` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  F32SliceMut = 35 F32_SLICE_MUT "&mut [f32]": elements!("a", "Float32Array", f32, true);
  /// Elements `f64` that are lent for the call and may be written, from a typed array of theirs. Parameters only.
  F64SliceMut = 36 F64_SLICE_MUT "&mut [f64]": elements!("a", "Float64Array", f64, true);
}

impl Kind {
  /// Its row of the table.
  #[inline]
  pub const fn description(self) -> &'static KindDescription {
    &Self::DESCRIPTIONS[self as usize]
  }

  /// The kind of a number of [`kind`].
  pub fn from_abi(number: u32) -> Option<Self> {
    Self::ALL.get(number as usize).copied()
  }

  /// The kind of that name.
  pub fn from_name(name: &str) -> Option<Self> {
    Self::ALL.iter().copied().find(|kind| kind.name() == name)
  }

  /// What the host calls it.
  pub const fn name(self) -> &'static str {
    self.description().name
  }

  /// Which values are of it.
  #[inline]
  pub const fn values(self) -> &'static Values {
    &self.description().values
  }

  /// Whether a number is one of this kind, as plugins may rely on.
  #[inline]
  pub fn holds(self, number: f64) -> bool {
    match *self.values() {
      Values::Whole { least, most } => number >= least && number <= most && number as i64 as f64 == number,
      _ => true,
    }
  }
}

// Numbers are the rows' places.
const _: () = {
  let mut at = 0;
  while at < Kind::ALL.len() {
    assert!(Kind::ALL[at] as usize == at && Kind::DESCRIPTIONS[at].number as usize == at);
    at += 1;
  }
};

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn each_kind_is_found_by_its_number_and_its_name() {
    for (number, kind) in Kind::ALL.iter().enumerate() {
      assert_eq!(Kind::from_abi(number as u32), Some(*kind));
      assert_eq!(Kind::from_name(kind.name()), Some(*kind));
    }
    assert_eq!(Kind::from_abi(Kind::ALL.len() as u32), None);
    assert_eq!(Kind::from_name(""), None);
  }

  #[test]
  fn a_whole_number_is_held_within_its_range() {
    for kind in Kind::ALL {
      let Values::Whole { least, most } = *kind.values() else { continue };
      assert!(kind.holds(least) && kind.holds(most) && kind.holds(1.0), "{kind:?}");
      for other in [least - 1.0, most + 1.0, 0.5, f64::NAN, f64::INFINITY] {
        assert!(!kind.holds(other), "{kind:?} {other}");
      }
    }
  }

  #[test]
  fn each_kind_is_passed_or_given_and_all_that_is_tested_says_what_it_wants() {
    for kind in Kind::ALL {
      let it = kind.description();
      assert!(it.parameter.is_some() || it.result.is_some(), "{kind:?}");
      let is_tested = !matches!(it.values, Values::Nothing | Values::Buffers | Values::Any);
      assert_eq!(!it.wants.is_empty(), is_tested, "{kind:?}");
    }
  }
}
