//! Objects, which are of a shape as long as their keys come as those of earlier objects did.

use super::Encoder;
use super::word;
use crate::error::Result;
use crate::format::tag;
use crate::shapes::ROOT;
use crate::shapes::Shapes;

/// An object that is being written.
pub(super) struct Object {
  at: usize,
  /// `None` when it is of no shape.
  shape: Option<u32>,
  length: u32,
}

impl Encoder<'_> {
  /// Begins an object.
  #[inline]
  pub(super) fn object(&mut self) -> Result<Object> {
    self.descend()?;
    let at = self.out.len();
    self.push(tag::OBJECT, 0);
    let shape = self.shapes.is_some().then_some(ROOT);
    Ok(Object { at, shape, length: 0 })
  }

  /// Adds a key to an object; its value comes next.
  #[inline]
  pub(super) fn key(&mut self, object: &mut Object, key: &str) -> Result<()> {
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
  pub(super) fn end_object(&mut self, object: Object) {
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
