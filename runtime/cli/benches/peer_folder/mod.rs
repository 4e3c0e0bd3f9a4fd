//! The peers that are in the folder which PLUGBAY_PEERS names, built.

use std::path::Path;
use std::path::PathBuf;

/// The folder of the peers, if there is one.
pub fn folder() -> Option<PathBuf> {
  let Some(folder) = std::env::var_os("PLUGBAY_PEERS") else {
    println!("Without peers: set PLUGBAY_PEERS to a folder of them.\n");
    return None;
  };
  Some(PathBuf::from(folder).canonicalize().expect("PLUGBAY_PEERS names a folder"))
}

/// A program of one of the peers' npm packages.
pub fn npm_program(folder: &Path, path: &str) -> PathBuf {
  folder.join("pkgs/node_modules").join(path)
}
