//! Keys of objects and maps.

use serde::de;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;

use super::number::Number;
use crate::error::Result;
use crate::error::WireError;

/// The key of an entry: text, of an object; or what the key of a `Map` is.
#[derive(Clone, Copy)]
pub(super) enum Key<'de> {
  Text(&'de str),
  Bool(bool),
  Number(Number),
}

impl Key<'_> {
  /// For people.
  pub(super) fn text(self) -> String {
    match self {
      Self::Text(text) => text.to_string(),
      Self::Bool(truth) => truth.to_string(),
      Self::Number(number) => number.text(),
    }
  }
}

/// A number may be written as text.
macro_rules! numbers {
  ($give:ident: $($deserialize:ident $visit:ident)*) => {
    $(
      fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self {
          Self::Number(number) => number.$give(visitor),
          Self::Text(text) => match text.parse() {
            Ok(parsed) => visitor.$visit(parsed),
            Err(_) => visitor.visit_borrowed_str(text),
          },
          Self::Bool(truth) => visitor.visit_bool(truth),
        }
      }
    )*
  };
}

impl<'de> de::Deserializer<'de> for Key<'de> {
  type Error = WireError;

  /// Text, as in JSON: that is what takes anything knows as a key.
  #[inline]
  fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self {
      Self::Text(text) => visitor.visit_borrowed_str(text),
      key => visitor.visit_string(key.text()),
    }
  }

  fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self {
      Self::Bool(truth) => visitor.visit_bool(truth),
      Self::Text("true") => visitor.visit_bool(true),
      Self::Text("false") => visitor.visit_bool(false),
      key => key.deserialize_any(visitor),
    }
  }

  numbers! {
    give_as_integer:
    deserialize_i8 visit_i8
    deserialize_i16 visit_i16
    deserialize_i32 visit_i32
    deserialize_i64 visit_i64
    deserialize_i128 visit_i128
    deserialize_u8 visit_u8
    deserialize_u16 visit_u16
    deserialize_u32 visit_u32
    deserialize_u64 visit_u64
    deserialize_u128 visit_u128
  }

  numbers! {
    give_as_float:
    deserialize_f32 visit_f32
    deserialize_f64 visit_f64
  }

  fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    visitor.visit_some(self)
  }

  fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
    visitor.visit_newtype_struct(self)
  }

  fn deserialize_enum<V: Visitor<'de>>(
    self,
    _: &'static str,
    _: &'static [&'static str],
    visitor: V,
  ) -> Result<V::Value> {
    match self {
      Self::Text(text) => {
        let variant: de::value::BorrowedStrDeserializer<'de, WireError> = de::value::BorrowedStrDeserializer::new(text);
        visitor.visit_enum(variant)
      }
      key => key.deserialize_any(visitor),
    }
  }

  forward_to_deserialize_any! {
    char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
  }
}
