//! Where a byte of the rewritten module was in the original.

/// From here on the rewritten module has the original's bytes, until the next piece's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
  rewritten: u32,
  original: u32,
}

/// Maps offsets in the rewritten module to offsets in the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OffsetMap {
  pieces: Vec<Piece>,
}

impl OffsetMap {
  /// The offset in the original of the byte at `rewritten`. For a byte that the rewriter added it is where it was
  /// added.
  #[must_use]
  pub fn original(&self, rewritten: usize) -> usize {
    let (copied, next) = self.find(rewritten);
    next.map_or(copied, |next| copied.min(next.original as usize))
  }

  /// Whether the rewriter added the byte at `rewritten`.
  #[cfg(any(test, fuzzing))]
  pub fn added(&self, rewritten: usize) -> bool {
    let (copied, next) = self.find(rewritten);
    next.is_some_and(|next| copied >= next.original as usize)
  }

  /// The rewritten module goes on at `rewritten` with the bytes that the original has at `original`.
  pub(crate) fn push(&mut self, rewritten: usize, original: usize) {
    let piece = Piece { rewritten: narrow(rewritten), original: narrow(original) };
    match self.pieces.last_mut() {
      // Nothing was copied since.
      Some(last) if last.original == piece.original => *last = piece,
      _ => self.pieces.push(piece),
    }
  }

  pub(crate) fn shrink(&mut self) {
    self.pieces.shrink_to_fit();
  }

  /// Where `rewritten` was if its piece goes on that far, and the piece after it.
  fn find(&self, rewritten: usize) -> (usize, Option<Piece>) {
    let after = self.pieces.partition_point(|piece| piece.rewritten as usize <= rewritten);
    let piece = after.checked_sub(1).map_or(Piece { rewritten: 0, original: 0 }, |at| self.pieces[at]);
    let copied = (rewritten - piece.rewritten as usize).saturating_add(piece.original as usize);
    (copied, self.pieces.get(after).copied())
  }
}

/// Modules are far smaller than 4 GiB: see `Output`.
fn narrow(offset: usize) -> u32 {
  u32::try_from(offset).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
  use super::OffsetMap;

  #[test]
  fn bytes_after_an_insertion_are_shifted_and_its_own_are_where_it_was_made() {
    let mut map = OffsetMap::default();
    map.push(13, 10); // three bytes inserted at 10
    map.push(25, 20); // two bytes inserted at 20
    map.push(26, 24); // three bytes of the original left out at 21
    let originals: Vec<usize> = [0, 9, 10, 12, 13, 22, 23, 24, 25, 26, 30].map(|at| map.original(at)).to_vec();
    assert_eq!(originals, [0, 9, 10, 10, 10, 19, 20, 20, 20, 24, 28]);
    let added: Vec<usize> = (0..30).filter(|&at| map.added(at)).collect();
    assert_eq!(added, [10, 11, 12, 23, 24]);
  }

  #[test]
  fn insertions_at_one_place_are_one_piece() {
    let mut map = OffsetMap::default();
    map.push(12, 10);
    map.push(15, 10);
    assert_eq!(map.pieces.len(), 1);
    assert_eq!(map.original(14), 10);
    assert_eq!(map.original(16), 11);
    assert_eq!(map.original(usize::MAX), usize::MAX - 5);
  }
}
