//! The hash functions, behind one type.

use plugin_api::OpError;
use plugin_api::TS;
use plugin_api::serde::Deserialize;
use sha2::Digest;
use sha2::Sha256;
use sha2::Sha512;

/// A hash function that scripts can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, TS)]
#[ts(crate = "plugin_api::ts_rs", rename_all = "lowercase")]
pub(crate) enum Algorithm {
  Blake3,
  Sha256,
  Sha512,
}

impl Algorithm {
  pub(crate) const ALL: [Self; 3] = [Self::Blake3, Self::Sha256, Self::Sha512];

  pub(crate) fn name(self) -> &'static str {
    match self {
      Self::Blake3 => "blake3",
      Self::Sha256 => "sha256",
      Self::Sha512 => "sha512",
    }
  }

  /// # Errors
  ///
  /// A `TypeError` that lists the names there are.
  pub(crate) fn from_name(name: &str) -> Result<Self, OpError> {
    let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name);
    found.ok_or_else(|| {
      let known = Self::ALL.map(Self::name).join(", ");
      OpError::new("TypeError", format!("unknown hash algorithm {name:?}, wants one of: {known}"))
        .with_code("ERR_HASH_ALGORITHM")
    })
  }
}

// Any text to serde, so that one that is no algorithm's name fails with an error of this plugin's.
/// A hash function that scripts can name.
#[derive(Deserialize, TS)]
#[serde(crate = "plugin_api::serde")]
#[ts(crate = "plugin_api::ts_rs", as = "Algorithm", rename = "Algorithm")]
pub(crate) struct AlgorithmName(String);

impl AlgorithmName {
  /// # Errors
  ///
  /// A `TypeError` that lists the names there are.
  pub(crate) fn find(&self) -> Result<Algorithm, OpError> {
    Algorithm::from_name(&self.0)
  }
}

/// A hash under way.
#[derive(Clone)]
pub(crate) enum Hasher {
  /// Boxed because it is some twenty times the size of the others.
  Blake3(Box<blake3::Hasher>),
  Sha256(Sha256),
  Sha512(Sha512),
}

impl Hasher {
  pub(crate) fn new(algorithm: Algorithm) -> Self {
    match algorithm {
      Algorithm::Blake3 => Self::Blake3(Box::default()),
      Algorithm::Sha256 => Self::Sha256(Sha256::new()),
      Algorithm::Sha512 => Self::Sha512(Sha512::new()),
    }
  }

  pub(crate) fn update(&mut self, bytes: &[u8]) {
    match self {
      Self::Blake3(hasher) => {
        hasher.update(bytes);
      }
      Self::Sha256(hasher) => hasher.update(bytes),
      Self::Sha512(hasher) => hasher.update(bytes),
    }
  }

  pub(crate) fn finalize(self) -> Box<[u8]> {
    match self {
      Self::Blake3(hasher) => Box::new(*hasher.finalize().as_bytes()),
      Self::Sha256(hasher) => hasher.finalize().as_slice().into(),
      Self::Sha512(hasher) => hasher.finalize().as_slice().into(),
    }
  }
}

/// The digest of all parts as one message.
pub(crate) fn digest<T: AsRef<[u8]>>(algorithm: Algorithm, parts: &[T]) -> Box<[u8]> {
  let mut hasher = Hasher::new(algorithm);
  for part in parts {
    hasher.update(part.as_ref());
  }
  hasher.finalize()
}

/// Two lower-case digits a byte.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
  bytes
    .iter()
    .flat_map(|byte| [byte >> 4, byte & 15])
    .map(|digit| char::from(b"0123456789abcdef"[digit as usize]))
    .collect()
}

#[cfg(test)]
mod tests {
  use super::*;

  fn hex(algorithm: Algorithm, message: &[u8]) -> String {
    to_hex(&digest(algorithm, &[message]))
  }

  /// The messages of BLAKE3's test_vectors.json: 0, 1, … 250, 0, 1, …
  fn counted(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index % 251) as u8).collect()
  }

  #[test]
  fn blake3_gives_its_published_test_vectors() {
    for (length, expected) in [
      (0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
      (1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"),
      (1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"),
      (1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444"),
      (102_400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085"),
    ] {
      assert_eq!(hex(Algorithm::Blake3, &counted(length)), expected, "{length} bytes");
    }
  }

  #[test]
  fn sha256_gives_the_examples_of_fips_180() {
    for (message, expected) in [
      (b"".to_vec(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      (b"abc".to_vec(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".to_vec(),
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      ),
      (vec![b'a'; 1_000_000], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ] {
      assert_eq!(hex(Algorithm::Sha256, &message), expected, "{} bytes", message.len());
    }
  }

  #[test]
  fn sha512_gives_the_examples_of_fips_180() {
    for (message, expected) in [
      (
        &b""[..],
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce\
         47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
      ),
      (
        b"abc",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
      ),
    ] {
      assert_eq!(hex(Algorithm::Sha512, message), expected);
    }
  }

  #[test]
  fn the_digest_does_not_depend_on_how_the_message_is_split() {
    let message = counted(5000);
    for algorithm in Algorithm::ALL {
      let whole = digest(algorithm, &[&message]);
      for at in [0, 1, 63, 64, 65, 1024, 4999, 5000] {
        let (head, tail) = message.split_at(at);
        assert_eq!(digest(algorithm, &[head, tail]), whole, "{} split at {at}", algorithm.name());
      }
      let bytes: Vec<_> = message.chunks(1).collect();
      assert_eq!(digest(algorithm, &bytes), whole, "{} byte by byte", algorithm.name());
    }
  }

  #[test]
  fn no_part_at_all_is_the_empty_message() {
    for algorithm in Algorithm::ALL {
      assert_eq!(digest::<&[u8]>(algorithm, &[]), digest(algorithm, &[b""]));
    }
  }

  #[test]
  fn an_unknown_algorithm_is_refused_with_those_there_are() {
    let error = Algorithm::from_name("md5").unwrap_err();
    assert_eq!(error.class(), "TypeError");
    assert_eq!(error.code(), Some("ERR_HASH_ALGORITHM"));
    assert_eq!(error.to_string(), r#"unknown hash algorithm "md5", wants one of: blake3, sha256, sha512"#);
    assert!(Algorithm::from_name("SHA256").is_err());
  }

  #[test]
  fn every_algorithm_is_found_by_its_name() {
    for algorithm in Algorithm::ALL {
      assert_eq!(Algorithm::from_name(algorithm.name()), Ok(algorithm));
    }
  }
}
