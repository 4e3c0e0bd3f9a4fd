//! Types of values and functions, with their layout in the canonical ABI of 32-bit memories.

use serde::Deserialize;
use serde::Serialize;

/// A type of values.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Type {
  /// What it is.
  #[serde(flatten)]
  pub shape: Shape,
  /// How many bytes a value has in memory.
  pub size: u32,
  /// What its address is a multiple of.
  pub align: u32,
  /// The core values that a value is passed as; none if there would be more than 16, in which case it is always passed
  /// in memory.
  pub flat: Option<Vec<CoreType>>,
}

/// What a type is. Types in it are indices in [`crate::Plan::types`].
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Shape {
  /// `bool`.
  Bool,
  /// `s8`.
  S8,
  /// `u8`.
  U8,
  /// `s16`.
  S16,
  /// `u16`.
  U16,
  /// `s32`.
  S32,
  /// `u32`.
  U32,
  /// `s64`.
  S64,
  /// `u64`.
  U64,
  /// `f32`.
  F32,
  /// `f64`.
  F64,
  /// `char`.
  Char,
  /// `string`: pointer and length.
  String,
  /// `list<element>`: pointer and length.
  List {
    /// What it is a list of.
    element: u32,
  },
  /// `list<element, length>`: its elements, one after the other.
  FixedLengthList {
    /// What it is a list of.
    element: u32,
    /// How many there are.
    length: u32,
  },
  /// `record`.
  Record {
    /// Its fields.
    fields: Vec<Field>,
  },
  /// `tuple`.
  Tuple {
    /// Its items.
    items: Vec<Item>,
  },
  /// `variant`.
  Variant {
    /// The size of the discriminant, which stands first: 1, 2 or 4.
    discriminant: u32,
    /// Where a case's payload stands.
    payload_offset: u32,
    /// The cases, by discriminant.
    cases: Vec<Case>,
  },
  /// `enum`.
  Enum {
    /// The size of the discriminant: 1, 2 or 4.
    discriminant: u32,
    /// The names of the cases, by discriminant.
    names: Vec<String>,
  },
  /// `option`: 0 is none, 1 some.
  Option {
    /// Where the value stands.
    payload_offset: u32,
    /// The type of the value.
    some: u32,
  },
  /// `result`: 0 is ok, 1 an error.
  Result {
    /// Where the payload stands.
    payload_offset: u32,
    /// The payload if ok.
    ok: Option<u32>,
    /// The payload of an error.
    err: Option<u32>,
  },
  /// `flags`: a bit each, from the lowest.
  Flags {
    /// Their names, at most 32.
    names: Vec<String>,
  },
  /// `own`: a handle, whose receiver owns the resource.
  Own {
    /// Of [`crate::Plan::resource_tables`].
    table: u32,
  },
  /// `borrow`: a handle that is lent for the call. A component instance that defines the resource gets its
  /// representation instead.
  Borrow {
    /// Of [`crate::Plan::resource_tables`].
    table: u32,
  },
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Field {
  /// Its name, in kebab-case as in WIT.
  pub name: String,
  /// Its type.
  #[serde(rename = "type")]
  pub ty: u32,
  /// Where it stands in the record.
  pub offset: u32,
}

/// An item of a tuple.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Item {
  /// Its type.
  #[serde(rename = "type")]
  pub ty: u32,
  /// Where it stands in the tuple.
  pub offset: u32,
}

/// A case of a variant.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Case {
  /// Its name, in kebab-case as in WIT.
  pub name: String,
  /// The type of its payload.
  #[serde(rename = "type")]
  pub ty: Option<u32>,
}

/// A type of core values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum CoreType {
  /// `i32`.
  I32,
  /// `i64`.
  I64,
  /// `f32`.
  F32,
  /// `f64`.
  F64,
}

/// The type of a function.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Function {
  /// Its parameters; [`Field::offset`] counts where they are passed in memory.
  pub params: Vec<Field>,
  /// The type of what it returns.
  pub result: Option<u32>,
  /// The core values that the parameters are passed as, if there are at most 16; else they are stored in memory as a
  /// record is, and the pointer to it is passed.
  pub flat_params: Option<Vec<CoreType>>,
  /// The size of the parameters in memory.
  pub params_size: u32,
  /// The alignment of the parameters in memory.
  pub params_align: u32,
  /// The core value that is returned, if there is at most one; else the result is in memory: a lifted function returns
  /// the pointer to it, a lowered one is told where to store it by a last parameter.
  pub flat_result: Option<Vec<CoreType>>,
  /// The signature of the core function that an export is lifted from.
  pub lifted: CoreSignature,
  /// The signature of the core function that an import is lowered to.
  pub lowered: CoreSignature,
}

/// The type of a core function.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[non_exhaustive]
pub struct CoreSignature {
  /// What it takes.
  pub params: Vec<CoreType>,
  /// What it returns.
  pub results: Vec<CoreType>,
}
