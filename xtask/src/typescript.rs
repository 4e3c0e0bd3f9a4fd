//! The TypeScript compiler, which checks the types that `plugbay types` writes: a package of the npm registry, kept in
//! the target directory. plugbay itself runs it, so no other JavaScript runtime is needed.

use std::path::PathBuf;

use anyhow::Result;

use crate::npm::Package;
use crate::workspace;

/// The compiler.
const TYPESCRIPT: Package = Package {
  name: "typescript",
  version: "5.9.3",
  sha512: "8e5d6f6733c38a72ebf5e52ddc9feded5e8580d130f508ef04f772b33f4a7d00c3e357d0ac2d98e2f290762694a454f86d795bd511e12e9a7cc2d9ba3394e04b",
  exclude: None,
};

/// Downloads the compiler unless it is there; gives its directory.
///
/// # Errors
///
/// When it cannot be downloaded, and when it is not what it should be.
pub(crate) fn run() -> Result<PathBuf> {
  TYPESCRIPT.place(&workspace::target_dir()?.join("typescript"), "lib/typescript.js")
}
