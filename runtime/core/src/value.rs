//! Values of any shape.

use bytes::Bytes;
use plugin_wire::Flavour;
use plugin_wire::WireError;
use serde::Serialize;
use serde::Serializer;

/// What goes to an op and comes back. Its counterparts in JavaScript are those of the wire format, in which it crosses:
/// text is a string, bytes are a Uint8Array, an object is a plain object. A resource is its number, as in JavaScript:
/// an [`Integer`](Self::Integer) that means something to the plugin alone that has added it. More kinds may come, such
/// as handles of streams and callbacks.
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
