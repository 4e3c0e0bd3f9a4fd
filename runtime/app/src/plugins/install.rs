//! Installs a plugin, whole or not at all.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::archive::unpack;
use super::manifest::PluginManifest;
use super::manifest::is_name;
use super::store::MANIFEST;
use super::store::PluginError;
use crate::download::Place;
use crate::download::sha256_of;

/// What a manifest, and what a package may take.
const MAX_MANIFEST: u64 = 1 << 20;
const MAX_PACKAGE: u64 = 512 << 20;

/// Installs the plugin of a manifest, which is named by its path or URL, in a folder of plugins. One of its name that
/// is there gives way to it. Gives the manifest.
///
/// # Errors
///
/// Why it is not installed: then the folder is as it was.
pub fn install(folder: &Path, manifest: &str) -> Result<PluginManifest, PluginError> {
  install_from(folder, manifest).map_err(|why| PluginError(format!("cannot install {manifest}: {why}")))
}

fn install_from(folder: &Path, from: &str) -> Result<PluginManifest, String> {
  let place = Place::named(from)?;
  if is_name(from) && !Path::new(from).exists() {
    return Err(
      "there is no such file, and plugbay knows no plugins by name: write the path or the URL of its \
                manifest, such as https://example.com/trigger-cron.json"
        .to_string(),
    );
  }
  let json = place.read(MAX_MANIFEST)?;
  let manifest = PluginManifest::parse(&json)?;
  manifest.check()?;
  let package = manifest.package()?;
  let archive = place.join(&package.url)?.read(MAX_PACKAGE)?;
  let hash = sha256_of(&archive);
  if !hash.eq_ignore_ascii_case(package.sha256.trim()) {
    return Err(format!("the package {} has the SHA-256 {hash}, and not {}", package.url, package.sha256));
  }
  let failed = |error: std::io::Error| format!("cannot write to {}: {error}", folder.display());
  fs::create_dir_all(folder).map_err(failed)?;
  // What is left of it if this process is killed is no plugin.
  let new = tempfile::Builder::new().prefix(".new-").tempdir_in(folder).map_err(failed)?;
  let [unpacked, old] = ["unpacked", "old"].map(|name| new.path().join(name));
  fs::create_dir(&unpacked).map_err(failed)?;
  unpack(&archive, &unpacked)?;
  if !is_program(&unpacked.join(&manifest.name)) {
    return Err(format!("its package has no program {}", manifest.name));
  }
  fs::write(unpacked.join(MANIFEST), &json).map_err(failed)?;
  let target = folder.join(&manifest.name);
  if target.exists() {
    fs::rename(&target, &old).map_err(failed)?;
  }
  if let Err(error) = fs::rename(&unpacked, &target) {
    // The one that was there, if there was one.
    let _ = fs::rename(&old, &target);
    return Err(failed(error));
  }
  Ok(manifest)
}

fn is_program(path: &Path) -> bool {
  fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o100 != 0)
}
