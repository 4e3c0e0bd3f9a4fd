//! Symbolic links that a guest leaves: none of them leads out of the folder that was granted, wherever it is moved to.
//!
//! The guest itself is kept from following those that do, but who reads the folder later may not be. So each link that
//! is made, moved or linked to has a relative target whose `..`s come first, and no more of them than the link lies
//! deep in the folder. Who follows it gets to a directory that is in the folder, and goes down from there, perhaps over
//! other links of which the same is true. A `..` behind a name would not do: the name may become that of a link to the
//! folder itself.
//!
//! Links that the host has put there may lead anywhere. The guest can neither move those that lead out nor what they
//! are in.

use std::ffi::OsStr;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use cap_fs_ext::DirExt;
use cap_std::ambient_authority;
use cap_std::fs::Dir;

use super::Errno;
use super::deadline::Deadline;
use super::directory::Directory;
use super::directory::identity;
use super::fault::Fault;

/// Whether a link at that path may say so.
pub(super) fn check_new(target: &Path, directory: &Directory, path: &str) -> Result<(), Errno> {
  check_depth(climb(target.components())?, directory, path)
}

/// Whether what is at a path may be moved or linked to another.
pub(super) fn check_moved(
  old: &Dir,
  old_path: &str,
  new: &Directory,
  new_path: &str,
  deadline: &Deadline,
) -> Result<(), Fault> {
  // Without a slash at its end, behind which a link would be followed.
  let old_path = Path::new(old_path).components().as_path();
  let metadata = old.symlink_metadata(old_path)?;
  let climb = if metadata.is_symlink() {
    climb(old.read_link_contents(old_path)?.components())?
  } else if metadata.is_dir() {
    // What is in it lies deeper by one than itself.
    climb_within(&old.open_dir_nofollow(old_path)?, deadline)?.saturating_sub(1)
  } else {
    0
  };
  Ok(check_depth(climb, new, new_path)?)
}

/// How far up a target goes before it goes down.
fn climb<'a>(target: impl Iterator<Item = Component<'a>>) -> Result<usize, Errno> {
  let mut climb = 0;
  let mut names = 0;
  for component in target {
    match component {
      Component::CurDir => {}
      Component::ParentDir if names == 0 => climb += 1,
      Component::Normal(_) => names += 1,
      Component::ParentDir | Component::RootDir | Component::Prefix(_) => return Err(Errno::Perm),
    }
  }
  Ok(climb)
}

/// How far the links in a directory go up from it at the most.
fn climb_within(top: &Dir, deadline: &Deadline) -> Result<usize, Fault> {
  let mut most = 0;
  let mut unseen = vec![(PathBuf::new(), 0_usize)];
  while let Some((path, depth)) = unseen.pop() {
    let dir = if depth == 0 { top.try_clone()? } else { top.open_dir_nofollow(&path)? };
    deadline.check()?;
    for entry in dir.entries()? {
      let entry = entry?;
      let name = entry.file_name();
      let file_type = entry.file_type()?;
      if file_type.is_symlink() {
        most = most.max(climb(dir.read_link_contents(&name)?.components())?.saturating_sub(depth));
      } else if file_type.is_dir() {
        unseen.push((path.join(name), depth.saturating_add(1)));
      }
    }
  }
  Ok(most)
}

/// Whether what lies at the path may go up so far.
fn check_depth(climb: usize, directory: &Directory, path: &str) -> Result<(), Errno> {
  if climb == 0 {
    return Ok(());
  }
  let parent = Path::new(path).parent().map_or(OsStr::new(""), Path::as_os_str);
  let mut dir = directory.dir.open_dir(if parent.is_empty() { OsStr::new(".") } else { parent })?;
  let mut depth = 0_usize;
  let mut at = identity(&dir)?;
  while at != directory.grant.identity {
    dir = dir.open_parent_dir(ambient_authority())?;
    let above = identity(&dir)?;
    if above == at {
      // The system's root: somebody has moved the directory out of what was granted.
      return Err(Errno::Perm);
    }
    (at, depth) = (above, depth.saturating_add(1));
  }
  if climb <= depth { Ok(()) } else { Err(Errno::Perm) }
}
