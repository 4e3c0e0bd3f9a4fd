//! The file of a component, wherever its manifest has it: beside the manifest, on the web, or in the manifest itself.

use std::fs;
use std::io;
use std::io::Write as _;
use std::path::Path;
use std::path::PathBuf;

use app_manifest::Component;
use app_manifest::ComponentKind;
use app_manifest::Source;

use crate::download::Place;
use crate::download::sha256_of;

/// How long a file on the web may be, in bytes.
const LONGEST: u64 = 256 << 20;

/// Where files of components are kept that are not beside the manifest.
pub(crate) struct Artifacts<'a> {
  /// Those from the web: for later, too, if there is a cache.
  pub(crate) cache: Option<&'a Path>,
  /// Those of this version of the app.
  pub(crate) copies: &'a Path,
}

impl Artifacts<'_> {
  /// The file of a component, by its place in the app.
  ///
  /// # Errors
  ///
  /// When it cannot be had, or is not what its digest says: for people.
  pub(crate) fn file_of(&self, component: &Component, number: usize) -> Result<PathBuf, String> {
    match &component.source {
      Source::Path { path, .. } => Ok(path.clone()),
      Source::Inline(bytes) => {
        let path = self.copies.join(format!("{number}.wasm"));
        fs::write(&path, bytes).map_err(|error| unwritten(&path, &error))?;
        Ok(path)
      }
      Source::Url { url, digest } => self.downloaded(component, url, digest),
      // What a manifest has of those is told with its place when it is read.
      Source::Registry { package, .. } => {
        let help = component.source.registry_help().unwrap_or_default();
        Err(format!("its source {package} is a package of a registry, which plugbay does not read; {help}"))
      }
    }
  }

  fn downloaded(&self, component: &Component, url: &str, digest: &str) -> Result<PathBuf, String> {
    let hash = digest.trim_start_matches("sha256:").to_ascii_lowercase();
    let folder = self.cache.map_or_else(|| self.copies.to_owned(), |cache| cache.join("downloads"));
    let extension = match component.kind {
      ComponentKind::Wasm => "wasm",
      ComponentKind::JavaScript => "js",
      ComponentKind::Native => "so",
    };
    let path = folder.join(format!("{hash}.{extension}"));
    // What is kept may have been changed.
    if fs::read(&path).is_ok_and(|bytes| sha256_of(&bytes) == hash) {
      return Ok(path);
    }
    tracing::info!(target: "app", component = component.id, "{url} is downloaded");
    let bytes = Place::named(url)?.read(LONGEST)?;
    let found = sha256_of(&bytes);
    if found != hash {
      return Err(format!("{url} is not what its digest says: it is sha256:{found}, and should be sha256:{hash}"));
    }
    keep(&folder, &path, &bytes).map_err(|error| unwritten(&path, &error))?;
    Ok(path)
  }
}

/// Puts a file into its place at once.
fn keep(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
  fs::create_dir_all(folder)?;
  let mut new = tempfile::NamedTempFile::new_in(folder)?;
  new.write_all(bytes)?;
  new.persist(path)?;
  Ok(())
}

fn unwritten(path: &Path, error: &io::Error) -> String {
  format!("cannot write {}: {error}", path.display())
}
