//! What an object has: of a struct, a map or an enum's variant.

use serde::Serialize;
use serde::ser;

use super::Encoder;
use super::Object;
use super::key::Key;
use super::key::no_key;
use crate::error::Result;
use crate::error::WireError;
use crate::format::tag;

/// The fields of an object that is being written.
pub(super) struct Fields<'a, 'm> {
  pub(super) encoder: &'a mut Encoder<'m>,
  /// `None` when it is a `RawValue` that is written.
  pub(super) object: Option<Object>,
  /// The object of an enum's variant around it.
  pub(super) wrapped: Option<Object>,
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
