//! `options.integrity`: the hash that the bytes of a plugin must have, as in the integrity attribute of HTML.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use plugbay_core::OpFailure;
use sha2::Digest;
use sha2::Sha256;
use sha2::Sha384;
use sha2::Sha512;

/// Hashes of which the bytes must have one; without any, bytes may be what they are.
#[derive(Default)]
pub(crate) struct Integrity(Vec<Hash>);

struct Hash {
  algorithm: Algorithm,
  value: Vec<u8>,
}

/// The weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Algorithm {
  Sha256,
  Sha384,
  Sha512,
}

impl Algorithm {
  const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

  fn name(self) -> &'static str {
    match self {
      Self::Sha256 => "sha256",
      Self::Sha384 => "sha384",
      Self::Sha512 => "sha512",
    }
  }

  fn length(self) -> usize {
    match self {
      Self::Sha256 => 32,
      Self::Sha384 => 48,
      Self::Sha512 => 64,
    }
  }

  fn hash(self, bytes: &[u8]) -> Vec<u8> {
    match self {
      Self::Sha256 => Sha256::digest(bytes).to_vec(),
      Self::Sha384 => Sha384::digest(bytes).to_vec(),
      Self::Sha512 => Sha512::digest(bytes).to_vec(),
    }
  }
}

impl Integrity {
  /// Reads `sha256-…` with the hash in base64; of several with spaces between them those of the strongest algorithm
  /// count.
  ///
  /// # Errors
  ///
  /// `ERR_PLUGIN_OPTIONS` when it is not that.
  pub(crate) fn parse(text: &str) -> Result<Self, OpFailure> {
    let malformed = || Self::malformed(&format!("{text:?}"));
    let hashes = text.split_ascii_whitespace().map(Hash::parse).collect::<Option<Vec<_>>>().ok_or_else(malformed)?;
    let strongest = hashes.iter().map(|hash| hash.algorithm).max().ok_or_else(malformed)?;
    Ok(Self(hashes.into_iter().filter(|hash| hash.algorithm == strongest).collect()))
  }

  /// The error for something else.
  #[cold]
  pub(crate) fn malformed(found: &str) -> OpFailure {
    OpFailure::no_hash(found)
  }

  /// # Errors
  ///
  /// `ERR_PLUGIN_INTEGRITY` when the bytes of the plugin called `name` have another hash.
  pub(crate) fn check(&self, name: &str, bytes: &[u8]) -> Result<(), OpFailure> {
    let failure = |(found, wanted)| OpFailure::other_hash(name, bytes.len(), found, wanted);
    self.other_hash_of(bytes).map_or(Ok(()), |hashes| Err(failure(hashes)))
  }

  /// # Errors
  ///
  /// `ERR_PLUGIN_INTEGRITY` when the bytes of the module of this name have another hash.
  pub(crate) fn check_module(&self, name: &str, bytes: &[u8]) -> Result<(), OpFailure> {
    let failure = |(found, wanted)| OpFailure::other_hash_of_module(name, bytes.len(), found, wanted);
    self.other_hash_of(bytes).map_or(Ok(()), |hashes| Err(failure(hashes)))
  }

  /// The hash of bytes, and those of which they should have one, where they have none of them.
  fn other_hash_of(&self, bytes: &[u8]) -> Option<(String, String)> {
    let Hash { algorithm, .. } = self.0.first()?;
    let value = algorithm.hash(bytes);
    if self.0.iter().any(|hash| hash.value == value) {
      return None;
    }
    let wanted = self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    Some((Hash { algorithm: *algorithm, value }.to_string(), wanted))
  }
}

impl Hash {
  fn parse(text: &str) -> Option<Self> {
    let (name, value) = text.split_once('-')?;
    let algorithm = Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name)?;
    let value = BASE64_STANDARD.decode(value).ok().filter(|value| value.len() == algorithm.length())?;
    Some(Self { algorithm, value })
  }
}

impl std::fmt::Display for Hash {
  fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    write!(f, "{}-{}", self.algorithm.name(), BASE64_STANDARD.encode(&self.value))
  }
}
