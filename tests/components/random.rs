//! Numbers by chance, the same each time.

pub(super) struct Random(pub(super) u64);

impl Random {
  /// A number below that.
  pub(super) fn below(&mut self, end: usize) -> usize {
    // xorshift64*
    self.0 ^= self.0 >> 12;
    self.0 ^= self.0 << 25;
    self.0 ^= self.0 >> 27;
    (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % end
  }

  pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
    from[self.below(from.len())]
  }
}
