//! What chance gives.

/// Numbers that follow from a seed.
pub(crate) struct Random(u64);

impl Random {
  pub(crate) fn new(seed: u32) -> Self {
    Self(u64::from(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
  }

  fn next(&mut self) -> u64 {
    self.0 ^= self.0 << 13;
    self.0 ^= self.0 >> 7;
    self.0 ^= self.0 << 17;
    self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
  }

  pub(crate) fn below(&mut self, bound: usize) -> usize {
    ((self.next() >> 33) % bound as u64) as usize
  }

  pub(crate) fn byte(&mut self) -> u8 {
    (self.next() >> 40) as u8
  }

  /// Bytes, up to that power of two, 64 at least.
  pub(crate) fn bytes(&mut self, most: usize) -> Vec<u8> {
    let length = 1 << (6 + self.below(most - 5));
    (0..length).map(|_| self.byte()).collect()
  }
}
