//! An open directory.

use cap_std::fs::Dir;

use super::Errno;
use super::listing::Listing;
use super::rights;
use super::rights::Rights;

/// An open directory. No path that is looked up in it leaves it.
pub(super) struct Directory {
  pub(super) dir: Dir,
  /// What the host granted for the directory that this one was found in. The guest cannot change it.
  pub(super) write: bool,
  pub(super) rights: Rights,
  /// The most that descriptors opened in it have. That the host lets nothing be written is not seen here but when it is
  /// tried: guests ask for no more than this, and would take a file that they cannot write for one that they can.
  pub(super) inheriting: Rights,
  /// The guest's name, if it was open from the start.
  pub(super) preopen: Option<String>,
  /// How far the guest has read it.
  pub(super) listing: Option<Listing>,
}

impl Directory {
  pub(super) fn preopen(dir: Dir, name: String, write: bool) -> Self {
    Self { preopen: Some(name), ..Self::new(dir, write, rights::ALL, rights::ALL) }
  }

  pub(super) fn new(dir: Dir, write: bool, rights: Rights, inheriting: Rights) -> Self {
    let rights = granted(rights & rights::DIRECTORY, write);
    Self { dir, write, rights, inheriting, preopen: None, listing: None }
  }

  pub(super) fn require(&self, right: Rights) -> Result<&Dir, Errno> {
    if self.rights & right == right { Ok(&self.dir) } else { Err(Errno::Notcapable) }
  }

  /// For everything that changes something.
  pub(super) fn require_write(&self, right: Rights) -> Result<&Dir, Errno> {
    if self.write { self.require(right) } else { Err(Errno::Rofs) }
  }

  /// The directory is opened once more, since its own handle may only be good for looking things up. On Windows there is
  /// nothing to do.
  pub(super) fn sync(&self) -> Result<(), Errno> {
    if cfg!(unix) { Ok(self.dir.open(".")?.sync_all()?) } else { Ok(()) }
  }
}

/// Rights without those that only a writable directory gives.
pub(super) fn granted(rights: Rights, write: bool) -> Rights {
  if write { rights } else { rights & !rights::CHANGES }
}
