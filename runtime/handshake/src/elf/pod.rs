//! Bytes of the file as elements of a table.

use object::pod::Pod;

/// A table of so many bytes as a slice, if it is whole elements.
pub(super) fn table<T: Pod>(bytes: &[u8]) -> Option<&[T]> {
  let (elements, rest) = object::pod::slice_from_bytes(bytes, bytes.len() / size_of::<T>()).ok()?;
  rest.is_empty().then_some(elements)
}
