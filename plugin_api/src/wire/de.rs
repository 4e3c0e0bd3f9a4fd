//! Reads arguments.

use serde::de;
use serde::de::DeserializeSeed;
use serde::de::Error as _;
use serde::de::IntoDeserializer;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;

use super::MAX_DEPTH;
use super::MAX_SAFE;
use super::RAW_VALUE;
use super::WireError;
use super::tag;

type Result<T> = std::result::Result<T, WireError>;

/// Reads one value after the other.
pub(super) struct Decoder<'de> {
  input: &'de [u8],
  depth: u8,
}

impl<'de> Decoder<'de> {
  pub(super) fn new(input: &'de [u8]) -> Self {
    Self { input, depth: 0 }
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
  fn bytes(&mut self, length: u32) -> Result<&'de [u8]> {
    let length = length as usize;
    let bytes = self.input.get(..length).ok_or_else(cut_short)?;
    self.input = self.input.get(length.next_multiple_of(8)..).ok_or_else(cut_short)?;
    Ok(bytes)
  }

  #[inline]
  fn text(&mut self, length: u32) -> Result<&'de str> {
    std::str::from_utf8(self.bytes(length)?).map_err(|_| WireError::new("text is not UTF-8"))
  }

  /// The text that comes next.
  #[inline]
  fn key(&mut self) -> Result<&'de str> {
    match self.first()? {
      (tag::STRING, length) => self.text(length),
      _ => Err(WireError::new("a key is no text")),
    }
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
      let mut entries = Entries { decoder, left: length, key: "" };
      let value = visitor.visit_map(&mut entries)?;
      match entries.left {
        0 => Ok(value),
        left => Err(WireError::invalid_length(length as usize, &format!("{} entries", length - left).as_str())),
      }
    })
  }

  /// A double, as the integer that it is if it is one.
  fn float<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value> {
    let float = f64::from_bits(self.word()?);
    let is_whole =
      float.trunc() == float && float.abs() <= MAX_SAFE as f64 && (float != 0.0 || float.is_sign_positive());
    match is_whole {
      true if float >= 0.0 => visitor.visit_u64(float as u64),
      true => visitor.visit_i64(float as i64),
      false => visitor.visit_f64(float),
    }
  }
}

#[cold]
fn cut_short() -> WireError {
  WireError::new("the value is cut short")
}

impl<'de> de::Deserializer<'de> for &mut Decoder<'de> {
  type Error = WireError;

  #[inline]
  fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self.first()? {
      (tag::NULL, _) => visitor.visit_unit(),
      (tag::INT, number) => match number as i32 {
        number @ 0.. => visitor.visit_u64(number as u64),
        number => visitor.visit_i64(number.into()),
      },
      (tag::FLOAT, _) => self.float(visitor),
      (tag::BOOL, truth) => visitor.visit_bool(truth != 0),
      (tag::I64, _) => match self.word()? as i64 {
        number @ 0.. => visitor.visit_u64(number as u64),
        number => visitor.visit_i64(number),
      },
      (tag::U64, _) => visitor.visit_u64(self.word()?),
      (tag::STRING, length) => visitor.visit_borrowed_str(self.text(length)?),
      (tag::BYTES, length) => visitor.visit_borrowed_bytes(self.bytes(length)?),
      (tag::ARRAY, length) => self.sequence(length, visitor),
      (tag::OBJECT, length) => self.object(length, visitor),
      (tag, _) => Err(WireError::new(format!("there is no kind of value {tag}"))),
    }
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
  fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    match self.peek()? {
      (tag::INT, number) => {
        self.word()?;
        visitor.visit_f64((number as i32).into())
      }
      (tag::FLOAT, _) => {
        self.word()?;
        visitor.visit_f64(f64::from_bits(self.word()?))
      }
      _ => self.deserialize_any(visitor),
    }
  }

  fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    self.deserialize_f64(visitor)
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
    match self.peek()? {
      (tag::BYTES, length) => {
        self.word()?;
        let bytes = self.bytes(length)?;
        visitor.visit_seq(de::value::SeqDeserializer::new(bytes.iter().copied()))
      }
      _ => self.deserialize_any(visitor),
    }
  }

  fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value> {
    self.deserialize_seq(visitor)
  }

  fn deserialize_tuple_struct<V: Visitor<'de>>(self, _: &'static str, _: usize, visitor: V) -> Result<V::Value> {
    self.deserialize_seq(visitor)
  }

  fn deserialize_enum<V: Visitor<'de>>(
    self,
    _: &'static str,
    _: &'static [&'static str],
    visitor: V,
  ) -> Result<V::Value> {
    match self.first()? {
      (tag::STRING, length) => {
        let variant: de::value::BorrowedStrDeserializer<'de, WireError> =
          de::value::BorrowedStrDeserializer::new(self.text(length)?);
        visitor.visit_enum(variant)
      }
      (tag::OBJECT, 1) => self.nested(|decoder| {
        let variant = decoder.key()?;
        visitor.visit_enum(Variant { variant, decoder }).map_err(|error| error.at_key(variant))
      }),
      (tag::OBJECT, count) => {
        Err(WireError::new(format!("an object with {count} keys, expected one: the name of a variant")))
      }
      _ => Err(WireError::new("expected the name of a variant, or an object with that as its only key")),
    }
  }

  forward_to_deserialize_any! {
    bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 char str string bytes byte_buf unit unit_struct map struct identifier
    ignored_any
  }
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
  key: &'de str,
}

impl<'de> de::MapAccess<'de> for Entries<'_, 'de> {
  type Error = WireError;

  #[inline]
  fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>> {
    if self.left == 0 {
      return Ok(None);
    }
    self.left -= 1;
    self.key = self.decoder.key()?;
    seed.deserialize(Key(self.key)).map(Some)
  }

  #[inline]
  fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value> {
    seed.deserialize(&mut *self.decoder).map_err(|error| error.at_key(self.key))
  }

  fn size_hint(&self) -> Option<usize> {
    Some((self.left as usize).min(self.decoder.input.len() / 8))
  }
}

/// The key of an object: text, or a number that is written as text.
struct Key<'de>(&'de str);

macro_rules! parsed {
  ($($deserialize:ident $visit:ident)*) => {
    $(
      fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match self.0.parse() {
          Ok(parsed) => visitor.$visit(parsed),
          Err(_) => visitor.visit_borrowed_str(self.0),
        }
      }
    )*
  };
}

impl<'de> de::Deserializer<'de> for Key<'de> {
  type Error = WireError;

  #[inline]
  fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
    visitor.visit_borrowed_str(self.0)
  }

  parsed! {
    deserialize_bool visit_bool
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
    let variant: de::value::BorrowedStrDeserializer<'de, WireError> = de::value::BorrowedStrDeserializer::new(self.0);
    visitor.visit_enum(variant)
  }

  forward_to_deserialize_any! {
    char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
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
    de::Deserializer::deserialize_any(self, visitor)
  }
}
