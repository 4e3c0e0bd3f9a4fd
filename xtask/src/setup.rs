//! `cargo xtask setup`: puts the prebuilt V8 of third_party/v8 where the v8 crate looks before it downloads.

use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use anyhow::Result;
use anyhow::ensure;
use sha2::Digest;
use sha2::Sha256;

use crate::workspace;

/// Version of the v8 crate that the archive belongs to.
const V8_VERSION: &str = "150.4.0";
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// With one of these in the environment the v8 crate gets V8 from elsewhere and does not look into cargo's cache.
const OVERRIDES: [&str; 3] = ["RUSTY_V8_ARCHIVE", "RUSTY_V8_MIRROR", "V8_FROM_SOURCE"];

/// Does it, and says in one line what was done.
pub(crate) fn run() -> Result<()> {
  let overridden = OVERRIDES.into_iter().find(|name| env::var_os(name).is_some());
  let is_target = cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"));
  let outcome = match overridden {
    Some(name) => Outcome::Overridden(name),
    None if !is_target => Outcome::OtherPlatform,
    None => place(&workspace::root().join("third_party/v8"), &cargo_home()?)?,
  };
  eprintln!("setup: {outcome}");
  Ok(())
}

/// What became of the set-up.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
  /// The archive was copied to this path.
  Placed(PathBuf),
  /// It was there.
  AlreadyThere(PathBuf),
  /// Something else was there, and still is.
  Different(PathBuf),
  /// This variable is set.
  Overridden(&'static str),
  /// There is no archive for this platform.
  OtherPlatform,
}

impl fmt::Display for Outcome {
  fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match self {
      Self::Placed(path) => write!(f, "copied the prebuilt V8 to {}", path.display()),
      Self::AlreadyThere(_) => write!(f, "the prebuilt V8 is in cargo's cache"),
      Self::Different(path) => write!(
        f,
        "{} is not the archive of third_party/v8; it is left as it is and will be used. Remove it to have the other",
        path.display()
      ),
      Self::Overridden(name) => write!(f, "nothing to do: {name} is set and says where V8 comes from"),
      Self::OtherPlatform => write!(f, "nothing to do: on this platform the v8 crate downloads its own V8"),
    }
  }
}

/// As cargo finds it.
fn cargo_home() -> Result<PathBuf> {
  if let Some(path) = env::var_os("CARGO_HOME").filter(|path| !path.is_empty()) {
    return std::path::absolute(path).context("the current directory is gone");
  }
  Ok(env::home_dir().context("neither CARGO_HOME nor HOME is set")?.join(".cargo"))
}

/// Name of the archive, in third_party/v8 as in the release.
fn archive_name() -> String {
  format!("librusty_v8_simdutf_release_{TARGET}.a.gz")
}

/// Name under which the v8 crate looks for it: its release URL with all that is no letter or digit replaced.
fn cache_name() -> String {
  let url = format!("https://github.com/denoland/rusty_v8/releases/download/v{V8_VERSION}/{}", archive_name());
  url.replace(|c: char| !c.is_ascii_alphanumeric(), "_")
}

/// Copies the archive of `source` into the cache in `cargo_home`, unless something is there.
///
/// # Errors
///
/// When the archive is not the one its checksum is for, and when a file cannot be read or written.
fn place(source: &Path, cargo_home: &Path) -> Result<Outcome> {
  let archive = source.join(archive_name());
  let directory = cargo_home.join(".rusty_v8");
  let target = directory.join(cache_name());
  if exists(&target)? {
    return compare(&archive, target);
  }
  let bytes = fs::read(&archive).with_context(|| format!("cannot read {}", archive.display()))?;
  verify(&bytes, &source.join("SHA256SUMS"))?;

  // Written beside its place and renamed, so that a build that looks meanwhile sees all of it or nothing.
  fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
  let write = || -> io::Result<Outcome> {
    let mut builder = tempfile::Builder::new();
    // For others to read too; elsewhere that is a matter of the directory.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    let mut temporary = builder.prefix("plugbay-").tempfile_in(&directory)?;
    temporary.write_all(&bytes)?;
    temporary.as_file().sync_all()?;
    match temporary.persist_noclobber(&target) {
      Ok(_) => Ok(Outcome::Placed(target.clone())),
      Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(Outcome::AlreadyThere(target.clone())),
      Err(error) => Err(error.error),
    }
  };
  match write().with_context(|| format!("cannot write {}", target.display()))? {
    // Somebody else was faster.
    Outcome::AlreadyThere(target) => compare(&archive, target),
    outcome => Ok(outcome),
  }
}

/// Whether there is anything, be it a link that leads nowhere.
fn exists(path: &Path) -> Result<bool> {
  match fs::symlink_metadata(path) {
    Ok(_) => Ok(true),
    Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
    Err(error) => Err(error).with_context(|| format!("cannot look at {}", path.display())),
  }
}

fn compare(archive: &Path, target: PathBuf) -> Result<Outcome> {
  let same = same_bytes(archive, &target)
    .with_context(|| format!("cannot compare {} with {}", target.display(), archive.display()))?;
  Ok(if same { Outcome::AlreadyThere(target) } else { Outcome::Different(target) })
}

fn same_bytes(a: &Path, b: &Path) -> io::Result<bool> {
  Ok(fs::metadata(a)?.len() == fs::metadata(b)?.len() && fs::read(a)? == fs::read(b)?)
}

/// Compares the bytes of the archive with the checksum in a file as `sha256sum` writes it.
fn verify(bytes: &[u8], sums: &Path) -> Result<()> {
  let text = fs::read_to_string(sums).with_context(|| format!("cannot read {}", sums.display()))?;
  let name = archive_name();
  let wanted = text
    .lines()
    .filter_map(|line| line.split_once(char::is_whitespace))
    .find(|(_, file)| file.trim_start().trim_start_matches('*') == name)
    .map(|(sum, _)| sum.to_ascii_lowercase())
    .with_context(|| format!("{} has no line for {name}", sums.display()))?;
  let found = hex(&Sha256::digest(bytes));
  ensure!(
    found == wanted,
    "the SHA-256 of {name} is {found}, but {} says {wanted}: the file is damaged, check it out again",
    sums.display()
  );
  Ok(())
}

fn hex(bytes: &[u8]) -> String {
  bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
  use super::*;
  use tempfile::TempDir;

  const NAME: &str = "https___github_com_denoland_rusty_v8_releases_download_v150_4_0_\
    librusty_v8_simdutf_release_x86_64_unknown_linux_gnu_a_gz";

  /// A directory as third_party/v8, with `bytes` as the archive and the checksum of `summed`.
  fn source(bytes: &[u8], summed: &[u8]) -> TempDir {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join(archive_name()), bytes).unwrap();
    let other = "0".repeat(64);
    let sums = format!("{other}  other.gz\n{}  {}\n", hex(&Sha256::digest(summed)), archive_name());
    fs::write(dir.path().join("SHA256SUMS"), sums).unwrap();
    dir
  }

  fn files(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
  }

  #[test]
  fn the_name_in_the_cache_is_the_one_the_v8_crate_looks_for() {
    assert_eq!(cache_name(), NAME);
  }

  #[test]
  fn the_archive_is_placed_once() {
    let (source, home) = (source(b"archive", b"archive"), TempDir::new().unwrap());
    let directory = home.path().join("cargo/.rusty_v8");
    let target = directory.join(NAME);
    assert_eq!(place(source.path(), &home.path().join("cargo")).unwrap(), Outcome::Placed(target.clone()));
    assert_eq!(fs::read(&target).unwrap(), b"archive");
    assert_eq!(files(&directory), [NAME]);
    assert_eq!(place(source.path(), &home.path().join("cargo")).unwrap(), Outcome::AlreadyThere(target));
    assert_eq!(files(&directory), [NAME]);
  }

  #[cfg(unix)]
  #[test]
  fn the_placed_archive_can_be_read_by_all() {
    use std::os::unix::fs::PermissionsExt;
    let (source, home) = (source(b"archive", b"archive"), TempDir::new().unwrap());
    place(source.path(), home.path()).unwrap();
    let mode = fs::metadata(home.path().join(".rusty_v8").join(NAME)).unwrap().permissions().mode();
    assert_eq!(mode & 0o444, 0o444);
  }

  #[test]
  fn a_different_file_is_left_and_told_of() {
    let (source, home) = (source(b"archive", b"archive"), TempDir::new().unwrap());
    let target = home.path().join(".rusty_v8").join(NAME);
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    for other in [b"ARCHIVE".as_slice(), b""] {
      fs::write(&target, other).unwrap();
      let outcome = place(source.path(), home.path()).unwrap();
      assert_eq!(outcome, Outcome::Different(target.clone()));
      assert!(outcome.to_string().contains(&*target.to_string_lossy()));
      assert_eq!(fs::read(&target).unwrap(), other);
    }
  }

  #[test]
  fn a_damaged_archive_is_refused_and_nothing_is_written() {
    let (source, home) = (source(b"damaged", b"archive"), TempDir::new().unwrap());
    let error = place(source.path(), home.path()).unwrap_err().to_string();
    assert!(error.contains(&hex(&Sha256::digest(b"damaged"))) && error.contains(&hex(&Sha256::digest(b"archive"))));
    assert!(files(home.path()).is_empty());
  }

  #[test]
  fn an_archive_without_a_checksum_is_refused() {
    let (source, home) = (source(b"archive", b"archive"), TempDir::new().unwrap());
    fs::write(source.path().join("SHA256SUMS"), "").unwrap();
    assert!(place(source.path(), home.path()).unwrap_err().to_string().contains("has no line for"));
    fs::remove_file(source.path().join("SHA256SUMS")).unwrap();
    assert!(place(source.path(), home.path()).is_err());
    assert!(files(home.path()).is_empty());
  }

  #[test]
  fn the_version_is_the_one_in_the_lock_file() {
    let lock = fs::read_to_string(workspace::root().join("Cargo.lock")).unwrap();
    assert!(
      lock.contains(&format!("name = \"v8\"\nversion = \"{V8_VERSION}\"\n")),
      "Cargo.lock has another version of v8 than {V8_VERSION}, for which third_party/v8 is: see its README.md"
    );
  }
}
