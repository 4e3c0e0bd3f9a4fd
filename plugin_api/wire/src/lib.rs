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
mod definitions;
mod error;
mod format;
#[cfg(fuzzing)]
pub mod fuzzing;
#[cfg(test)]
mod properties;
mod ser;
pub mod services;
mod shapes;
#[cfg(test)]
mod tests;

pub use de::decode;
pub use de::result::decode_result;
pub use definitions::Definitions;
pub use error::WireError;
pub use format::length_of_value;
pub use ser::Flavour;
pub use ser::encode;
pub use shapes::Shapes;
