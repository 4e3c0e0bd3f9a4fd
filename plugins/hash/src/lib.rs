//! BLAKE3 and SHA-2 for scripts.
//!
//! `blake3`, `sha256` and `sha512` are zero-copy ops: bytes in, digest out. For a message that is not all there yet,
//! `create`, `update` and `digest` keep a hash under way as a resource.

use std::cell::RefCell;

use plugin_api::Interface;
use plugin_api::Op;
use plugin_api::ResourceId;
use plugin_api::ZeroCopyBuf;
use plugin_api::error::AnyError;
use plugin_api::json_op;
use plugin_api::resources;

use crate::algorithm::Algorithm;
use crate::algorithm::Hasher;
use crate::algorithm::to_hex;

mod algorithm;

plugin_api::plugin!();

/// Registers the ops.
// SAFETY: plugbay's name for the init function of a plugin.
#[unsafe(no_mangle)]
pub fn deno_plugin_init(interface: &mut dyn Interface) {
  for algorithm in Algorithm::ALL {
    interface.register_op(algorithm.name(), move |_: &mut dyn Interface, buffers: &mut [ZeroCopyBuf]| {
      Op::Sync(algorithm::digest(algorithm, buffers))
    });
  }
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

/// `hex("sha256", ...buffers)` is the digest of all buffers as one message, in hexadecimal.
#[json_op]
fn hex(algorithm: String, buffers: &mut [ZeroCopyBuf]) -> Result<String, AnyError> {
  Ok(to_hex(&algorithm::digest(Algorithm::from_name(&algorithm)?, buffers)))
}

/// `create("sha256")` is the id of a hash under way.
#[json_op]
fn create(algorithm: String) -> Result<ResourceId, AnyError> {
  let stream = Stream::new(Algorithm::from_name(&algorithm)?);
  Ok(resources().add("hash", RefCell::new(stream))?)
}

/// `update(id, ...buffers)` adds to the message and answers its length so far.
#[json_op]
fn update(id: ResourceId, buffers: &mut [ZeroCopyBuf]) -> Result<u64, AnyError> {
  let stream = resources().get::<RefCell<Stream>>(id)?;
  Ok(stream.borrow_mut().update(buffers))
}

/// `digest(id)` is the digest in hexadecimal; it closes the resource.
#[json_op]
fn digest(id: ResourceId) -> Result<String, AnyError> {
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
