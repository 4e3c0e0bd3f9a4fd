//! The rewritten module as it is written: copies of the original and what is put between them.

use std::ops::Range;

use crate::offset_map::OffsetMap;

/// The rewritten module as it is written.
pub(crate) struct Output<'a> {
  original: &'a [u8],
  bytes: Vec<u8>,
  copied: usize,
  /// Ranges of the original that are left out, last one first.
  left_out: Vec<Range<usize>>,
  offsets: OffsetMap,
}

impl<'a> Output<'a> {
  pub(crate) fn new(original: &'a [u8], mut left_out: Vec<Range<usize>>) -> Self {
    left_out.reverse();
    let bytes = Vec::with_capacity(original.len() + original.len() / 8 + 256);
    Self { original, bytes, copied: 0, left_out, offsets: OffsetMap::default() }
  }

  pub(crate) fn len(&self) -> usize {
    self.bytes.len()
  }

  /// Copies the original up to `end`.
  pub(crate) fn copy_to(&mut self, end: usize) {
    while let Some(range) = self.left_out.pop_if(|range| range.start < end) {
      self.bytes.extend_from_slice(&self.original[self.copied..range.start]);
      self.skip_to(range.end);
    }
    self.bytes.extend_from_slice(&self.original[self.copied..end]);
    self.copied = end;
  }

  /// Leaves the original out up to `end`.
  pub(crate) fn skip_to(&mut self, end: usize) {
    self.copied = end;
    self.offsets.push(self.bytes.len(), end);
  }

  /// Puts `bytes` here.
  pub(crate) fn insert(&mut self, bytes: &[u8]) {
    self.bytes.extend_from_slice(bytes);
    self.offsets.push(self.bytes.len(), self.copied);
  }

  /// Puts `bytes` in the place of `range`.
  pub(crate) fn replace(&mut self, range: Range<usize>, bytes: &[u8]) {
    self.copy_to(range.start);
    self.bytes.extend_from_slice(bytes);
    self.skip_to(range.end);
  }

  /// Writes over what was written at `at`.
  pub(crate) fn overwrite(&mut self, at: usize, bytes: &[u8]) {
    self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
  }

  /// Copies the rest.
  pub(crate) fn finish(mut self) -> (Vec<u8>, OffsetMap) {
    self.copy_to(self.original.len());
    self.offsets.shrink();
    (self.bytes, self.offsets)
  }
}
