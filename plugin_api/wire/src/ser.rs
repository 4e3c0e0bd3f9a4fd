//! Writes results.

use serde::Serialize;
use serde::ser;
use serde::ser::Error as _;

use super::Shapes;
use super::error::Result;
use super::error::WireError;
use super::format::MAX_DEPTH;
use super::format::MAX_SAFE;
use super::format::RAW_VALUE;
use super::format::tag;
use super::shapes::ROOT;

/// Which values have no exact counterpart, and what becomes of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
  /// Large integers are BigInts, bytes are Uint8Arrays, NaN is NaN.
  Typed,
  /// Large integers are BigInts too; bytes are arrays of numbers, NaN is null: as if it were JSON text.
  Json,
}

/// Writes a message with a value to `message`, in place of what is there. With shapes, the message is for the reader
/// that had the earlier ones with them. Its first word says where definitions begin, if there are any, and how many
/// words there are.
pub fn encode<T: Serialize + ?Sized>(
  value: &T,
  message: &mut Vec<u64>,
  shapes: Option<&mut Shapes>,
  flavour: Flavour,
) -> Result<()> {
  message.clear();
  message.push(0);
  let mut encoder = Encoder { out: message, shapes, flavour, depth: 0 };
  let written = value.serialize(&mut encoder).and_then(|()| encoder.finish());
  if written.is_err()
    && let Some(shapes) = encoder.shapes
  {
    shapes.forget_undefined();
  }
  written
}

struct Encoder<'a> {
  out: &'a mut Vec<u64>,
  shapes: Option<&'a mut Shapes>,
  flavour: Flavour,
  depth: u8,
}

#[inline]
fn word(tag: u32, auxiliary: u32) -> u64 {
  u64::from(auxiliary) << 32 | u64::from(tag)
}

impl Encoder<'_> {
  #[inline]
  fn push(&mut self, tag: u32, auxiliary: u32) {
    self.out.push(word(tag, auxiliary));
  }

  fn length(length: usize) -> Result<u32> {
    u32::try_from(length).map_err(|_| WireError::new(format!("{length} elements are too many")))
  }

  #[inline]
  fn bytes(&mut self, tag: u32, bytes: &[u8]) -> Result<()> {
    self.push(tag, Self::length(bytes.len())?);
    let (words, rest) = bytes.as_chunks::<8>();
    self.out.extend(words.iter().map(|word| u64::from_le_bytes(*word)));
    if !rest.is_empty() {
      let mut last = [0; 8];
      last[..rest.len()].copy_from_slice(rest);
      self.out.push(u64::from_le_bytes(last));
    }
    Ok(())
  }

  #[inline]
  fn integer(&mut self, value: i128) -> Result<()> {
    if let Ok(small) = i32::try_from(value) {
      self.push(tag::INT, small as u32);
    } else if value.unsigned_abs() <= u128::from(MAX_SAFE) {
      self.push(tag::FLOAT, 0);
      self.out.push((value as f64).to_bits());
    } else if let Ok(value) = i64::try_from(value) {
      self.push(tag::I64, 0);
      self.out.push(value as u64);
    } else if let Ok(value) = u64::try_from(value) {
      self.push(tag::U64, 0);
      self.out.push(value);
    } else {
      self.two_words(tag::I128, value as u128);
    }
    Ok(())
  }

  fn two_words(&mut self, tag: u32, value: u128) {
    self.push(tag, 0);
    self.out.push(value as u64);
    self.out.push((value >> 64) as u64);
  }

  fn descend(&mut self) -> Result<()> {
    if self.depth == MAX_DEPTH {
      return Err(WireError::new("it is nested more than 128 deep"));
    }
    self.depth += 1;
    Ok(())
  }

  /// Writes the head and, behind the value, the definitions.
  fn finish(&mut self) -> Result<()> {
    let mut definitions = 0;
    if let Some(shapes) = &mut self.shapes
      && shapes.has_undefined()
    {
      definitions = self.out.len();
      for shape in shapes.take_undefined() {
        let keys = shapes.keys(shape);
        self.out.push(word(shape, keys.len() as u32));
        let mut encoder = Encoder { out: self.out, shapes: None, flavour: self.flavour, depth: 0 };
        for key in keys {
          encoder.bytes(tag::STRING, key.as_bytes())?;
        }
      }
    }
    self.out[0] = word(Self::length(definitions)?, Self::length(self.out.len())?);
    Ok(())
  }

  /// Begins an object.
  #[inline]
  fn object(&mut self) -> Result<Object> {
    self.descend()?;
    let at = self.out.len();
    self.push(tag::OBJECT, 0);
    let shape = self.shapes.is_some().then_some(ROOT);
    Ok(Object { at, shape, length: 0 })
  }

  /// Adds a key to an object; its value comes next.
  #[inline]
  fn key(&mut self, object: &mut Object, key: &str) -> Result<()> {
    object.length += 1;
    if let (Some(shape), Some(shapes)) = (object.shape, &mut self.shapes) {
      if let Some(next) = shapes.step(shape, key) {
        object.shape = Some(next);
        return Ok(());
      }
      self.write_keys(object, shape)?;
    }
    self.bytes(tag::STRING, key.as_bytes())
  }

  #[inline]
  fn end_object(&mut self, object: Object) {
    self.depth -= 1;
    self.out[object.at] = match (object.shape, &mut self.shapes) {
      (Some(shape), Some(shapes)) => {
        shapes.use_shape(shape);
        word(tag::SHAPED, shape)
      }
      _ => word(tag::OBJECT, object.length),
    };
  }

  /// Writes the keys of an object that turns out to be of no shape, between the values that are there.
  #[cold]
  fn write_keys(&mut self, object: &mut Object, shape: u32) -> Result<()> {
    object.shape = None;
    let values = self.out.split_off(object.at + 1);
    let shapes = self.shapes.as_deref().expect("an object of a shape is written with shapes");
    let keys = shapes.keys(shape).into_iter().map(str::to_string).collect::<Vec<_>>();
    let mut start = 0;
    for key in keys {
      let shapes = self.shapes.as_deref().expect("as above");
      let end = start + value_length(&values[start..], shapes);
      self.bytes(tag::STRING, key.as_bytes())?;
      self.out.extend_from_slice(&values[start..end]);
      start = end;
    }
    Ok(())
  }

  fn array(&mut self, length: Option<usize>) -> Result<Array<'_, Self>> {
    self.descend()?;
    let at = self.out.len();
    self.push(tag::ARRAY, Self::length(length.unwrap_or_default())?);
    Ok(Array { at, length: 0, wrapped: None, encoder: self })
  }
}

/// Number of words that the value at the beginning takes.
fn value_length(words: &[u64], shapes: &Shapes) -> usize {
  let (tag, auxiliary) = (words[0] as u32, (words[0] >> 32) as usize);
  let values =
    |count: usize, each: usize| (0..count * each).fold(1, |length, _| length + value_length(&words[length..], shapes));
  match tag {
    tag::FLOAT | tag::I64 | tag::U64 => 2,
    tag::I128 | tag::U128 => 3,
    tag::STRING | tag::BYTES | tag::JSON => 1 + auxiliary.div_ceil(8),
    tag::ARRAY => values(auxiliary, 1),
    tag::OBJECT => values(auxiliary, 2),
    tag::SHAPED => values(shapes.length(auxiliary as u32), 1),
    _ => 1,
  }
}

/// An object that is being written.
struct Object {
  at: usize,
  /// `None` when it is of no shape.
  shape: Option<u32>,
  length: u32,
}

impl<'a, 'm> ser::Serializer for &'a mut Encoder<'m> {
  type Ok = ();
  type Error = WireError;
  type SerializeSeq = Array<'a, Encoder<'m>>;
  type SerializeTuple = Array<'a, Encoder<'m>>;
  type SerializeTupleStruct = Array<'a, Encoder<'m>>;
  type SerializeTupleVariant = Array<'a, Encoder<'m>>;
  type SerializeMap = Fields<'a, 'm>;
  type SerializeStruct = Fields<'a, 'm>;
  type SerializeStructVariant = Fields<'a, 'm>;

  fn serialize_bool(self, value: bool) -> Result<()> {
    self.push(tag::BOOL, value.into());
    Ok(())
  }

  fn serialize_i8(self, value: i8) -> Result<()> {
    self.integer(value.into())
  }

  fn serialize_i16(self, value: i16) -> Result<()> {
    self.integer(value.into())
  }

  fn serialize_i32(self, value: i32) -> Result<()> {
    self.push(tag::INT, value as u32);
    Ok(())
  }

  #[inline]
  fn serialize_i64(self, value: i64) -> Result<()> {
    match i32::try_from(value) {
      Ok(value) => self.serialize_i32(value),
      Err(_) => self.integer(value.into()),
    }
  }

  fn serialize_i128(self, value: i128) -> Result<()> {
    self.integer(value)
  }

  fn serialize_u8(self, value: u8) -> Result<()> {
    self.integer(value.into())
  }

  fn serialize_u16(self, value: u16) -> Result<()> {
    self.integer(value.into())
  }

  fn serialize_u32(self, value: u32) -> Result<()> {
    self.integer(value.into())
  }

  #[inline]
  fn serialize_u64(self, value: u64) -> Result<()> {
    match i32::try_from(value) {
      Ok(value) => self.serialize_i32(value),
      Err(_) => self.integer(value.into()),
    }
  }

  fn serialize_u128(self, value: u128) -> Result<()> {
    match i128::try_from(value) {
      Ok(value) => self.integer(value),
      Err(_) => {
        self.two_words(tag::U128, value);
        Ok(())
      }
    }
  }

  fn serialize_f32(self, value: f32) -> Result<()> {
    self.serialize_f64(value.into())
  }

  #[inline]
  fn serialize_f64(self, value: f64) -> Result<()> {
    if self.flavour == Flavour::Json && !value.is_finite() {
      return self.serialize_unit();
    }
    let small = value as i32;
    if f64::from(small).to_bits() == value.to_bits() {
      self.push(tag::INT, small as u32);
    } else {
      self.push(tag::FLOAT, 0);
      self.out.push(value.to_bits());
    }
    Ok(())
  }

  fn serialize_char(self, value: char) -> Result<()> {
    self.serialize_str(value.encode_utf8(&mut [0; 4]))
  }

  #[inline]
  fn serialize_str(self, value: &str) -> Result<()> {
    self.bytes(tag::STRING, value.as_bytes())
  }

  fn serialize_bytes(self, value: &[u8]) -> Result<()> {
    match self.flavour {
      Flavour::Typed => self.bytes(tag::BYTES, value),
      Flavour::Json => self.collect_seq(value),
    }
  }

  fn serialize_none(self) -> Result<()> {
    self.serialize_unit()
  }

  fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
    value.serialize(self)
  }

  fn serialize_unit(self) -> Result<()> {
    self.push(tag::NULL, 0);
    Ok(())
  }

  fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
    self.serialize_unit()
  }

  fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
    self.serialize_str(variant)
  }

  fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
    value.serialize(self)
  }

  fn serialize_newtype_variant<T: Serialize + ?Sized>(
    self,
    _: &'static str,
    _: u32,
    variant: &'static str,
    value: &T,
  ) -> Result<()> {
    let mut object = self.object()?;
    self.key(&mut object, variant)?;
    value.serialize(&mut *self).map_err(|error| error.at_key(variant))?;
    self.end_object(object);
    Ok(())
  }

  fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq> {
    self.array(length)
  }

  fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple> {
    self.array(Some(length))
  }

  fn serialize_tuple_struct(self, _: &'static str, length: usize) -> Result<Self::SerializeTupleStruct> {
    self.array(Some(length))
  }

  fn serialize_tuple_variant(
    self,
    _: &'static str,
    _: u32,
    variant: &'static str,
    length: usize,
  ) -> Result<Self::SerializeTupleVariant> {
    let mut object = self.object()?;
    self.key(&mut object, variant)?;
    let mut array = self.array(Some(length))?;
    array.wrapped = Some(object);
    Ok(array)
  }

  #[inline]
  fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap> {
    Ok(Fields { object: Some(self.object()?), wrapped: None, encoder: self })
  }

  #[inline]
  fn serialize_struct(self, name: &'static str, _: usize) -> Result<Self::SerializeStruct> {
    if name == RAW_VALUE {
      return Ok(Fields { object: None, wrapped: None, encoder: self });
    }
    Ok(Fields { object: Some(self.object()?), wrapped: None, encoder: self })
  }

  fn serialize_struct_variant(
    self,
    _: &'static str,
    _: u32,
    variant: &'static str,
    _: usize,
  ) -> Result<Self::SerializeStructVariant> {
    let mut outer = self.object()?;
    self.key(&mut outer, variant)?;
    Ok(Fields { object: Some(self.object()?), wrapped: Some(outer), encoder: self })
  }
}

/// An array that is being written.
struct Array<'a, E> {
  encoder: &'a mut E,
  at: usize,
  length: usize,
  /// The object of an enum's variant around it.
  wrapped: Option<Object>,
}

impl Array<'_, Encoder<'_>> {
  #[inline]
  fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
    let index = self.length;
    self.length += 1;
    value.serialize(&mut *self.encoder).map_err(|error| error.at_index(index))
  }

  #[inline]
  fn finish(self) -> Result<()> {
    self.encoder.depth -= 1;
    self.encoder.out[self.at] = word(tag::ARRAY, Encoder::length(self.length)?);
    if let Some(object) = self.wrapped {
      self.encoder.end_object(object);
    }
    Ok(())
  }
}

macro_rules! array {
  ($($trait:ident $method:ident)*) => {
    $(
      impl ser::$trait for Array<'_, Encoder<'_>> {
        type Ok = ();
        type Error = WireError;

        #[inline]
        fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
          self.element(value)
        }

        #[inline]
        fn end(self) -> Result<()> {
          self.finish()
        }
      }
    )*
  };
}

array! {
  SerializeSeq serialize_element
  SerializeTuple serialize_element
  SerializeTupleStruct serialize_field
  SerializeTupleVariant serialize_field
}

/// The fields of an object that is being written.
struct Fields<'a, 'm> {
  encoder: &'a mut Encoder<'m>,
  /// `None` when it is a `RawValue` that is written.
  object: Option<Object>,
  /// The object of an enum's variant around it.
  wrapped: Option<Object>,
}

impl Fields<'_, '_> {
  #[inline]
  fn field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
    match &mut self.object {
      Some(object) => {
        self.encoder.key(object, key)?;
        value.serialize(&mut *self.encoder).map_err(|error| error.at_key(key))
      }
      None => self.raw_value(value),
    }
  }

  /// Text that is JSON.
  fn raw_value<T: Serialize + ?Sized>(&mut self, text: &T) -> Result<()> {
    let at = self.encoder.out.len();
    text.serialize(&mut *self.encoder)?;
    let word = &mut self.encoder.out[at];
    *word = (*word & !u64::from(u32::MAX)) | u64::from(tag::JSON);
    Ok(())
  }

  #[inline]
  fn finish(self) -> Result<()> {
    if let Some(object) = self.object {
      self.encoder.end_object(object);
    }
    if let Some(outer) = self.wrapped {
      self.encoder.end_object(outer);
    }
    Ok(())
  }
}

impl ser::SerializeStruct for Fields<'_, '_> {
  type Ok = ();
  type Error = WireError;

  #[inline]
  fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
    self.field(key, value)
  }

  #[inline]
  fn end(self) -> Result<()> {
    self.finish()
  }
}

impl ser::SerializeStructVariant for Fields<'_, '_> {
  type Ok = ();
  type Error = WireError;

  fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<()> {
    self.field(key, value)
  }

  fn end(self) -> Result<()> {
    self.finish()
  }
}

impl ser::SerializeMap for Fields<'_, '_> {
  type Ok = ();
  type Error = WireError;

  #[inline]
  fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
    match &mut self.object {
      Some(object) => key.serialize(Key { encoder: self.encoder, object }),
      None => no_key(),
    }
  }

  #[inline]
  fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
    value.serialize(&mut *self.encoder)
  }

  #[inline]
  fn end(self) -> Result<()> {
    self.finish()
  }
}

/// Writes the key of a map: text, or what is written as text.
struct Key<'a, 'm> {
  encoder: &'a mut Encoder<'m>,
  object: &'a mut Object,
}

impl Key<'_, '_> {
  fn display(self, value: impl std::fmt::Display) -> Result<()> {
    self.encoder.key(self.object, &value.to_string())
  }
}

macro_rules! displayed_keys {
  ($($method:ident $type:ty)*) => {
    $(
      fn $method(self, value: $type) -> Result<()> {
        self.display(value)
      }
    )*
  };
}

fn no_key<T>() -> Result<T> {
  Err(WireError::custom("key must be a string"))
}

impl ser::Serializer for Key<'_, '_> {
  type Ok = ();
  type Error = WireError;
  type SerializeSeq = ser::Impossible<(), WireError>;
  type SerializeTuple = ser::Impossible<(), WireError>;
  type SerializeTupleStruct = ser::Impossible<(), WireError>;
  type SerializeTupleVariant = ser::Impossible<(), WireError>;
  type SerializeMap = ser::Impossible<(), WireError>;
  type SerializeStruct = ser::Impossible<(), WireError>;
  type SerializeStructVariant = ser::Impossible<(), WireError>;

  displayed_keys! {
    serialize_bool bool
    serialize_i8 i8
    serialize_i16 i16
    serialize_i32 i32
    serialize_i64 i64
    serialize_i128 i128
    serialize_u8 u8
    serialize_u16 u16
    serialize_u32 u32
    serialize_u64 u64
    serialize_u128 u128
    serialize_f32 f32
    serialize_f64 f64
    serialize_char char
  }

  #[inline]
  fn serialize_str(self, value: &str) -> Result<()> {
    self.encoder.key(self.object, value)
  }

  fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
    self.serialize_str(variant)
  }

  fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
    value.serialize(self)
  }

  fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
    value.serialize(self)
  }

  fn serialize_bytes(self, _: &[u8]) -> Result<()> {
    no_key()
  }

  fn serialize_none(self) -> Result<()> {
    no_key()
  }

  fn serialize_unit(self) -> Result<()> {
    no_key()
  }

  fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
    no_key()
  }

  fn serialize_newtype_variant<T: Serialize + ?Sized>(
    self,
    _: &'static str,
    _: u32,
    _: &'static str,
    _: &T,
  ) -> Result<()> {
    no_key()
  }

  fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq> {
    no_key()
  }

  fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple> {
    no_key()
  }

  fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct> {
    no_key()
  }

  fn serialize_tuple_variant(
    self,
    _: &'static str,
    _: u32,
    _: &'static str,
    _: usize,
  ) -> Result<Self::SerializeTupleVariant> {
    no_key()
  }

  fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap> {
    no_key()
  }

  fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct> {
    no_key()
  }

  fn serialize_struct_variant(
    self,
    _: &'static str,
    _: u32,
    _: &'static str,
    _: usize,
  ) -> Result<Self::SerializeStructVariant> {
    no_key()
  }
}
