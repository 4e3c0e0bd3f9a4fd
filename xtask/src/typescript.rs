//! The TypeScript compiler, which checks the types that `plugbay types` writes: a package of the npm registry, kept in the
//! target folder. plugbay itself runs it, so no other JavaScript runtime is needed.

use std::env;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Context;
use anyhow::Result;
use anyhow::bail;
use anyhow::ensure;
use sha2::Digest;
use sha2::Sha512;

use crate::workspace;

const VERSION: &str = "5.9.3";
/// Of the package, as the registry gives it.
const SHA512: &str = "8e5d6f6733c38a72ebf5e52ddc9feded5e8580d130f508ef04f772b33f4a7d00c3e357d0ac2d98e2f290762694a454f86d795bd511e12e9a7cc2d9ba3394e04b";

/// Downloads the compiler unless it is there; gives its folder.
///
/// # Errors
///
/// When it cannot be downloaded, and when it is not what it should be.
pub(crate) fn run() -> Result<PathBuf> {
  let folder = workspace::target_dir()?.join("typescript");
  let unpacked = folder.join(VERSION);
  if unpacked.join("lib/typescript.js").is_file() {
    return Ok(unpacked);
  }
  fs::create_dir_all(&folder)?;
  // In the same file system, to be moved into place when it is whole.
  let temporary = tempfile::tempdir_in(&folder)?;
  let package = temporary.path().join("typescript.tgz");
  let configured = ["npm_config_registry", "NPM_CONFIG_REGISTRY"].iter().find_map(|name| env::var(name).ok());
  let registry = configured.filter(|url| !url.is_empty()).unwrap_or_else(|| "https://registry.npmjs.org/".to_string());
  let url = format!("{}/typescript/-/typescript-{VERSION}.tgz", registry.trim_end_matches('/'));
  println!("downloading {url}");
  download(&url, &package)?;
  let found = format!("{:x}", Sha512::digest(fs::read(&package)?));
  ensure!(found == SHA512, "{url} is not the package that is wanted: its SHA-512 is {found}, wants {SHA512}");
  let mut tar = Command::new("tar");
  tar.arg("-xzf").arg(&package).arg("-C").arg(temporary.path());
  ensure!(workspace::status(&mut tar)?.success(), "tar cannot unpack {}", package.display());
  match fs::rename(temporary.path().join("package"), &unpacked) {
    // Somebody else may have done the same meanwhile.
    Err(_) if unpacked.join("lib/typescript.js").is_file() => {}
    renamed => renamed.with_context(|| format!("cannot move the package to {}", unpacked.display()))?,
  }
  Ok(unpacked)
}

fn download(url: &str, to: &Path) -> Result<()> {
  let mut curl = Command::new("curl");
  curl.args(["--fail", "--silent", "--show-error", "--location", "--retry", "3", "--output"]).arg(to).arg(url);
  let mut wget = Command::new("wget");
  wget.args(["--quiet", "--tries=3", "--output-document"]).arg(to).arg(url);
  for command in [&mut curl, &mut wget] {
    match command.status() {
      Ok(status) => {
        ensure!(status.success(), "cannot download {url}: {} failed", command.get_program().display());
        return Ok(());
      }
      Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
      Err(error) => return Err(error).context("cannot start the download"),
    }
  }
  bail!("cannot download {url}: neither curl nor wget is installed; install one, on Debian: apt-get install curl")
}
