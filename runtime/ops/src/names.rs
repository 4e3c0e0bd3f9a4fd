//! What ops are called that are registered together.

/// The names of ops that are registered together; no two are the same. Any thread that reads metrics asks for them.
pub trait OpNames: Send + Sync {
  /// How many there are.
  fn len(&self) -> usize;

  /// Whether there is none.
  fn is_empty(&self) -> bool {
    self.len() == 0
  }

  /// The name of one, by its place among them.
  fn name(&self, index: usize) -> &str;

  /// Whether one of them has that name.
  fn has(&self, name: &str) -> bool {
    (0..self.len()).any(|index| self.name(index) == name)
  }
}
