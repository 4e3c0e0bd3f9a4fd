//! Two arguments may be the same memory, which Rust allows only if nobody writes it.

use std::ops::Range;

use crate::OpError;
use crate::ZeroCopyBuf;
use plugin_abi::errors;

/// The memory of an argument.
pub struct Span {
  name: &'static str,
  range: Range<usize>,
  is_written: bool,
}

impl Span {
  /// Of an argument that is read.
  #[inline]
  pub fn read<T>(name: &'static str, range: Range<*const T>) -> Self {
    Self { name, range: range.start.addr()..range.end.addr(), is_written: false }
  }

  /// Of an argument that is written.
  #[inline]
  pub fn write<T>(name: &'static str, range: Range<*const T>) -> Self {
    Self { is_written: true, ..Self::read(name, range) }
  }

  fn overlaps(&self, other: &Range<usize>) -> bool {
    !self.range.is_empty() && !other.is_empty() && self.range.start < other.end && other.start < self.range.end
  }
}

/// Whether an argument that is written is separate from all others; `buffers` are the op's further buffers.
#[inline]
pub fn check_overlap(spans: &[Span], buffers: &[ZeroCopyBuf]) -> Result<(), OpError> {
  for (index, span) in spans.iter().enumerate() {
    for other in &spans[index + 1..] {
      if (span.is_written || other.is_written) && span.overlaps(&other.range) {
        return Err(overlap(span.name, other.name));
      }
    }
    for buffer in buffers {
      let range = buffer.as_ptr_range();
      if span.is_written && span.overlaps(&(range.start.addr()..range.end.addr())) {
        return Err(overlap(span.name, "buffers"));
      }
    }
  }
  Ok(())
}

#[cold]
fn overlap(a: &str, b: &str) -> OpError {
  let message = format!("arguments `{a}` and `{b}` overlap in memory, and the op writes one; pass separate buffers");
  OpError::of_host(errors::OP_ARGUMENT, message)
}
