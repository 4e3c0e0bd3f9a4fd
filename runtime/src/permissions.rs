//! What a script may do. Nothing is granted unless it is said, and nobody is asked.

use std::borrow::Cow;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use deno_core::normalize_path;
use deno_permissions::Permissions as DenoPermissions;
use deno_permissions::PermissionsContainer;
use deno_permissions::PermissionsOptions;
use plugbay_http::PermissionParser;

use crate::Error;

/// How far a permission goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Grant {
  /// Nothing.
  #[default]
  None,
  /// These, and what is in them when they are directories; for the environment these variables, for the network these
  /// hosts.
  Paths(Vec<PathBuf>),
  /// Everything.
  All,
}

impl Grant {
  /// Whether a file is granted, by itself or by a directory that it lies in, when links are followed.
  pub fn includes(&self, file: &Path) -> bool {
    let real = |path: &Path| real_path(&std::path::absolute(path).unwrap_or_else(|_| path.to_owned()));
    match self {
      Self::None => false,
      Self::All => true,
      Self::Paths(paths) => paths.iter().any(|path| real(file).starts_with(real(path))),
    }
  }

  /// Whether something in the folder, or the folder itself, is granted, when links are followed.
  pub fn meets(&self, folder: &Path) -> bool {
    let folder = real_path(&std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()));
    match self {
      Self::None => false,
      Self::All => true,
      Self::Paths(paths) => paths.iter().any(|path| {
        // Deno takes `..` out of a path as it is written, the system follows links first.
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let normal = normalize_path(Cow::Borrowed(&absolute));
        let touches = |path: &Path| folder.starts_with(path) || path.starts_with(&folder);
        [&*absolute, &*normal].into_iter().any(|path| touches(path) || touches(&real_path(path)))
      }),
    }
  }
}

/// Where an absolute path leads: its part that is there without links, and behind it what is not there.
fn real_path(path: &Path) -> PathBuf {
  for there in path.ancestors() {
    if let Ok(real) = there.canonicalize() {
      return real.join(path.strip_prefix(there).unwrap_or(Path::new("")));
    }
  }
  path.to_owned()
}

/// What a script may do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
  /// Which native plugins it may open. Native code is not sandboxed: this grants all that the process may do.
  pub plugin: Grant,
  /// Which files it may read. Modules of the script itself need no grant; a WebAssembly plugin does.
  pub read: Grant,
  /// Which files it may write.
  pub write: Grant,
  /// Which environment variables it may read and set.
  pub env: Grant,
  /// Which hosts it may take WebAssembly plugins from: `example.com`, `example.com:8080`.
  pub net: Grant,
}

impl Permissions {
  /// Everything.
  pub fn all() -> Self {
    Self { plugin: Grant::All, read: Grant::All, write: Grant::All, env: Grant::All, net: Grant::All }
  }

  pub(crate) fn into_container(self) -> Result<PermissionsContainer, Error> {
    let parser = Arc::new(PermissionParser::default());
    // Some of what deno_permissions knows of has no grant of its own here: who has all that there is has that too.
    if self == Self::all() {
      return Ok(PermissionsContainer::new(parser, DenoPermissions::allow_all()));
    }
    let options = PermissionsOptions {
      allow_ffi: real_paths(self.plugin),
      allow_read: real_paths(self.read),
      allow_write: real_paths(self.write),
      allow_env: names(self.env),
      allow_net: names(self.net),
      prompt: false,
      ..Default::default()
    };
    let permissions = DenoPermissions::from_options(&*parser, &options);
    Ok(PermissionsContainer::new(parser, permissions.map_err(|error| Error::Permission(error.to_string()))?))
  }
}

/// An empty list means everything to deno_permissions.
fn names(grant: Grant) -> Option<Vec<String>> {
  match grant {
    Grant::None => None,
    Grant::Paths(paths) if paths.is_empty() => None,
    Grant::Paths(paths) => Some(paths.into_iter().map(|path| path.to_string_lossy().into_owned()).collect()),
    Grant::All => Some(Vec::new()),
  }
}

/// As [`names`], and for a path that leads over a link also what it leads to, since plugins are checked by their real
/// path.
fn real_paths(grant: Grant) -> Option<Vec<String>> {
  let real = |path: &PathBuf| std::fs::canonicalize(path).ok();
  names(match grant {
    Grant::Paths(paths) => Grant::Paths(paths.iter().filter_map(real).chain(paths.iter().cloned()).collect()),
    other => other,
  })
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_grant_meets_what_is_above_and_below() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let real = folder.path().canonicalize().expect("it is there");
    let cache = real.join("cache");
    std::fs::create_dir(&cache).expect("a folder can be made");
    let meets = |path: PathBuf| Grant::Paths(vec![path]).meets(&cache);
    for path in [real.clone(), cache.clone(), cache.join("a/b"), real.join("x/../cache"), "/".into()] {
      assert!(meets(path.clone()), "{path:?}");
    }
    assert!(!meets(real.join("cache2")) && !meets(real.join("other/cache")));
    assert!(Grant::All.meets(&cache) && !Grant::None.meets(&cache));
    #[cfg(unix)]
    {
      std::os::unix::fs::symlink(&cache, real.join("link")).expect("a link can be made");
      assert!(meets(real.join("link")) && meets(real.join("link/new")));
    }
  }
}
