//! Values of any shape.

use std::fmt;

use bytes::Bytes;
use plugin_wire::Definitions;
use plugin_wire::Flavour;
use plugin_wire::WireError;
use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de;
use serde::de::Error as _;

use crate::json;

/// What goes to an op and comes back. Its counterparts in JavaScript are those of the wire format, in which it crosses:
/// text is a string, bytes are a Uint8Array, an object is a plain object. A resource is its number, as in JavaScript: an
/// [`Integer`](Self::Integer) that means something to the plugin alone that has added it. More kinds may come, such as
/// handles of streams and callbacks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
  /// `null`; `undefined` becomes it too.
  Null,
  /// A boolean.
  Bool(bool),
  /// A whole number: beyond ±(2⁵³ − 1) a BigInt.
  Integer(i128),
  /// Any other number, and whole ones where JavaScript does not tell.
  Float(f64),
  /// Text.
  Text(String),
  /// Bytes, which may be shared: a clone copies none of them. A native op that only reads them gets them as they lie;
  /// one that writes or keeps them gets a copy while others hold them. To and from JavaScript they are copied.
  Bytes(Bytes),
  /// An array; a typed array becomes one too.
  List(Vec<Self>),
  /// An object: its entries in their order.
  Object(Vec<(String, Self)>),
}

impl Value {
  /// The message that it is in the wire format.
  ///
  /// # Errors
  ///
  /// When it is nested too deep or is too large.
  pub fn to_message(&self) -> Result<Vec<u64>, WireError> {
    let mut message = Vec::new();
    plugin_wire::encode(self, &mut message, None, Flavour::Typed)?;
    Ok(message)
  }

  /// What a number of JavaScript's is: an integer where it is whole and can be told from its neighbours. -0 is none.
  pub fn from_number(number: f64) -> Self {
    match is_safe_integer(number) && (number != 0.0 || number.is_sign_positive()) {
      true => Self::Integer(number as i128),
      false => Self::Float(number),
    }
  }

  /// The number that it is in JavaScript; beyond what a number tells from its neighbours an integer is a BigInt.
  pub fn to_number(&self) -> Option<f64> {
    match self {
      Self::Integer(integer) if integer.unsigned_abs() <= MAX_SAFE_INTEGER.into() => Some(*integer as f64),
      Self::Float(number) => Some(*number),
      _ => None,
    }
  }

  /// The value that words in the wire format begin with, as an argument is written.
  ///
  /// # Errors
  ///
  /// When they are no value.
  pub fn from_words(words: &[u8]) -> Result<Self, WireError> {
    plugin_wire::decode(words)
  }

  /// The value of a message, which a plugin gave as a result, as JavaScript would have it. The shapes are those that
  /// the plugin has defined, also to JavaScript; the message may define more.
  ///
  /// # Errors
  ///
  /// When it is none.
  pub fn from_message(message: &[u8], shapes: &mut Definitions) -> Result<Self, WireError> {
    plugin_wire::decode_result(message, shapes)
  }
}

const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// Whether a number is whole and can be told from its neighbours.
pub fn is_safe_integer(number: f64) -> bool {
  number.trunc() == number && number.abs() <= MAX_SAFE_INTEGER as f64
}

macro_rules! from {
  ($($from:ty => $variant:ident;)*) => {
    $(
      impl From<$from> for Value {
        fn from(value: $from) -> Self {
          Self::$variant(value.into())
        }
      }
    )*
  };
}

from! {
  bool => Bool;
  i8 => Integer;
  u8 => Integer;
  i16 => Integer;
  u16 => Integer;
  i32 => Integer;
  u32 => Integer;
  i64 => Integer;
  u64 => Integer;
  i128 => Integer;
  f32 => Float;
  f64 => Float;
  &str => Text;
  String => Text;
  Vec<u8> => Bytes;
  Bytes => Bytes;
  Vec<Value> => List;
}

impl From<&[u8]> for Value {
  fn from(bytes: &[u8]) -> Self {
    Self::Bytes(Bytes::copy_from_slice(bytes))
  }
}

impl<T: Into<Self>> From<Option<T>> for Value {
  fn from(value: Option<T>) -> Self {
    value.map_or(Self::Null, Into::into)
  }
}

impl<K: Into<String>, V: Into<Self>> FromIterator<(K, V)> for Value {
  fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
    Self::Object(entries.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
  }
}

impl Serialize for Value {
  fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
    match self {
      Self::Null => serializer.serialize_unit(),
      Self::Bool(truth) => serializer.serialize_bool(*truth),
      Self::Integer(number) => serializer.serialize_i128(*number),
      Self::Float(number) => serializer.serialize_f64(*number),
      Self::Text(text) => serializer.serialize_str(text),
      Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
      Self::List(list) => serializer.collect_seq(list),
      Self::Object(entries) => serializer.collect_map(entries.iter().map(|(key, value)| (key, value))),
    }
  }
}

impl<'de> Deserialize<'de> for Value {
  fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
    // Whatever it is: the wire format gives bytes as bytes only to who asks for them.
    deserializer.deserialize_bytes(ValueVisitor)
  }
}

struct ValueVisitor;

impl<'de> de::Visitor<'de> for ValueVisitor {
  type Value = Value;

  fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str("a value that Rust can hold")
  }

  fn visit_unit<E>(self) -> Result<Value, E> {
    Ok(Value::Null)
  }

  fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
    Ok(truth.into())
  }

  fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
    Ok(number.into())
  }

  fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
    Ok(number.into())
  }

  fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
    Ok(number.into())
  }

  fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
    Ok(number.into())
  }

  fn visit_str<E>(self, text: &str) -> Result<Value, E> {
    Ok(text.into())
  }

  fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Value, E> {
    Ok(bytes.into())
  }

  fn visit_seq<A: de::SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
    let mut list = Vec::new();
    while let Some(element) = elements.next_element()? {
      list.push(element);
    }
    Ok(Value::List(list))
  }

  fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
    let mut object = Vec::new();
    while let Some(entry) = entries.next_entry()? {
      object.push(entry);
    }
    Ok(Value::Object(json::in_order(object)))
  }

  /// JSON text in the place of a value.
  fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
    let text = <&str>::deserialize(deserializer)?;
    json::parse(text).map_err(|why| D::Error::custom(format!("its JSON text is no value: {why}")))
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_value_crosses_as_it_is() {
    let values = [
      Value::Null,
      true.into(),
      (-5).into(),
      u64::MAX.into(),
      i128::MIN.into(),
      1.5.into(),
      f64::INFINITY.into(),
      "grüß".into(),
      vec![0_u8, 255].into(),
      Value::Bytes(Bytes::new()),
      Value::List(Vec::new()),
      Value::from_iter([("a", Value::from(1)), ("b", vec![Value::Null, "x".into()].into())]),
    ];
    for value in values {
      let message = value.to_message().expect("it can be written");
      let words = message[1..].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
      assert_eq!(Value::from_words(&words).expect("it can be read"), value);
    }
  }

  #[test]
  fn a_number_is_what_crosses_of_it() {
    for number in [0.0, -0.0, 1.0, -7.0, 0.5, 3e9, 2_f64.powi(53) - 1.0, 2_f64.powi(53), 1e300, f64::INFINITY] {
      let message = Value::Float(number).to_message().expect("it can be written");
      let words = message[1..].iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
      assert_eq!(Value::from_words(&words).expect("it can be read"), Value::from_number(number), "{number}");
    }
    assert!(matches!(Value::from_number(f64::NAN), Value::Float(number) if number.is_nan()));
  }

  #[test]
  fn json_text_in_a_message_is_its_value() {
    let read = |text: &str| {
      let mut words = vec![3 << 32, (text.len() as u64) << 32 | 11];
      words.extend(text.as_bytes().chunks(8).map(|chunk| {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        u64::from_le_bytes(word)
      }));
      let bytes = words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
      Value::from_message(&bytes, &mut Definitions::default()).map_err(|error| error.to_string())
    };
    assert_eq!(read("[1e0, 36893488147419103232]"), Ok(vec![Value::from(1), Value::Integer(1 << 65)].into()));
    for malformed in ["", "{", "[1,]"] {
      assert!(read(malformed).is_err_and(|error| error.contains("does not parse")), "{malformed}");
    }
  }

  #[test]
  fn what_is_nested_too_deep_is_an_error() {
    let value = (0..200).fold(Value::Null, |inner, _| Value::List(vec![inner]));
    assert!(value.to_message().is_err());
  }

  #[test]
  fn words_that_are_no_value_are_an_error() {
    for words in [&[][..], &[99, 0, 0, 0, 0, 0, 0, 0], &[8, 0, 0, 0, 9, 0, 0, 0]] {
      assert!(Value::from_words(words).is_err(), "{words:?}");
    }
  }
}
