//! What is kept in memory for all runtimes of the process: as much as was used lately.

use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;

/// The bytes that are kept at most, of each kind of entries.
const MAX_BYTES: usize = 64 << 20;

/// Entries, of which the one used last is the last.
pub(super) struct Recent<T> {
  entries: Mutex<Vec<T>>,
  /// How many there are at most.
  most: usize,
  /// The bytes of one.
  size_of: fn(&T) -> usize,
}

impl<T> Recent<T> {
  pub(super) const fn new(most: usize, size_of: fn(&T) -> usize) -> Self {
    Self { entries: Mutex::new(Vec::new()), most, size_of }
  }

  pub(super) fn lock(&self) -> MutexGuard<'_, Vec<T>> {
    self.entries.lock().unwrap_or_else(PoisonError::into_inner)
  }

  /// What `take` gives of the entry that is wanted, which is used now.
  pub(super) fn find<R>(&self, is_wanted: impl FnMut(&T) -> bool, take: impl FnOnce(&mut T) -> R) -> Option<R> {
    let mut entries = self.lock();
    let place = entries.iter().position(is_wanted)?;
    entries[place..].rotate_left(1);
    entries.last_mut().map(take)
  }

  /// Keeps an entry, in the place of those that were used longest ago; gives what `take` gives of it, or of the same
  /// one that another thread has kept meanwhile.
  pub(super) fn keep<R>(&self, entry: T, is_same: impl Fn(&T, &T) -> bool, take: impl FnOnce(&mut T) -> R) -> R {
    let mut entries = self.lock();
    let mut entry = match entries.iter().position(|kept| is_same(kept, &entry)) {
      Some(place) => entries.remove(place),
      None => entry,
    };
    let taken = take(&mut entry);
    entries.push(entry);
    while entries.len() > self.most || entries.iter().map(self.size_of).sum::<usize>() > MAX_BYTES {
      entries.remove(0);
    }
    taken
  }
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn what_two_threads_make_is_kept_once() {
    let recent = Recent::new(3, |_: &(u32, u32)| 1);
    let keep = |entry| recent.keep(entry, |one: &(u32, u32), other| one.0 == other.0, |kept| kept.1);
    assert_eq!([keep((7, 1)), keep((8, 1)), keep((7, 2)), keep((9, 1))], [1, 1, 1, 1], "the first one is given");
    assert_eq!(*recent.lock(), [(8, 1), (7, 1), (9, 1)]);
    keep((10, 1));
    assert_eq!(*recent.lock(), [(7, 1), (9, 1), (10, 1)], "that which was used last stays");
  }
}
