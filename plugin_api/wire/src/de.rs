//! Reads arguments, and results where Rust has called an op.

mod key;
mod number;
mod packed;
pub(crate) mod result;

use serde::Deserialize;
use serde::de;
use serde::de::DeserializeSeed;
use serde::de::Error as _;
use serde::de::IntoDeserializer;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;

use self::key::Key;
use self::number::Number;
use self::packed::Packed;
use self::packed::size_of_element;
use super::Definitions;
use super::error::Result;
use super::error::WireError;
use super::error::cut_short;
use super::format::MAX_DEPTH;
use super::format::RAW_VALUE;
use super::format::tag;

/// Deserializes the value that `input` begins with.
pub fn decode<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<T> {
  T::deserialize(&mut Decoder::new(input))
}

/// Reads one value after the other.
struct Decoder<'de> {
  input: &'de [u8],
  depth: u8,
  /// Of a result: arguments have no shapes.
  definitions: Option<&'de Definitions>,
}

impl<'de> Decoder<'de> {
  fn new(input: &'de [u8]) -> Self {
    Self { input, depth: 0, definitions: None }
  }

  #[inline]
  fn peek(&self) -> Result<(u32, u32)> {
    match self.input.first_chunk::<8>() {
      Some(word) => {
        let word = u64::from_le_bytes(*word);
        Ok((word as u32, (word >> 32) as u32))
      }
      None => Err(cut_short()),
    }
  }

  #[inline]
  fn word(&mut self) -> Result<u64> {
    match self.input.split_first_chunk::<8>() {
      Some((word, rest)) => {
        self.input = rest;
        Ok(u64::from_le_bytes(*word))
      }
      None => Err(cut_short()),
    }
  }

  /// The two halves of a value's first word.
  #[inline]
  fn first(&mut self) -> Result<(u32, u32)> {
    let word = self.word()?;
    Ok((word as u32, (word >> 32) as u32))
  }

  #[inline]
  fn bytes(&mut self, length: usize) -> Result<&'de [u8]> {
    let bytes = self.input.get(..length).ok_or_else(cut_short)?;
    self.input = self.input.get(length.checked_next_multiple_of(8).unwrap_or(usize::MAX)..).ok_or_else(cut_short)?;
    Ok(bytes)
  }

  #[inline]
  fn text(&mut self, length: u32) -> Result<&'de str> {
    std::str::from_utf8(self.bytes(length as usize)?).map_err(|_| WireError::new("text is not UTF-8"))
  }

  /// The text that comes next.
  #[inline]
  fn text_key(&mut self) -> Result<&'de str> {
    match self.first()? {
      (tag::STRING, length) => self.text(length),
      _ => Err(WireError::new("a key is no text")),
    }
  }

  /// The key of an entry, which comes next, if it is text.
  #[inline]
  fn key_of_object(&mut self) -> Result<Option<&'de str>> {
    match self.peek()? {
      (tag::STRING, _) => self.text_key().map(Some),
      _ => Ok(None),
    }
  }

  /// The key of an entry, which comes next.
  #[inline(never)]
  fn key(&mut self) -> Result<Key<'de>> {
    match self.first()? {
      (tag::STRING, length) => Ok(Key::Text(self.text(length)?)),
      (tag::BOOL, truth) => Ok(Key::Bool(truth != 0)),
      (tag, auxiliary) => match self.number(tag, auxiliary)? {
        Some(number) => Ok(Key::Number(number)),
        None => Err(WireError::new("a key is neither text nor a number nor a boolean")),
      },
    }
  }

  /// The number whose first word is there; `None` if it is none.
  #[inline]
  fn number(&mut self, tag: u32, auxiliary: u32) -> Result<Option<Number>> {
    Ok(Some(match tag {
      tag::INT => Number::Int((auxiliary as i32).into()),
      tag::FLOAT => Number::Float(f64::from_bits(self.word()?)),
      tag::I64 => Number::Int(self.word()? as i64),
      tag::U64 => Number::Uint(self.word()?),
      tag::I128 => Number::Int128(self.two_words()? as i128),
      tag::U128 => Number::Uint128(self.two_words()?),
      _ => return Ok(None),
    }))
  }

  fn two_words(&mut self) -> Result<u128> {
    let low = self.word()?;
    Ok(u128::from(self.word()?) << 64 | u128::from(low))
  }

  /// The elements of a typed array or the bytes whose first word is there; `None` if it is neither.
  #[inline]
  fn packed(&mut self, tag: u32, length: u32) -> Result<Option<Packed<'de>>> {
    let element = match tag {
      tag::BYTES => tag::BYTES,
      tag if tag & 0xFF == tag::PACKED => tag >> 8,
      _ => return Ok(None),
    };
    let Some(size) = size_of_element(element) else { return Ok(None) };
    let bytes = (length as usize).checked_mul(size).ok_or_else(cut_short)?;
    Ok(Some(Packed::new(self.bytes(bytes)?, element)))
  }

  #[inline]
  fn nested<R>(&mut self, read: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
    if self.depth == MAX_DEPTH {
      return Err(WireError::new("it is nested more than 128 deep"));
    }
    self.depth += 1;
    let read = read(self);
    self.depth -= 1;
    read
  }

  #[inline]
  fn sequence<V: Visitor<'de>>(&mut self, length: u32, visitor: V) -> Result<V::Value> {
    self.nested(|decoder| {
      let mut elements = Elements { decoder, left: length, length };
      let value = visitor.visit_seq(&mut elements)?;
      match elements.left {
        0 => Ok(value),
        left => Err(WireError::invalid_length(length as usize, &format!("{} elements", length - left).as_str())),
      }
    })
  }

  #[inline]
  fn object<V: Visitor<'de>>(&mut self, length: u32, visitor: V) -> Result<V::Value> {
    self.nested(|decoder| {
      let mut entries = Entries { decoder, left: length, key: &[] };
      let value = visitor.visit_map(&mut entries)?;
      match entries.left {
        0 => Ok(value),
        left => Err(WireError::invalid_length(length as usize, &format!("{} entries", length - left).as_str())),
      }
    })
  }

  /// What is not a sequence of numbers, as it is; `first` is its first word. Each type tests by itself for the tag that
  /// its values have, and whatever else they may have is here: a test in line costs every value that comes after it.
  #[inline(never)]
  fn give<V: Visitor<'de>>(&mut self, first: (u32, u32), visitor: V) -> Result<V::Value> {
    match first {
      (tag::NULL, _) => visitor.visit_unit(),
      (tag::INT, number) => match number as i32 {
        number @ 0.. => visitor.visit_u64(number as u64),
        number => visitor.visit_i64(number.into()),
      },
      (tag::BOOL, truth) => visitor.visit_bool(truth != 0),
      (tag::STRING, length) => visitor.visit_borrowed_str(self.text(length)?),
      (tag::ARRAY, length) => self.sequence(length, visitor),
      (tag::OBJECT, length) => self.object(length, visitor),
      (tag, auxiliary) => match self.number(tag, auxiliary)? {
        Some(number) => number.give(visitor),
        None if self.packed(tag, auxiliary)?.is_some() => {
          Err(WireError::invalid_type(de::Unexpected::Other("a typed array"), &visitor))
        }
        None => match (tag, self.definitions) {
          (tag::SHAPED, Some(definitions)) => self.shaped(definitions, auxiliary, visitor),
          (tag::JSON, Some(_)) => {
            let text = de::value::BorrowedStrDeserializer::<WireError>::new(self.text(auxiliary)?);
            visitor.visit_newtype_struct(text)
          }
          _ => Err(WireError::new(format!("there is no kind of value {tag}"))),
        },
      },
    }
  }

  /// Anything at all, sequences of numbers too.
  #[inline]
  fn give_any<V: Visitor<'de>>(&mut self, first: (u32, u32), visitor: V) -> Result<V::Value> {
    match first.0 & 0xFF {
      // What takes anything seldom takes bytes, but always sequences: serde_json's Value, and what serde keeps of
      // untagged enums.
      tag::BYTES | tag::PACKED => match self.packed(first.0, first.1)? {
        Some(packed) => packed.give(visitor),
        None => self.give(first, visitor),
      },
      _ => self.give(first, visitor),
    }
  }

  /// What is wanted as a number, with another tag than most have.
  #[inline(never)]
  fn give_number<V: Visitor<'de>>(
    &mut self,
    first: (u32, u32),
    visitor: V,
    give: impl FnOnce(Number, V) -> Result<V::Value>,
  ) -> Result<V::Value> {
    match self.number(first.0, first.1)? {
      Some(number) => give(number, visitor),
      None => self.give(first, visitor),
    }
  }
}

macro_rules! integers {
  ($($deserialize:ident)*) => {
    $(
      #[inline]
      fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.first()? {
          (tag::INT, number) => Number::Int((number as i32).into()).give_as_integer(visitor),
          first => self.give_number(first, visitor, Number::give_as_integer),
        }
      }
    )*
  };
}

macro_rules! floats {
  ($($deserialize:ident)*) => {
    $(
      #[inline]
      fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.first()? {
          (tag::INT, number) => visitor.visit_f64((number as i32).into()),
          (tag::FLOAT, _) => visitor.visit_f64(f64::from_bits(self.word()?)),
          first => self.give_number(first, visitor, Number::give_as_float),
        }
      }
    )*
  };
}

macro_rules! texts {
  ($($deserialize:ident)*) => {
    $(
      #[inline]
      fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.first()? {
          (tag::STRING, length) => visitor.visit_borrowed_str(self.text(length)?),
          first => self.give(first, visitor),
        }
      }
    )*
  };
}

impl<'de> de::Deserializer<'de> for &mut Decoder<'de> {
  type Error = WireError;

  #[inline]
  fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    let first = self.first()?;
    self.give_any(first, visitor)
  }

  #[inline]
  fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self.peek()? {
      (tag::NULL, _) => {
        self.word()?;
        visitor.visit_none()
      }
      _ => visitor.visit_some(self),
    }
  }

  #[inline]
  fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self.first()? {
      (tag::BOOL, truth) => visitor.visit_bool(truth != 0),
      first => self.give(first, visitor),
    }
  }

  integers! {
    deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
    deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
  }

  floats! { deserialize_f32 deserialize_f64 }

  texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

  fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    let first = self.first()?;
    self.give(first, visitor)
  }

  #[inline]
  fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value> {
    if name == RAW_VALUE {
      let value: serde_json::Value = serde::Deserialize::deserialize(self)?;
      return visitor.visit_map(de::value::MapDeserializer::new([(RAW_VALUE, value.to_string())].into_iter()));
    }
    visitor.visit_newtype_struct(self)
  }

  #[inline]
  fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self.first()? {
      (tag::ARRAY, length) => self.sequence(length, visitor),
      first => self.give_any(first, visitor),
    }
  }

  fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self.peek()? {
      (tag::BYTES, length) => {
        self.word()?;
        visitor.visit_borrowed_bytes(self.bytes(length as usize)?)
      }
      _ => self.deserialize_any(visitor),
    }
  }

  fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    self.deserialize_bytes(visitor)
  }

  fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
    self.deserialize_seq(visitor)
  }

  fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value> {
    self.deserialize_seq(visitor)
  }

  fn deserialize_enum<V: Visitor<'de>>(
    self,
    name: &'static str,
    variants: &'static [&'static str],
    visitor: V,
  ) -> Result<V::Value> {
    match self.first()? {
      (tag::STRING, length) => Key::Text(self.text(length)?).deserialize_enum(name, variants, visitor),
      (tag::OBJECT, 1) => self.nested(|decoder| {
        let variant = decoder.text_key()?;
        visitor.visit_enum(Variant { variant, decoder }).map_err(|error| error.at_key(variant))
      }),
      (tag::OBJECT, count) => {
        Err(WireError::new(format!("an object with {count} keys, expected one: the name of a variant")))
      }
      _ => Err(WireError::new("expected the name of a variant, or an object with that as its only key")),
    }
  }

  #[inline]
  fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self.first()? {
      (tag::OBJECT, length) => self.object(length, visitor),
      first => self.give(first, visitor),
    }
  }

  fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
    self.deserialize_unit(visitor)
  }

  #[inline]
  fn deserialize_struct<V: Visitor<'de>>(
    self,
    _: &'static str,
    _: &'static [&'static str],
    visitor: V,
  ) -> Result<V::Value> {
    self.deserialize_map(visitor)
  }

  forward_to_deserialize_any! { ignored_any }
}

struct Elements<'a, 'de> {
  decoder: &'a mut Decoder<'de>,
  left: u32,
  length: u32,
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

struct Entries<'a, 'de> {
  decoder: &'a mut Decoder<'de>,
  left: u32,
  /// The last key and what comes after it.
  key: &'de [u8],
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
struct Variant<'a, 'de> {
  variant: &'de str,
  decoder: &'a mut Decoder<'de>,
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
