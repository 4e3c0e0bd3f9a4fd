//! A value of any shape, for tests.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de;

/// A value of any shape, with all that the boundary tells apart.
#[derive(Clone, Debug)]
pub(super) enum Any {
  Null,
  Bool(bool),
  Signed(i64),
  Unsigned(u64),
  Signed128(i128),
  Unsigned128(u128),
  Float(f64),
  Text(String),
  List(Vec<Self>),
  /// In order.
  Object(Vec<(String, Self)>),
}

struct AnyVisitor;

impl<'de> de::Visitor<'de> for AnyVisitor {
  type Value = Any;

  fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("anything")
  }

  fn visit_unit<E>(self) -> Result<Any, E> {
    Ok(Any::Null)
  }

  fn visit_bool<E>(self, truth: bool) -> Result<Any, E> {
    Ok(Any::Bool(truth))
  }

  fn visit_i64<E>(self, number: i64) -> Result<Any, E> {
    Ok(Any::Signed(number))
  }

  fn visit_u64<E>(self, number: u64) -> Result<Any, E> {
    Ok(Any::Unsigned(number))
  }

  fn visit_i128<E>(self, number: i128) -> Result<Any, E> {
    Ok(Any::Signed128(number))
  }

  fn visit_u128<E>(self, number: u128) -> Result<Any, E> {
    Ok(Any::Unsigned128(number))
  }

  fn visit_f64<E>(self, number: f64) -> Result<Any, E> {
    Ok(Any::Float(number))
  }

  fn visit_str<E>(self, text: &str) -> Result<Any, E> {
    Ok(Any::Text(text.to_string()))
  }

  fn visit_seq<A: de::SeqAccess<'de>>(self, mut elements: A) -> Result<Any, A::Error> {
    let mut list = Vec::new();
    while let Some(element) = elements.next_element()? {
      list.push(element);
    }
    Ok(Any::List(list))
  }

  fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Any, A::Error> {
    let mut object = Vec::new();
    while let Some(entry) = entries.next_entry()? {
      object.push(entry);
    }
    Ok(Any::Object(object))
  }
}

impl<'de> Deserialize<'de> for Any {
  fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    deserializer.deserialize_any(AnyVisitor)
  }
}

impl Serialize for Any {
  fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
    match self {
      Self::Null => serializer.serialize_unit(),
      Self::Bool(truth) => serializer.serialize_bool(*truth),
      Self::Signed(number) => serializer.serialize_i64(*number),
      Self::Unsigned(number) => serializer.serialize_u64(*number),
      Self::Signed128(number) => serializer.serialize_i128(*number),
      Self::Unsigned128(number) => serializer.serialize_u128(*number),
      Self::Float(number) => serializer.serialize_f64(*number),
      Self::Text(text) => serializer.serialize_str(text),
      Self::List(list) => serializer.collect_seq(list),
      Self::Object(object) => serializer.collect_map(object.iter().map(|(key, value)| (key, value))),
    }
  }
}

/// Floats are equal if their bits are.
impl PartialEq for Any {
  fn eq(&self, other: &Self) -> bool {
    match (self, other) {
      (Self::Null, Self::Null) => true,
      (Self::Bool(a), Self::Bool(b)) => a == b,
      (Self::Signed(a), Self::Signed(b)) => a == b,
      (Self::Unsigned(a), Self::Unsigned(b)) => a == b,
      (Self::Signed128(a), Self::Signed128(b)) => a == b,
      (Self::Unsigned128(a), Self::Unsigned128(b)) => a == b,
      (Self::Float(a), Self::Float(b)) => a.to_bits() == b.to_bits(),
      (Self::Text(a), Self::Text(b)) => a == b,
      (Self::List(a), Self::List(b)) => a == b,
      (Self::Object(a), Self::Object(b)) => a == b,
      _ => false,
    }
  }
}
