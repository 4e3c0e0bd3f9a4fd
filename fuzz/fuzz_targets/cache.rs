//! Files of the cache: what is read is what was written, and whatever else lies under a key's name is no file.

#![no_main]

use std::fs;
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use module_cache::Folder;
use module_cache::Key;
use module_cache::Stored;

/// What happens to a file between two processes.
#[derive(Arbitrary, Debug)]
enum Damage {
  Flip {
    at: usize,
    bits: u8,
  },
  Cut {
    at: usize,
  },
  Add {
    bytes: Vec<u8>,
  },
  Overwrite {
    at: usize,
    bytes: Vec<u8>,
  },
  /// Bytes that have nothing of a file but, as often as not, a hash that fits.
  Replace {
    contents: Vec<u8>,
    is_sealed: bool,
  },
}

#[derive(Arbitrary, Debug)]
struct Input {
  description: Vec<u8>,
  module: Vec<u8>,
  code: Vec<u8>,
  damages: Vec<Damage>,
}

struct Place {
  _outer: tempfile::TempDir,
  folder: Folder,
}

static PLACE: LazyLock<Place> = LazyLock::new(|| {
  let outer = tempfile::tempdir().expect("a folder can be made");
  let folder = Folder::open(outer.path()).expect("it is the user's");
  Place { _outer: outer, folder }
});

fuzz_target!(|input: Input| {
  let Input { description, module, code, damages } = input;
  let folder = &PLACE.folder;
  let key = Key::new("fuzz", b"module");
  folder.write(&key, &description, &module, &code).expect("it can be written");
  let path = folder.path_of(&key);
  let whole = fs::read(&path).expect("it is there");
  let stored = folder.read(&key).expect("it is whole").expect("it is there");
  assert_eq!((stored.description(), stored.module(), stored.code()), (&*description, &*module, &*code));

  let mut file = whole.clone();
  for damage in damages {
    damage.apply(&key, &mut file);
  }
  let is_same = file == whole;
  // A file with a hash that fits is whole; that is all that is known of it.
  if let Some(stored) = Stored::parse(&key, file.clone()) {
    let (description, module, code) = (stored.description(), stored.module(), stored.code());
    folder.write(&key, description, module, code).expect("it can be written");
    assert_eq!(fs::read(&path).expect("it is there"), file, "there is one way to write what was read");
  } else {
    assert!(!is_same, "a file that is as it was is whole");
    fs::write(&path, &file).expect("it can be written");
    assert!(folder.read(&key).is_err(), "a file that is not whole is not read");
  }
  assert!(Stored::parse(&Key::new("fuzz", b"another"), whole).is_none(), "it is another module's");
});

impl Damage {
  fn apply(self, key: &Key, file: &mut Vec<u8>) {
    match self {
      Self::Flip { at, bits } => {
        if let Some(byte) = at.checked_rem(file.len()).map(|at| &mut file[at]) {
          *byte ^= bits;
        }
      }
      Self::Cut { at } => file.truncate(at % (file.len() + 1)),
      Self::Add { bytes } => file.extend(bytes),
      Self::Overwrite { at, bytes } => {
        for (byte, with) in file.iter_mut().skip(at % 256).zip(bytes) {
          *byte = with;
        }
      }
      Self::Replace { contents, is_sealed: false } => *file = contents,
      Self::Replace { contents, is_sealed: true } => *file = sealed(key, &contents),
    }
  }
}

/// A file with a hash that fits, whatever is in it.
fn sealed(key: &Key, contents: &[u8]) -> Vec<u8> {
  let name = key.file_name();
  let digits = name.strip_suffix(".plugbay").expect("files have this extension");
  let hash = blake3::hash(&[digits.as_bytes(), contents].concat());
  [b"plugbay3", &hash.as_bytes()[..], contents].concat()
}
