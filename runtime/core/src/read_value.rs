//! Reads values that are in the wire format.

use std::fmt;

use plugin_wire::Definitions;
use plugin_wire::WireError;
use serde::Deserialize;
use serde::Deserializer;
use serde::de;
use serde::de::Error as _;

use crate::json;
use crate::value::Value;

impl Value {
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
}
