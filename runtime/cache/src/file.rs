//! What is in a file: a magic number, a hash, then three lengths-and-contents under that hash.

use std::ops::Range;

use blake3::Hasher;

use crate::Key;

const MAGIC: &[u8; 8] = b"plugbay3";
const HASH: usize = blake3::OUT_LEN;
/// The lengths of the description and of the module; the code is the rest.
const LENGTHS: usize = 16;

/// What a file says of a module.
#[derive(Debug)]
pub struct Stored {
  file: Vec<u8>,
  description: Range<usize>,
  module: Range<usize>,
}

impl Stored {
  /// What is in the file of this key. `None` when the bytes are not what [`head`] and the parts make.
  pub fn parse(key: &Key, file: Vec<u8>) -> Option<Self> {
    let (hash, contents) = file.strip_prefix(MAGIC)?.split_at_checked(HASH)?;
    if hasher(key).update(contents).finalize().as_bytes() != hash {
      return None;
    }
    let (lengths, rest) = contents.split_at_checked(LENGTHS)?;
    let length = |at: usize| usize::try_from(u64::from_le_bytes(lengths[at..at + 8].try_into().ok()?)).ok();
    let start = file.len() - rest.len();
    let description = start..start.checked_add(length(0)?)?;
    let module = description.end..description.end.checked_add(length(8)?).filter(|&end| end <= file.len())?;
    Some(Self { file, description, module })
  }

  /// What the writer says of the module.
  pub fn description(&self) -> &[u8] {
    &self.file[self.description.clone()]
  }

  /// The module as it was compiled.
  pub fn module(&self) -> &[u8] {
    &self.file[self.module.clone()]
  }

  /// The machine code; nothing when there was none yet.
  pub fn code(&self) -> &[u8] {
    &self.file[self.module.end..]
  }
}

/// What stands in a file before the three parts: description, module and code.
pub(crate) fn head(key: &Key, parts: [&[u8]; 3]) -> Vec<u8> {
  let lengths = [parts[0], parts[1]].map(|part| (part.len() as u64).to_le_bytes()).concat();
  let mut hash = hasher(key);
  hash.update(&lengths);
  for part in parts {
    hash.update(part);
  }
  [MAGIC, &hash.finalize().as_bytes()[..], &lengths].concat()
}

/// The hash of a file's contents begins with its name.
fn hasher(key: &Key) -> Hasher {
  let mut hash = Hasher::new();
  hash.update(key.as_bytes());
  hash
}

#[cfg(test)]
mod tests {
  use super::*;

  fn sealed(key: &Key, contents: &[u8]) -> Vec<u8> {
    let hash = *hasher(key).update(contents).finalize().as_bytes();
    [&MAGIC[..], &hash, contents].concat()
  }

  #[test]
  fn what_was_written_is_read() {
    let key = Key::new("compiler", b"module");
    for parts in [[&b"description"[..], b"module", b"code"], [b"", b"", b""], [b"", b"", b"code"]] {
      let file = [head(&key, parts), parts.concat()].concat();
      let stored = Stored::parse(&key, file).expect("it is whole");
      assert_eq!([stored.description(), stored.module(), stored.code()], parts);
    }
  }

  #[test]
  fn what_is_damaged_or_foreign_is_no_file() {
    let key = Key::new("compiler", b"module");
    let file = [head(&key, [b"description", b"module", b"code"]), b"descriptionmodulecode".to_vec()].concat();
    for at in 0..file.len() {
      assert!(Stored::parse(&key, file[..at].to_vec()).is_none(), "cut at {at}");
      let mut flipped = file.clone();
      flipped[at] ^= 0x10;
      assert!(Stored::parse(&key, flipped).is_none(), "flipped at {at}");
    }
    assert!(Stored::parse(&Key::new("compiler", b"another"), file).is_none(), "it is another's");
  }

  #[test]
  fn lengths_beyond_the_end_are_refused() {
    let key = Key::new("compiler", b"module");
    for lengths in [[5, 0], [0, 5], [2, 3], [u64::MAX, 1], [1, u64::MAX], [u64::MAX, u64::MAX]] {
      let contents = [&lengths.map(u64::to_le_bytes).concat()[..], b"four"].concat();
      assert!(Stored::parse(&key, sealed(&key, &contents)).is_none(), "{lengths:?}");
    }
    assert!(Stored::parse(&key, sealed(&key, &[0; LENGTHS - 1])).is_none());
    assert!(Stored::parse(&key, sealed(&key, &[0; LENGTHS])).is_some());
  }
}
