//! What a script may do. Nothing is granted unless it is said, and nobody is asked.

use std::path::PathBuf;
use std::sync::Arc;

use deno_permissions::Permissions as DenoPermissions;
use deno_permissions::PermissionsContainer;
use deno_permissions::PermissionsOptions;
use deno_permissions::RuntimePermissionDescriptorParser;
use sys_traits::impls::RealSys;

use crate::Error;

/// How far a permission goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Grant {
  /// Nothing.
  #[default]
  None,
  /// These, and what is in them when they are directories; for the environment these variables, for the network these hosts.
  Paths(Vec<PathBuf>),
  /// Everything.
  All,
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
    let parser = Arc::new(RuntimePermissionDescriptorParser::new(RealSys));
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

/// As [`names`], and for a path that leads over a link also what it leads to, since plugins are checked by their real path.
fn real_paths(grant: Grant) -> Option<Vec<String>> {
  let real = |path: &PathBuf| std::fs::canonicalize(path).ok();
  names(match grant {
    Grant::Paths(paths) => Grant::Paths(paths.iter().filter_map(real).chain(paths.iter().cloned()).collect()),
    other => other,
  })
}
