//! How a message is laid out.

/// What a value is: the low half of its first word.
pub(crate) mod tag {
  pub const NULL: u32 = 0;
  /// The high half is an `i32`.
  pub const INT: u32 = 1;
  /// The next word is an `f64`.
  pub const FLOAT: u32 = 2;
  /// The high half is 0 or 1.
  pub const BOOL: u32 = 3;
  /// The next word is an `i64`.
  pub const I64: u32 = 4;
  /// The next word is a `u64` beyond `i64::MAX`.
  pub const U64: u32 = 5;
  /// The high half is the number of bytes, which follow, in UTF-8, in whole words.
  pub const STRING: u32 = 6;
  /// The same for bytes.
  pub const BYTES: u32 = 7;
  /// The high half is the number of values, which follow.
  pub const ARRAY: u32 = 8;
  /// The high half is the number of entries, which follow: a key and a value each. A key is text; that of a `Map` may
  /// be a number or a boolean.
  pub const OBJECT: u32 = 9;
  /// The high half is the id of a shape; its values follow. Only in results.
  pub const SHAPED: u32 = 10;
  /// The high half is the number of bytes, which follow, of JSON text for the reader to parse. Only in results.
  pub const JSON: u32 = 11;
  /// A typed array. The second byte is the tag of all its elements: [`INT`], of 4 bytes each, [`FLOAT`], [`I64`] or
  /// [`U64`]; the high half is their number. They follow in whole words. Only in arguments.
  pub const PACKED: u32 = 12;
  /// The next two words are an `i128` beyond 64 bits, the lower one first.
  pub const I128: u32 = 13;
  /// The next two words are a `u128` beyond `i128::MAX`, the lower one first.
  pub const U128: u32 = 14;
}

/// The low half of the first word of a typed array whose elements have 4 bytes.
const PACKED_INTS: u32 = tag::PACKED | tag::INT << 8;

/// What serde_json calls a `RawValue` when it passes it to others: a struct with a field of the same name, JSON text.
pub(crate) const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Values may be nested as deep as in serde_json.
pub(crate) const MAX_DEPTH: u8 = 128;
/// The largest integer that a double tells from its neighbours.
pub(crate) const MAX_SAFE: u64 = (1 << 53) - 1;

/// How many words the value takes that `words` begin with. Of a value that is cut short it is all of them.
pub fn length_of_value(words: &[[u8; 8]]) -> usize {
  let mut at = 0;
  let mut values_left = 1_usize;
  while values_left > 0 && at < words.len() {
    let word = u64::from_le_bytes(words[at]);
    let size = (word >> 32) as usize;
    values_left -= 1;
    at += 1;
    match word as u32 {
      tag::FLOAT | tag::I64 | tag::U64 => at += 1,
      tag::I128 | tag::U128 => at += 2,
      PACKED_INTS => at += size.div_ceil(2),
      tag if tag & 0xFF == tag::PACKED => at += size,
      tag::STRING | tag::BYTES | tag::JSON => at += size.div_ceil(8),
      tag::ARRAY => values_left += size,
      tag::OBJECT => values_left += 2 * size,
      _ => {}
    }
  }
  at.min(words.len())
}
