//! Indices of a plan's lists.

/// The index of what stands at a position. The limits keep lists far below 2³² items.
pub(crate) fn index(position: usize) -> u32 {
  u32::try_from(position).unwrap_or(u32::MAX)
}
