//! Key-value stores.

use crate::Answer;
use crate::Failure;

/// How many keys are read at a time.
pub(crate) const PAGE: usize = 1000;

/// A key-value store. What one call does is done at once or not at all, but for the calls of many keys.
pub trait KeyValue: Send + Sync {
  /// What a key has.
  fn get(&self, key: String) -> Answer<'_, Option<Vec<u8>>>;

  /// Gives a key a value.
  fn set(&self, key: String, value: Vec<u8>) -> Answer<'_, ()>;

  /// Takes a key out, if it is there.
  fn delete(&self, key: String) -> Answer<'_, ()>;

  /// Whether a key has something.
  fn exists(&self, key: String) -> Answer<'_, bool>;

  /// The keys after one, or the first ones, in an order of the store's own: `most` at most.
  fn keys(&self, after: Option<String>, most: usize) -> Answer<'_, Vec<String>>;

  /// Adds to the number that a key has: eight bytes, the lowest first. A key that is not there has 0.
  fn increment(&self, key: String, delta: i64) -> Answer<'_, i64>;

  /// Gives a key a value if it has what is expected; says whether it did.
  fn compare_and_swap(&self, key: String, expected: Option<Vec<u8>>, value: Vec<u8>) -> Answer<'_, bool>;

  /// What each of some keys has.
  fn get_many(&self, keys: Vec<String>) -> Answer<'_, Vec<Option<Vec<u8>>>>;

  /// Gives each of some keys a value.
  fn set_many(&self, pairs: Vec<(String, Vec<u8>)>) -> Answer<'_, ()>;

  /// Takes some keys out.
  fn delete_many(&self, keys: Vec<String>) -> Answer<'_, ()>;
}

/// All keys of a store, if these have at most so many bytes.
pub(crate) async fn all_keys(store: &dyn KeyValue, most: usize) -> Result<Vec<String>, Failure> {
  let (mut all, mut size) = (Vec::new(), 0);
  loop {
    let page = store.keys(all.last().cloned(), PAGE).await?;
    let is_last = page.len() < PAGE;
    size += page.iter().map(|key| size_of::<String>() + key.len()).sum::<usize>();
    if size > most {
      return Err(Failure::Other(format!("the keys of the store have more than {most} bytes")));
    }
    all.extend(page);
    if is_last {
      return Ok(all);
    }
  }
}
