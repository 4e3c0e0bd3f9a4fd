//! Packages of the npm registry, without npm: each is an archive that is unpacked and used as it is.

use std::env;
use std::env::consts::ARCH;
use std::env::consts::OS;
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

use crate::whole;
use crate::workspace;

/// A package at one version.
pub(crate) struct Package {
  /// Its name, with its scope if it has one.
  pub(crate) name: &'static str,
  /// Its version.
  pub(crate) version: &'static str,
  /// Of the archive, as the registry gives it.
  pub(crate) sha512: &'static str,
  /// What is of no use here, as `tar --exclude` takes it; the directory in the archive is `package`.
  pub(crate) exclude: Option<&'static str>,
}

/// The package with the binary for this system, of those by system and processor.
pub(crate) fn of_this_system<'a>(packages: &'a [(&str, &str, Package)]) -> Option<&'a Package> {
  packages.iter().find(|(os, arch, _)| (*os, *arch) == (OS, ARCH)).map(|(_, _, package)| package)
}

impl Package {
  /// Puts the package into a directory of its version in `directory`, unless it is there; gives that directory. It has
  /// the file `marker`.
  ///
  /// # Errors
  ///
  /// When it cannot be downloaded, and when it is not what it should be.
  pub(crate) fn place(&self, directory: &Path, marker: &str) -> Result<PathBuf> {
    let unpacked = directory.join(self.version);
    if unpacked.join(marker).is_file() {
      return Ok(unpacked);
    }
    whole::make(
      &unpacked,
      || unpacked.join(marker).is_file(),
      |temporary| {
        let package = temporary.join("package");
        self.unpack(&package)?;
        Ok(package)
      },
    )?;
    Ok(unpacked)
  }

  /// Downloads the package and unpacks it into the new directory `to`.
  ///
  /// # Errors
  ///
  /// When it cannot be downloaded, and when it is not what it should be.
  pub(crate) fn unpack(&self, to: &Path) -> Result<()> {
    let Self { name, version, sha512, exclude } = self;
    fs::create_dir_all(to)?;
    let archive = to.with_extension("tgz");
    let configured = ["npm_config_registry", "NPM_CONFIG_REGISTRY"].iter().find_map(|name| env::var(name).ok());
    let registry = configured.filter(|url| !url.is_empty()).unwrap_or_else(|| "https://registry.npmjs.org/".into());
    let file = name.rsplit('/').next().unwrap_or(name);
    let url = format!("{}/{name}/-/{file}-{version}.tgz", registry.trim_end_matches('/'));
    eprintln!("downloading {url}");
    download(&url, &archive)?;
    let found = format!("{:x}", Sha512::digest(fs::read(&archive)?));
    ensure!(found == *sha512, "{url} is not the package that is wanted: its SHA-512 is {found}, wants {sha512}");
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&archive).arg("-C").arg(to).arg("--strip-components=1");
    tar.args(exclude.map(|pattern| format!("--exclude={pattern}")));
    ensure!(workspace::status(&mut tar)?.success(), "tar cannot unpack {}", archive.display());
    fs::remove_file(archive)?;
    Ok(())
  }
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
