//! AssemblyScript: three packages of the npm registry, kept in the target directory, and a Node.js that is there
//! already.

use std::fmt;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use anyhow::Result;

use super::Missing;
use super::on_path;
use super::stdout;
use crate::npm::Package;

/// The compiler and what it depends on.
const PACKAGES: [Package; 3] = [
  Package {
    name: "assemblyscript",
    version: "0.28.20",
    sha512: "e4f33b199a6f70bca91dc2e68b7d1a3fc9aa9b91e353e2cbdc1755d710f20375121ad2f6c3e88c8949e1b47faf5bcfb690eb87940c8fbbb33e420c84c3985ed6",
    exclude: None,
  },
  Package {
    name: "binaryen",
    version: "131.0.0-nightly.20260721",
    sha512: "0004089217db61787814139bc01ae53bee4bfba469e8e38c3a387a01d4f433e18b34bcabc0a5a0b56f84ce68b3360c7d0960df4c93df0ed2a8662eb640449bb6",
    // Tools of its own, four times as much as the rest.
    exclude: Some("package/bin"),
  },
  Package {
    name: "long",
    version: "5.3.2",
    sha512: "98d0206751a6c8d843ec0baa9d31b7fd5436ea8efad3e65804f2a33efba03bcfa72db61f5fa4d5a493ec781be8a5b758faaa59fe52949e611cd4b799612dd000",
    exclude: None,
  },
];
/// Major version of Node.js that compilers ask for.
pub(super) const NODE: u32 = 20;

/// The compiler and what runs it.
#[derive(Debug)]
pub(crate) struct AssemblyScript {
  node: PathBuf,
  asc: PathBuf,
}

impl AssemblyScript {
  /// The compiler's `asc.js`.
  pub(crate) fn path(&self) -> &Path {
    &self.asc
  }

  /// The compiler, to be given arguments.
  pub(crate) fn command(&self) -> Command {
    let mut command = Command::new(&self.node);
    command.arg(&self.asc);
    command
  }
}

impl fmt::Display for AssemblyScript {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "AssemblyScript guests are built with {}, run by {}", self.asc.display(), self.node.display())
  }
}

/// Finds Node.js, and the compiler or downloads it.
pub(super) fn find(target_dir: &Path) -> Result<AssemblyScript, Missing> {
  let missing = |tried, remedy: String| Missing { what: "AssemblyScript", tried: vec![tried], remedy };
  let node = node().map_err(|tried| missing(tried, format!("install Node.js {NODE} or newer, https://nodejs.org")))?;
  let asc = place(&target_dir.join("assemblyscript"));
  let asc = asc.map_err(|error| missing(format!("{error:#}"), "see to the above and do this again".into()))?;
  Ok(AssemblyScript { node, asc })
}

/// A Node.js that is new enough.
pub(super) fn node() -> Result<PathBuf, String> {
  let node = on_path("node").ok_or("there is no node in PATH to run it")?;
  let version = stdout(Command::new(&node).arg("--version"))?;
  let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
  if major.is_none_or(|major: u32| major < NODE) {
    return Err(format!("{} is {}, but {NODE} or newer is needed", node.display(), version.trim()));
  }
  Ok(node)
}

/// Puts the packages where Node.js looks for them, unless they are there; gives the path of `asc.js`.
fn place(directory: &Path) -> Result<PathBuf> {
  let unpacked = directory.join(PACKAGES[0].version);
  let asc = unpacked.join("node_modules/assemblyscript/bin/asc.js");
  if asc.is_file() {
    return Ok(asc);
  }
  fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
  // In the same file system, to be moved into place when it is whole.
  let temporary = tempfile::tempdir_in(directory)?;
  let whole = temporary.path().join("whole");
  for package in &PACKAGES {
    package.unpack(&whole.join("node_modules").join(package.name))?;
  }
  match fs::rename(&whole, &unpacked) {
    // Somebody else may have done the same meanwhile.
    Err(_) if asc.is_file() => {}
    renamed => renamed.with_context(|| format!("cannot move the packages to {}", unpacked.display()))?,
  }
  Ok(asc)
}
