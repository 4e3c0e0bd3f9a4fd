//! BLAKE3 and SHA-2 for scripts.
//!
//! `blake3`, `sha256` and `sha512` take bytes where the script has them and give a digest. For a message that is not
//! all there yet, `create`, `update` and `digest` keep a hash under way as a resource.

use std::cell::RefCell;

use plugin_api::Interface;
use plugin_api::OpError;
use plugin_api::ResourceId;
use plugin_api::ZeroCopyBuf;
use plugin_api::op;
use plugin_api::resources;

use crate::algorithm::Algorithm;
use crate::algorithm::AlgorithmName;
use crate::algorithm::Hasher;
use crate::algorithm::to_hex;

mod algorithm;

plugin_api::plugin!();

/// Registers the ops.
// SAFETY: plugbay's name for the init function of a plugin.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  interface.register_op("blake3", blake3);
  interface.register_op("sha256", sha256);
  interface.register_op("sha512", sha512);
  interface.register_op("hex", hex);
  interface.register_op("create", create);
  interface.register_op("update", update);
  interface.register_op("digest", digest);
}

/// A hash under way, as a script holds it.
struct Stream {
  hasher: Hasher,
  bytes: u64,
}

impl Stream {
  fn new(algorithm: Algorithm) -> Self {
    Self { hasher: Hasher::new(algorithm), bytes: 0 }
  }

  /// Adds the parts to the message and answers its length so far.
  fn update<T: AsRef<[u8]>>(&mut self, parts: &[T]) -> u64 {
    for part in parts {
      self.hasher.update(part.as_ref());
      self.bytes += part.as_ref().len() as u64;
    }
    self.bytes
  }

  fn hex(&self) -> String {
    to_hex(&self.hasher.clone().finalize())
  }
}

/// The BLAKE3 digest of all buffers as one message: 32 bytes.
#[op]
fn blake3(buffers: &mut [ZeroCopyBuf]) -> Box<[u8]> {
  algorithm::digest(Algorithm::Blake3, buffers)
}

/// The SHA-256 digest of all buffers as one message: 32 bytes.
#[op]
fn sha256(buffers: &mut [ZeroCopyBuf]) -> Box<[u8]> {
  algorithm::digest(Algorithm::Sha256, buffers)
}

/// The SHA-512 digest of all buffers as one message: 64 bytes.
#[op]
fn sha512(buffers: &mut [ZeroCopyBuf]) -> Box<[u8]> {
  algorithm::digest(Algorithm::Sha512, buffers)
}

/// The digest of all buffers as one message, in hexadecimal: `hex("sha256", bytes)`.
#[op]
fn hex(algorithm: AlgorithmName, buffers: &mut [ZeroCopyBuf]) -> Result<String, OpError> {
  Ok(to_hex(&algorithm::digest(algorithm.find()?, buffers)))
}

/// The id of a new hash under way.
#[op]
fn create(algorithm: AlgorithmName) -> Result<ResourceId, OpError> {
  resources().add("hash", RefCell::new(Stream::new(algorithm.find()?)))
}

/// Adds the buffers to the message of the hash with that id, and gives the number of its bytes so far.
#[op]
fn update(id: &RefCell<Stream>, buffers: &mut [ZeroCopyBuf]) -> f64 {
  // A number in every script: an integer of 64 bits could be a BigInt. It is exact up to eight petabytes.
  id.borrow_mut().update(buffers) as f64
}

/// The digest of the hash with that id, in hexadecimal; it closes the id.
#[op]
fn digest(id: ResourceId) -> Result<String, OpError> {
  let stream = resources().get::<RefCell<Stream>>(id)?;
  resources().close(id)?;
  Ok(stream.borrow().hex())
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_stream_gives_the_digest_of_the_whole_message() {
    let mut stream = Stream::new(Algorithm::Sha256);
    assert_eq!(stream.update(&[b"a".as_slice(), b"b"]), 2);
    assert_eq!(stream.update::<&[u8]>(&[]), 2);
    assert_eq!(stream.update(&[b"c"]), 3);
    assert_eq!(stream.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  #[test]
  fn a_stream_without_updates_gives_the_digest_of_nothing() {
    for algorithm in Algorithm::ALL {
      assert_eq!(Stream::new(algorithm).hex(), to_hex(&algorithm::digest(algorithm, &[b""])));
    }
  }
}
