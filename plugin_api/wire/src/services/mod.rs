//! What native plugins ask of the host's services, and what they are answered: both sides read it here. Names cross, as
//! everywhere in the wire format, so that a host says which request of a newer plugin it does not know.
//!
//! A failure is no answer: it crosses as errors of the boundary do, with class, code and message.

mod bytes;
mod http;
mod requests;
#[cfg(test)]
mod tests;
mod values;

pub use bytes::Bytes;
pub use http::HttpAnswer;
pub use http::HttpBody;
pub use http::HttpPiece;
pub use http::HttpRequest;
pub use requests::Connect;
pub use requests::KeyValue;
pub use requests::Request;
pub use values::Column;
pub use values::Date;
pub use values::Executed;
pub use values::PostgresRows;
pub use values::PostgresValue;
pub use values::RedisReply;
pub use values::SqlValue;
pub use values::Time;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Flavour;
use crate::WireError;
use crate::decode;
use crate::encode;

/// A request or an answer as it crosses: a value without a head.
///
/// # Errors
///
/// When it is longer than the format tells.
pub fn write<T: Serialize>(value: &T) -> Result<Vec<u8>, WireError> {
  let mut message = Vec::new();
  encode(value, &mut message, None, Flavour::Typed)?;
  let words = &message[1..];
  let mut bytes = Vec::with_capacity(8 * words.len());
  words.iter().for_each(|word| bytes.extend_from_slice(&word.to_le_bytes()));
  Ok(bytes)
}

/// A request or an answer that has crossed.
///
/// # Errors
///
/// What does not fit, and where.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
  decode(bytes)
}
