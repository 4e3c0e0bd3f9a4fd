//! AssemblyScript: three packages of the npm registry, kept in the target directory, and a Node.js that is there
//! already.

use std::path::Path;
use std::path::PathBuf;

use anyhow::Result;

use super::Missing;
use super::node;
use super::node::NodeTool;
use crate::npm::Package;
use crate::whole;

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

/// Finds Node.js, and the compiler or downloads it.
pub(super) fn find(target_dir: &Path) -> Result<NodeTool, Missing> {
  let missing = |tried, remedy: String| Missing { what: "AssemblyScript", tried: vec![tried], remedy };
  let install = format!("install Node.js {} or newer, https://nodejs.org", node::VERSION);
  let node = node::find().map_err(|tried| missing(tried, install))?;
  let asc = place(&target_dir.join("assemblyscript"));
  let script = asc.map_err(|error| missing(format!("{error:#}"), "see to the above and do this again".into()))?;
  Ok(NodeTool { builds: "AssemblyScript guests", node, script })
}

/// Puts the packages where Node.js looks for them, unless they are there; gives the path of `asc.js`.
fn place(directory: &Path) -> Result<PathBuf> {
  let unpacked = directory.join(PACKAGES[0].version);
  let asc = unpacked.join("node_modules/assemblyscript/bin/asc.js");
  if asc.is_file() {
    return Ok(asc);
  }
  whole::make(
    &unpacked,
    || asc.is_file(),
    |temporary| {
      let packages = temporary.join("whole");
      for package in &PACKAGES {
        package.unpack(&packages.join("node_modules").join(package.name))?;
      }
      Ok(packages)
    },
  )?;
  Ok(asc)
}
