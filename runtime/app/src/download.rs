//! Where things are read from: files and the web.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;

use plugbay::Url;
use sha2::Digest;
use sha2::Sha256;

/// Where something is.
#[derive(Clone, Debug)]
pub(crate) enum Place {
  File(PathBuf),
  Web(Url),
}

impl Place {
  /// What a user names: a path or a URL.
  ///
  /// # Errors
  ///
  /// When it is a URL of a scheme that is not served.
  pub(crate) fn named(text: &str) -> Result<Self, String> {
    // A drive's letter is no scheme.
    match Url::parse(text).ok().filter(|url| url.scheme().len() > 1) {
      None => Ok(Self::File(text.into())),
      Some(url) => match url.scheme() {
        "http" | "https" => Ok(Self::Web(url)),
        "file" => url.to_file_path().map(Self::File).map_err(|()| format!("{text} is no path")),
        scheme => Err(format!("{text}: {scheme} is none of file, http and https")),
      },
    }
  }

  /// What a manifest at this place names. One from the web names nothing on this machine.
  ///
  /// # Errors
  ///
  /// When it names what it must not.
  pub(crate) fn join(&self, text: &str) -> Result<Self, String> {
    match (self, Self::named(text)?) {
      (_, Self::Web(url)) => Ok(Self::Web(url)),
      (Self::File(manifest), Self::File(path)) => Ok(Self::File(manifest.parent().unwrap_or(Path::new("")).join(path))),
      (Self::Web(manifest), Self::File(_)) => match manifest.join(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self::Web(url)),
        _ => Err(format!("a manifest from the web names {text}, which is not there")),
      },
    }
  }

  /// All of it, if it is no longer than `most` bytes.
  ///
  /// # Errors
  ///
  /// Why it cannot be had.
  pub(crate) fn read(&self, most: u64) -> Result<Vec<u8>, String> {
    let bytes = match self {
      Self::File(path) => fs::File::open(path).map_err(|error| error.to_string()).and_then(|file| {
        let mut bytes = Vec::new();
        file.take(most + 1).read_to_end(&mut bytes).map(|_| bytes).map_err(|error| error.to_string())
      }),
      Self::Web(url) => download(url, most),
    };
    let bytes = bytes.map_err(|error| format!("cannot read {self}: {error}"))?;
    if bytes.len() as u64 > most { Err(format!("{self} is longer than {most} bytes")) } else { Ok(bytes) }
  }
}

impl std::fmt::Display for Place {
  fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    match self {
      Self::File(path) => path.display().fmt(f),
      Self::Web(url) => url.fmt(f),
    }
  }
}

/// The SHA-256 of what was read, in hexadecimal.
pub(crate) fn sha256_of(bytes: &[u8]) -> String {
  Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Outside of a runtime of tokio.
fn download(url: &Url, most: u64) -> Result<Vec<u8>, String> {
  let io = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
  io.block_on(plugbay::download(url.clone(), most)).map(Vec::from)
}

#[cfg(test)]
mod tests {
  use super::*;

  #[test]
  fn a_manifest_names_what_lies_beside_it() {
    let at = |manifest: &str, package: &str| {
      Place::named(manifest).and_then(|manifest| manifest.join(package)).map(|place| place.to_string())
    };
    assert_eq!(at("a/b.json", "c.tar.gz"), Ok("a/c.tar.gz".to_string()));
    assert_eq!(at("a/b.json", "https://example.com/c"), Ok("https://example.com/c".to_string()));
    assert_eq!(at("https://example.com/a/b.json", "c"), Ok("https://example.com/a/c".to_string()));
    for package in ["file:///etc/passwd", "ftp://example.com/c"] {
      assert!(at("https://example.com/a/b.json", package).is_err(), "{package}");
    }
  }
}
