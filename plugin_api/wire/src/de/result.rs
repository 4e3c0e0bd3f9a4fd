//! What only results have: objects of shapes, and JSON text.

use serde::Deserialize;
use serde::de;
use serde::de::DeserializeSeed;
use serde::de::Visitor;

use super::Decoder;
use super::Key;
use crate::Definitions;
use crate::error::Result;
use crate::error::cut_short;

/// Deserializes a result, which is a message; what it defines is known from then on, whatever becomes of it. JSON text
/// is a newtype struct over the text, for whoever can tell what its numbers are.
///
/// # Errors
///
/// When it is no message, has a shape that nobody has defined or a value that does not fit.
pub fn decode_result<'de, T: Deserialize<'de>>(message: &'de [u8], definitions: &'de mut Definitions) -> Result<T> {
  let (defined, words) = Decoder::new(message).first()?;
  if defined != 0 {
    let place = 8 * defined as usize..8 * words as usize;
    definitions.learn(message.get(place).ok_or_else(cut_short)?)?;
  }
  let mut decoder = Decoder::new(message.get(8..).ok_or_else(cut_short)?);
  decoder.definitions = Some(definitions);
  T::deserialize(&mut decoder)
}

impl Definitions {
  /// Learns what stands at the end of a message.
  ///
  /// # Errors
  ///
  /// When it is cut short or a key is no text.
  pub fn learn(&mut self, definitions: &[u8]) -> Result<()> {
    let mut decoder = Decoder::new(definitions);
    while !decoder.input.is_empty() {
      let (shape, length) = decoder.first()?;
      let keys = decoder.input;
      for _ in 0..length {
        decoder.text_key()?;
      }
      self.add(shape, length, &keys[..keys.len() - decoder.input.len()]);
    }
    Ok(())
  }

  /// The keys of a shape, in order.
  ///
  /// # Errors
  ///
  /// When nobody has defined it.
  pub fn keys(&self, shape: u32) -> Result<Vec<&str>> {
    let (length, keys) = self.find(shape)?;
    let mut decoder = Decoder::new(keys);
    (0..length).map(|_| decoder.text_key()).collect()
  }
}

impl<'de> Decoder<'de> {
  /// An object of a shape, of which the values come next.
  pub(super) fn shaped<V: Visitor<'de>>(
    &mut self,
    definitions: &'de Definitions,
    shape: u32,
    visitor: V,
  ) -> Result<V::Value> {
    let (left, keys) = definitions.find(shape)?;
    self.nested(|decoder| visitor.visit_map(ShapedEntries { decoder, keys: Decoder::new(keys), left, last: "" }))
  }
}

struct ShapedEntries<'a, 'de> {
  decoder: &'a mut Decoder<'de>,
  /// Those of the entries that are left.
  keys: Decoder<'de>,
  left: u32,
  /// The key of the value that comes next.
  last: &'de str,
}

impl<'de> de::MapAccess<'de> for ShapedEntries<'_, 'de> {
  type Error = crate::WireError;

  fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
    if self.left == 0 {
      return Ok(None);
    }
    self.left -= 1;
    self.last = self.keys.text_key()?;
    seed.deserialize(Key::Text(self.last)).map(Some)
  }

  fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
    seed.deserialize(&mut *self.decoder).map_err(|error| error.at_key(self.last))
  }

  fn size_hint(&self) -> Option<usize> {
    Some(self.left as usize)
  }
}
