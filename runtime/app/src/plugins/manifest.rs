//! What a plugin says of itself.

use std::env::consts;

use semver::Version;
use semver::VersionReq;
use serde::Deserialize;

/// The version of Spin whose protocol triggers find.
const SPIN: Version = Version::new(3, 5, 0);

/// What a plugin says of itself: the manifest of a plugin of Spin's.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PluginManifest {
  /// Its name: that of its program, `trigger-` and the kind.
  pub name: String,
  /// Its version.
  pub version: String,
  /// Which versions of Spin it runs with.
  pub spin_compatibility: String,
  /// Its archives, one for each kind of machine.
  pub packages: Vec<Package>,
}

/// An archive with the program of a plugin.
#[derive(Clone, Debug, Deserialize)]
pub struct Package {
  /// `linux`, `osx` or `windows`.
  pub os: String,
  /// `amd64`, `aarch64` and the like.
  pub arch: String,
  /// Where it is; beside a manifest that is a file it may be a path.
  pub url: String,
  /// The hash of the archive, in hexadecimal digits.
  pub sha256: String,
}

impl PluginManifest {
  /// Reads a manifest.
  ///
  /// # Errors
  ///
  /// What is wrong with it.
  pub(crate) fn parse(json: &[u8]) -> Result<Self, String> {
    let manifest: Self = serde_json::from_slice(json).map_err(|error| format!("it is no manifest: {error}"))?;
    match is_name(&manifest.name) {
      true => Ok(manifest),
      false => Err(format!("its name {:?} is none: letters, digits, - and _ make one", manifest.name)),
    }
  }

  /// Whether it runs with this host.
  ///
  /// # Errors
  ///
  /// Why it does not, for people.
  pub(crate) fn check(&self) -> Result<(), String> {
    let Self { version, spin_compatibility: wanted, .. } = self;
    let versions = VersionReq::parse(wanted)
      .map_err(|error| format!("its spinCompatibility {wanted:?} says no versions: {error}"))?;
    match versions.matches(&SPIN) {
      true => Ok(()),
      false => Err(format!("version {version} is for Spin {wanted}, and plugbay is as Spin {SPIN} to it")),
    }
  }

  /// The archive for this machine.
  ///
  /// # Errors
  ///
  /// That there is none, and which there are.
  pub(crate) fn package(&self) -> Result<&Package, String> {
    let os = if consts::OS == "macos" { "osx" } else { consts::OS };
    let arch = if consts::ARCH == "x86_64" { "amd64" } else { consts::ARCH };
    let fits = |package: &&Package| package.os == os && package.arch == arch;
    self.packages.iter().find(fits).ok_or_else(|| {
      let there = self.packages.iter().map(|package| format!("{} {}", package.os, package.arch)).collect::<Vec<_>>();
      format!("it has no package for {os} {arch}, but for: {}", there.join(", "))
    })
  }
}

/// Whether a plugin can have the name: it is that of a folder as well.
pub(crate) fn is_name(name: &str) -> bool {
  let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
  name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.len() <= 100 && name.bytes().all(is_part)
}

#[cfg(test)]
mod tests {
  use super::*;

  fn manifest(name: &str, compatibility: &str) -> Result<PluginManifest, String> {
    let text = format!(
      r#"{{"name": {name:?}, "version": "1.0.0", "license": "MIT", "spinCompatibility": {compatibility:?},
        "packages": [{{"os": "plan9", "arch": "mips", "url": "x.tar.gz", "sha256": "00"}}]}}"#
    );
    PluginManifest::parse(text.as_bytes())
  }

  #[test]
  fn names_are_those_of_folders() {
    for name in ["trigger-cron", "a", "A_1"] {
      assert!(manifest(name, ">=2").is_ok(), "{name}");
    }
    for name in ["", ".", "..", "../a", "a/b", "-a", ".a", "a b", "é", &"a".repeat(101)] {
      assert!(manifest(name, ">=2").expect_err("it is none").contains("is none"), "{name}");
    }
    assert!(PluginManifest::parse(b"{}").expect_err("it has no name").contains("name"));
  }

  #[test]
  fn versions_of_spin_are_compared() {
    for (compatibility, fits) in [(">=2.0", true), ("^3.1", true), (">=2, <3", false), ("=0.4", false), ("new", false)]
    {
      let manifest = manifest("a", compatibility).expect("it is one");
      assert_eq!(manifest.check().is_ok(), fits, "{compatibility}");
    }
    let told = manifest("a", ">=2").expect("it is one").package().expect_err("there is none").clone();
    assert!(told.contains("plan9 mips"), "{told}");
  }
}
