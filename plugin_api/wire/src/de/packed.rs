//! Typed arrays: numbers that lie one after the other.

use serde::de;
use serde::de::DeserializeSeed;
use serde::de::Error as _;
use serde::de::Visitor;

use super::number::Number;
use crate::error::Result;
use crate::error::WireError;
use crate::format::tag;

/// The elements of a typed array, as serde takes them.
pub(super) struct Packed<'de> {
  left: &'de [u8],
  tag: u32,
  length: usize,
}

/// How many bytes an element has, by its tag; `None` for what is no element.
pub(super) fn size_of_element(tag: u32) -> Option<usize> {
  match tag {
    tag::BYTES => Some(1),
    tag::INT => Some(4),
    tag::FLOAT | tag::I64 | tag::U64 => Some(8),
    _ => None,
  }
}

impl<'de> Packed<'de> {
  /// Elements of a tag that has a size.
  #[inline]
  pub(super) fn new(elements: &'de [u8], tag: u32) -> Self {
    let size = size_of_element(tag).unwrap_or(1);
    Self { left: elements, tag, length: elements.len() / size }
  }

  #[inline]
  fn take<const SIZE: usize>(&mut self) -> Option<[u8; SIZE]> {
    let (element, left) = self.left.split_first_chunk()?;
    self.left = left;
    Some(*element)
  }

  #[inline]
  fn next(&mut self) -> Option<Number> {
    match self.tag {
      tag::FLOAT => self.take().map(|bytes| Number::Float(f64::from_le_bytes(bytes))),
      tag::INT => self.take().map(|bytes| Number::Int(i32::from_le_bytes(bytes).into())),
      tag::I64 => self.take().map(|bytes| Number::Int(i64::from_le_bytes(bytes))),
      tag::U64 => self.take().map(|bytes| Number::Uint(u64::from_le_bytes(bytes))),
      _ => self.take().map(|[byte]| Number::Int(byte.into())),
    }
  }

  fn count_left(&self) -> usize {
    self.left.len() / size_of_element(self.tag).unwrap_or(1)
  }

  /// All of them.
  #[inline]
  pub(super) fn give<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value> {
    let value = visitor.visit_seq(&mut self)?;
    match self.count_left() {
      0 => Ok(value),
      left => Err(WireError::invalid_length(self.length, &format!("{} elements", self.length - left).as_str())),
    }
  }
}

impl<'de> de::SeqAccess<'de> for Packed<'de> {
  type Error = WireError;

  #[inline]
  fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>> {
    let Some(number) = self.next() else { return Ok(None) };
    match seed.deserialize(number) {
      Ok(element) => Ok(Some(element)),
      Err(error) => Err(error.at_index(self.length - self.count_left() - 1)),
    }
  }

  fn size_hint(&self) -> Option<usize> {
    Some(self.count_left())
  }
}
