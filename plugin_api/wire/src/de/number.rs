//! Numbers, as the type asks for them that they become: exactly, or an error.

use serde::de;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;

use crate::error::Result;
use crate::error::WireError;
use crate::format::MAX_SAFE;

/// A number of the script's.
#[derive(Clone, Copy)]
pub(super) enum Number {
  Int(i64),
  Uint(u64),
  Float(f64),
  Int128(i128),
  Uint128(u128),
}

/// The integer that a double is, if it is one that the double tells from its neighbours.
#[inline]
fn whole(float: f64) -> Option<i64> {
  (float.trunc() == float && float.abs() <= MAX_SAFE as f64).then_some(float as i64)
}

impl Number {
  #[inline]
  fn give_integer<'de, V: Visitor<'de>>(number: i64, visitor: V) -> Result<V::Value> {
    match u64::try_from(number) {
      Ok(number) => visitor.visit_u64(number),
      Err(_) => visitor.visit_i64(number),
    }
  }

  /// For a type that takes anything: an integer if it is one. -0 is none, or its sign would be lost.
  #[inline]
  pub(super) fn give<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self {
      Self::Int(number) => Self::give_integer(number, visitor),
      Self::Uint(number) => visitor.visit_u64(number),
      Self::Float(float) => match whole(float) {
        Some(number) if number != 0 || float.is_sign_positive() => Self::give_integer(number, visitor),
        _ => visitor.visit_f64(float),
      },
      Self::Int128(number) => visitor.visit_i128(number),
      Self::Uint128(number) => visitor.visit_u128(number),
    }
  }

  /// For an integer: -0 is 0, as with arguments that are numbers themselves.
  #[inline]
  pub(super) fn give_as_integer<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self {
      // Of either sign.
      Self::Float(0.0) => visitor.visit_u64(0),
      number => number.give(visitor),
    }
  }

  /// For a float: an integer that it does not hold is refused, not rounded.
  #[inline]
  pub(super) fn give_as_float<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self {
      Self::Float(float) => visitor.visit_f64(float),
      Self::Int(number) if number as f64 as i128 == i128::from(number) => visitor.visit_f64(number as f64),
      Self::Uint(number) if number as f64 as u128 == u128::from(number) => visitor.visit_f64(number as f64),
      number => Err(WireError::new(format!("the integer {} would be rounded to a float", number.text()))),
    }
  }

  /// For people, and as the key of a map whose keys are text.
  pub(super) fn text(self) -> String {
    match self {
      Self::Int(number) => number.to_string(),
      Self::Uint(number) => number.to_string(),
      Self::Float(float) => float.to_string(),
      Self::Int128(number) => number.to_string(),
      Self::Uint128(number) => number.to_string(),
    }
  }
}

macro_rules! integers {
  ($($deserialize:ident)*) => {
    $(
      #[inline]
      fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.give_as_integer(visitor)
      }
    )*
  };
}

impl<'de> de::Deserializer<'de> for Number {
  type Error = WireError;

  #[inline]
  fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    self.give(visitor)
  }

  integers! {
    deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
  }

  #[inline]
  fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    self.give_as_float(visitor)
  }

  #[inline]
  fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    self.give_as_float(visitor)
  }

  #[inline]
  fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    visitor.visit_some(self)
  }

  #[inline]
  fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
    visitor.visit_newtype_struct(self)
  }

  forward_to_deserialize_any! {
    bool char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
  }
}
