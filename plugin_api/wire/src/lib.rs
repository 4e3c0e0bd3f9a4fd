//! The wire format: values of any shape between JavaScript and serde. `plugin_abi`'s ABI.md describes it; the other
//! side is `js/wire.js` of the runtime. Plugins read arguments and write results with it, and so does a host that calls
//! ops from Rust.
//!
//! A format of its own, because JavaScript writes and reads it: it has no schema, which postcard and bincode want, and
//! what describes itself (JSON, CBOR, MessagePack) is made byte by byte. Here a number is a whole word of a typed
//! array, and a result tells the keys of objects once. For the benchmark's object, in and out, V8's JSON with
//! serde_json took about five times as long.

#![forbid(unsafe_code)]

#[cfg(any(test, fuzzing))]
mod any;
mod de;
#[cfg(fuzzing)]
pub mod fuzzing;
#[cfg(test)]
mod properties;
mod ser;
mod shapes;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

pub use shapes::Shapes;

/// What a value is: the low half of its first word.
mod tag {
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
const RAW_VALUE: &str = "$serde_json::private::RawValue";

/// Values may be nested as deep as in serde_json.
const MAX_DEPTH: u8 = 128;
/// The largest integer that a double tells from its neighbours.
const MAX_SAFE: u64 = (1 << 53) - 1;

/// Which values have no exact counterpart, and what becomes of them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
  /// Large integers are BigInts, bytes are Uint8Arrays, NaN is NaN.
  Typed,
  /// Large integers are BigInts too; bytes are arrays of numbers, NaN is null: as if it were JSON text.
  Json,
}

/// Deserializes the value that `input` begins with.
pub fn decode<'de, T: Deserialize<'de>>(input: &'de [u8]) -> Result<T, WireError> {
  T::deserialize(&mut de::Decoder::new(input))
}

/// Writes a message with a value to `message`, in place of what is there. With shapes, the message is for the reader
/// that had the earlier ones with them.
pub fn encode<T: Serialize + ?Sized>(
  value: &T,
  message: &mut Vec<u64>,
  shapes: Option<&mut Shapes>,
  flavour: Flavour,
) -> Result<(), WireError> {
  ser::encode(value, message, shapes, flavour)
}

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

/// Why a value could not be read or written, and where in it.
#[derive(Debug)]
pub struct WireError(Box<Parts>);

#[derive(Debug)]
struct Parts {
  /// Such as `options.list[1]`; made from its end.
  path: String,
  message: String,
}

impl WireError {
  fn new(message: impl Into<String>) -> Self {
    Self(Box::new(Parts { path: String::new(), message: message.into() }))
  }

  #[cold]
  fn at_index(self, index: usize) -> Self {
    self.before(&format!("[{index}]"))
  }

  #[cold]
  fn at_key(self, key: &str) -> Self {
    self.before(key)
  }

  fn before(mut self, step: &str) -> Self {
    let dot = if self.0.path.is_empty() || self.0.path.starts_with('[') { "" } else { "." };
    self.0.path.insert_str(0, &format!("{step}{dot}"));
    self
  }
}

impl fmt::Display for WireError {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self.0.path.is_empty() {
      true => f.write_str(&self.0.message),
      false => write!(f, "at {}: {}", self.0.path, self.0.message),
    }
  }
}

impl std::error::Error for WireError {}

impl serde::de::Error for WireError {
  #[cold]
  fn custom<T: fmt::Display>(message: T) -> Self {
    Self::new(message.to_string())
  }
}

impl serde::ser::Error for WireError {
  #[cold]
  fn custom<T: fmt::Display>(message: T) -> Self {
    Self::new(message.to_string())
  }
}
