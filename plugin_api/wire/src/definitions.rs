//! What a reader of results knows of shapes.

use std::collections::HashMap;

use super::error::Result;
use super::error::WireError;

/// The shapes that the results of an open plugin have defined, by their ids: the keys of each, in the wire format.
#[derive(Default)]
pub struct Definitions {
  shapes: HashMap<u32, Definition>,
}

struct Definition {
  length: u32,
  keys: Box<[u8]>,
}

impl Definitions {
  pub(crate) fn add(&mut self, shape: u32, length: u32, keys: &[u8]) {
    self.shapes.insert(shape, Definition { length, keys: keys.into() });
  }

  /// How many keys a shape has, and these as they were defined.
  pub(crate) fn find(&self, shape: u32) -> Result<(u32, &[u8])> {
    let found = self.shapes.get(&shape).map(|definition| (definition.length, &*definition.keys));
    found.ok_or_else(|| WireError::new("the shape of an object in it was never defined"))
  }
}
