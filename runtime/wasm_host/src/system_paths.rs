//! Files of the system's own, which scripts may open by rules of Deno's.

use std::borrow::Cow;
use std::path::Path;

use deno_permissions::OpenAccessKind;
use deno_permissions::PermissionsContainer;

/// Where Deno's rules for files of the system's own hold.
pub const SPECIAL: &[&str] = match () {
  () if cfg!(target_os = "linux") => &["/dev", "/proc", "/sys"],
  () if cfg!(unix) => &["/dev"],
  () => &[],
};

/// The tree of the system's own that a path lies in.
pub fn special_tree(path: &Path) -> Option<&'static str> {
  SPECIAL.iter().copied().find(|tree| path.starts_with(tree))
}

/// Whether a script may open that file, if it is one of the system's own. The path leads over no links.
pub fn may_open(permissions: &PermissionsContainer, path: &Path, write: bool) -> bool {
  let kind = if write { OpenAccessKind::ReadWriteNoFollow } else { OpenAccessKind::ReadNoFollow };
  permissions.check_open(Cow::Borrowed(path), kind, None).is_ok()
}
