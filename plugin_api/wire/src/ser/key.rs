//! Keys of maps.

use serde::Serialize;
use serde::ser;
use serde::ser::Error as _;

use super::Encoder;
use super::Object;
use crate::error::Result;
use crate::error::WireError;

/// Writes the key of a map: text, or what is written as text.
pub(super) struct Key<'a, 'm> {
  pub(super) encoder: &'a mut Encoder<'m>,
  pub(super) object: &'a mut Object,
}

impl Key<'_, '_> {
  fn display(self, value: impl std::fmt::Display) -> Result<()> {
    self.encoder.key(self.object, &value.to_string())
  }
}

macro_rules! displayed_keys {
  ($($method:ident $type:ty)*) => {
    $(
      fn $method(self, value: $type) -> Result<()> {
        self.display(value)
      }
    )*
  };
}

pub(super) fn no_key<T>() -> Result<T> {
  Err(WireError::custom("key must be a string"))
}

impl ser::Serializer for Key<'_, '_> {
  type Ok = ();
  type Error = WireError;
  type SerializeSeq = ser::Impossible<(), WireError>;
  type SerializeTuple = ser::Impossible<(), WireError>;
  type SerializeTupleStruct = ser::Impossible<(), WireError>;
  type SerializeTupleVariant = ser::Impossible<(), WireError>;
  type SerializeMap = ser::Impossible<(), WireError>;
  type SerializeStruct = ser::Impossible<(), WireError>;
  type SerializeStructVariant = ser::Impossible<(), WireError>;

  displayed_keys! {
    serialize_bool bool
    serialize_i8 i8
    serialize_i16 i16
    serialize_i32 i32
    serialize_i64 i64
    serialize_i128 i128
    serialize_u8 u8
    serialize_u16 u16
    serialize_u32 u32
    serialize_u64 u64
    serialize_u128 u128
    serialize_f32 f32
    serialize_f64 f64
    serialize_char char
  }

  #[inline]
  fn serialize_str(self, value: &str) -> Result<()> {
    self.encoder.key(self.object, value)
  }

  fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
    self.serialize_str(variant)
  }

  fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
    value.serialize(self)
  }

  fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
    value.serialize(self)
  }

  fn serialize_bytes(self, _: &[u8]) -> Result<()> {
    no_key()
  }

  fn serialize_none(self) -> Result<()> {
    no_key()
  }

  fn serialize_unit(self) -> Result<()> {
    no_key()
  }

  fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
    no_key()
  }

  fn serialize_newtype_variant<T: Serialize + ?Sized>(
    self,
    _: &'static str,
    _: u32,
    _: &'static str,
    _: &T,
  ) -> Result<()> {
    no_key()
  }

  fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq> {
    no_key()
  }

  fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple> {
    no_key()
  }

  fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct> {
    no_key()
  }

  fn serialize_tuple_variant(
    self,
    _: &'static str,
    _: u32,
    _: &'static str,
    _: usize,
  ) -> Result<Self::SerializeTupleVariant> {
    no_key()
  }

  fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap> {
    no_key()
  }

  fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct> {
    no_key()
  }

  fn serialize_struct_variant(
    self,
    _: &'static str,
    _: u32,
    _: &'static str,
    _: usize,
  ) -> Result<Self::SerializeStructVariant> {
    no_key()
  }
}
