//! Arrays.

use serde::Serialize;
use serde::ser;

use super::Encoder;
use super::Object;
use super::word;
use crate::error::Result;
use crate::error::WireError;
use crate::format::tag;

/// An array that is being written.
pub(super) struct Array<'a, E> {
  encoder: &'a mut E,
  at: usize,
  length: usize,
  /// The object of an enum's variant around it.
  pub(super) wrapped: Option<Object>,
}

impl<'m> Encoder<'m> {
  pub(super) fn array(&mut self, length: Option<usize>) -> Result<Array<'_, Self>> {
    self.descend()?;
    let at = self.out.len();
    self.push(tag::ARRAY, Self::length(length.unwrap_or_default())?);
    Ok(Array { at, length: 0, wrapped: None, encoder: self })
  }
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
