//! What has parts: sequences, objects and maps, and enums' variants with a value.

use serde::de;
use serde::de::DeserializeSeed;
use serde::de::IntoDeserializer;
use serde::de::Visitor;

use super::Decoder;
use super::key::Key;
use crate::error::Result;
use crate::error::WireError;

pub(super) struct Elements<'a, 'de> {
  pub(super) decoder: &'a mut Decoder<'de>,
  pub(super) left: u32,
  pub(super) length: u32,
}

impl<'de> de::SeqAccess<'de> for Elements<'_, 'de> {
  type Error = WireError;

  #[inline]
  fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
    if self.left == 0 {
      return Ok(None);
    }
    let index = self.length - self.left;
    self.left -= 1;
    match seed.deserialize(&mut *self.decoder) {
      Ok(element) => Ok(Some(element)),
      Err(error) => Err(error.at_index(index as usize)),
    }
  }

  fn size_hint(&self) -> Option<usize> {
    // Each takes a word at least: what is claimed beyond that is not there.
    Some((self.left as usize).min(self.decoder.input.len() / 8))
  }
}

pub(super) struct Entries<'a, 'de> {
  pub(super) decoder: &'a mut Decoder<'de>,
  pub(super) left: u32,
  /// The last key and what comes after it.
  pub(super) key: &'de [u8],
}

impl Entries<'_, '_> {
  /// The error, which happened in the value of the last key.
  #[cold]
  fn in_value(&self, error: WireError) -> WireError {
    match Decoder::new(self.key).key() {
      Ok(key) => error.at_key(&key.text()),
      Err(_) => error,
    }
  }
}

impl<'de> de::MapAccess<'de> for Entries<'_, 'de> {
  type Error = WireError;

  #[inline]
  fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
    if self.left == 0 {
      return Ok(None);
    }
    self.left -= 1;
    self.key = self.decoder.input;
    match self.decoder.key_of_object()? {
      Some(text) => seed.deserialize(Key::Text(text)).map(Some),
      None => seed.deserialize(self.decoder.key()?).map(Some),
    }
  }

  #[inline]
  fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
    match seed.deserialize(&mut *self.decoder) {
      Ok(value) => Ok(value),
      Err(error) => Err(self.in_value(error)),
    }
  }

  fn size_hint(&self) -> Option<usize> {
    Some((self.left as usize).min(self.decoder.input.len() / 8))
  }
}

/// An enum's variant with a value: the only entry of an object.
pub(super) struct Variant<'a, 'de> {
  pub(super) variant: &'de str,
  pub(super) decoder: &'a mut Decoder<'de>,
}

impl<'a, 'de> de::EnumAccess<'de> for Variant<'a, 'de> {
  type Error = WireError;
  type Variant = &'a mut Decoder<'de>;

  fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self::Variant)> {
    let variant: de::value::StrDeserializer<'_, WireError> = self.variant.into_deserializer();
    Ok((seed.deserialize(variant)?, self.decoder))
  }
}

impl<'de> de::VariantAccess<'de> for &mut Decoder<'de> {
  type Error = WireError;

  fn unit_variant(self) -> Result<()> {
    serde::Deserialize::deserialize(self)
  }

  fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value> {
    seed.deserialize(self)
  }

  fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
    de::Deserializer::deserialize_seq(self, visitor)
  }

  fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value> {
    de::Deserializer::deserialize_map(self, visitor)
  }
}
