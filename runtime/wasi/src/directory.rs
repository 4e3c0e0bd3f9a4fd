//! An open directory.

use std::io;
use std::ops::Deref;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::RwLockReadGuard;

use cap_fs_ext::MetadataExt;
use cap_std::fs::Dir;

use super::Deadline;
use super::Errno;
use super::Guard;
use super::fault::Fault;
use super::listing::Listing;
use super::places;
use super::rights;
use super::rights::Rights;

/// An open directory. No path that is looked up in it leaves it.
pub(super) struct Directory {
  pub(super) dir: Dir,
  /// What it was found in. The guest cannot change it.
  pub(super) grant: Arc<Grant>,
  /// Where it is, if it matters.
  place: Option<PathBuf>,
  pub(super) rights: Rights,
  /// The most that descriptors opened in it have. That the host lets nothing be written is not seen here but when it is
  /// tried: guests ask for no more than this, and would take a file that they cannot write for one that they can.
  pub(super) inheriting: Rights,
  /// The guest's name, if it was open from the start.
  pub(super) preopen: Option<String>,
  /// How far the guest has read it.
  pub(super) listing: Option<Listing>,
}

/// A directory that the host granted, with all that is in it.
pub(super) struct Grant {
  pub(super) write: bool,
  /// By which the directory is known.
  pub(super) identity: Identity,
  guard: Option<Guard>,
  deadline: Deadline,
}

/// Device and inode.
pub(super) type Identity = (u64, u64);

pub(super) fn identity(dir: &Dir) -> io::Result<Identity> {
  let metadata = dir.dir_metadata()?;
  Ok((metadata.dev(), metadata.ino()))
}

/// A directory in which a path may be looked up. Where it leads does not change meanwhile, if it matters.
pub(super) struct Found<'a> {
  dir: &'a Dir,
  _held: Option<RwLockReadGuard<'static, ()>>,
}

impl Deref for Found<'_> {
  type Target = Dir;

  fn deref(&self) -> &Dir {
    self.dir
  }
}

impl Directory {
  pub(super) fn preopen(
    dir: Dir,
    name: String,
    write: bool,
    guarded: Option<(PathBuf, Guard)>,
    deadline: Deadline,
  ) -> io::Result<Self> {
    let (place, guard) = guarded.unzip();
    let grant = Arc::new(Grant { write, identity: identity(&dir)?, guard, deadline });
    Ok(Self { preopen: Some(name), ..Self::new(dir, grant, place, rights::ALL, rights::ALL) })
  }

  fn new(dir: Dir, grant: Arc<Grant>, place: Option<PathBuf>, rights: Rights, inheriting: Rights) -> Self {
    let rights = granted(rights & rights::DIRECTORY, grant.write);
    Self { dir, grant, place, rights, inheriting, preopen: None, listing: None }
  }

  /// One that was opened in it.
  pub(super) fn child(
    &self,
    dir: Dir,
    path: &str,
    follow: bool,
    rights: Rights,
    inheriting: Rights,
  ) -> io::Result<Self> {
    let place = self.place_of(path, follow)?;
    Ok(Self::new(dir, self.grant.clone(), place, rights, inheriting))
  }

  /// For looking up a path, of which a symbolic link at the end is followed or not.
  pub(super) fn at(&self, right: Rights, path: &str, follow: bool) -> Result<Found<'_>, Fault> {
    self.require(right)?;
    self.find(path, follow, false)
  }

  /// For opening what is at a path, perhaps to write to it.
  pub(super) fn at_open(&self, path: &str, follow: bool, write: bool) -> Result<Found<'_>, Fault> {
    self.require(rights::PATH_OPEN)?;
    self.find(path, follow, write)
  }

  /// For looking up a path where something is changed.
  pub(super) fn at_write(&self, right: Rights, path: &str, follow: bool) -> Result<Found<'_>, Fault> {
    self.require_write(right)?;
    self.find(path, follow, true)
  }

  /// For putting something at a path, or taking it from there, by who holds what changes places.
  pub(super) fn at_change(&self, right: Rights, path: &str) -> Result<&Dir, Errno> {
    self.require_write(right)?;
    self.check_place(path, false, true)?;
    Ok(&self.dir)
  }

  pub(super) fn require(&self, right: Rights) -> Result<&Dir, Errno> {
    if self.rights & right == right { Ok(&self.dir) } else { Err(Errno::Notcapable) }
  }

  /// For everything that changes something.
  pub(super) fn require_write(&self, right: Rights) -> Result<&Dir, Errno> {
    if self.grant.write { self.require(right) } else { Err(Errno::Rofs) }
  }

  fn find(&self, path: &str, follow: bool, write: bool) -> Result<Found<'_>, Fault> {
    let held = self.grant.guard.as_ref().map(|_| places::hold_places(&self.grant.deadline)).transpose()?;
    self.check_place(path, follow, write)?;
    Ok(Found { dir: &self.dir, _held: held })
  }

  fn check_place(&self, path: &str, follow: bool, write: bool) -> Result<(), Errno> {
    let Some(guard) = &self.grant.guard else { return Ok(()) };
    match self.place_of(path, follow) {
      Ok(Some(place)) if !guard.may(&place, write) => Err(Errno::Acces),
      Ok(_) => Ok(()),
      // What is not there is nothing special.
      Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
      Err(error) => Err(error.into()),
    }
  }

  /// Where a path leads, if it matters.
  fn place_of(&self, path: &str, follow: bool) -> io::Result<Option<PathBuf>> {
    let Some(place) = &self.place else { return Ok(None) };
    let whole = Path::new(path);
    let real = match whole.components().next_back() {
      Some(Component::Normal(name)) if !follow && !path.ends_with('/') => match whole.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => self.dir.canonicalize(parent)?.join(name),
        _ => PathBuf::from(name),
      },
      _ => self.dir.canonicalize(whole)?,
    };
    // `.` stands for the directory itself.
    Ok(Some(place.join(real).components().collect()))
  }

  /// The directory is opened once more, since its own handle may only be good for looking things up. On Windows there
  /// is nothing to do.
  pub(super) fn sync(&self) -> Result<(), Errno> {
    if cfg!(unix) { Ok(self.dir.open(".")?.sync_all()?) } else { Ok(()) }
  }
}

/// Rights without those that only a writable directory gives.
pub(super) fn granted(rights: Rights, write: bool) -> Rights {
  if write { rights } else { rights & !rights::CHANGES }
}
