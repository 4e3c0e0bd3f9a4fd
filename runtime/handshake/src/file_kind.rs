//! What a file is by its first bytes: a WebAssembly module, a library, or something that was taken for one of them.

use std::fs::File;
use std::io;
use std::io::Read;
use std::path::Path;

/// So many bytes are looked at.
pub const START: u64 = 512;

/// What to do with a file.
pub enum FileKind {
  /// A WebAssembly module.
  Module,
  /// In a format of libraries and programs, of this system or another.
  Library,
  /// Neither: what it is, for people.
  Other(String),
}

impl FileKind {
  /// # Errors
  ///
  /// When the file cannot be read.
  pub fn of(file: &Path) -> io::Result<Self> {
    let file = File::open(file)?;
    let length = file.metadata()?.len();
    let mut start = Vec::new();
    file.take(START).read_to_end(&mut start)?;
    Ok(match () {
      () if start.starts_with(b"\0asm") => Self::Module,
      () if LIBRARIES.iter().any(|magic| start.starts_with(magic)) => Self::Library,
      () => Self::Other(describe(&start, length)),
    })
  }
}

/// How libraries and programs begin: ELF, PE, Mach-O and archives.
const LIBRARIES: &[&[u8]] = &[
  b"\x7fELF",
  b"MZ",
  b"\xfe\xed\xfa\xce",
  b"\xfe\xed\xfa\xcf",
  b"\xce\xfa\xed\xfe",
  b"\xcf\xfa\xed\xfe",
  b"\xca\xfe\xba\xbe",
];

/// Formats that files of plugins come in, and pages that servers send in place of a file.
const KNOWN: &[(&[u8], &str)] = &[
  (b"\x1f\x8b", "compressed by gzip: unpack it first"),
  (b"\x28\xb5\x2f\xfd", "compressed by zstd: unpack it first"),
  (b"\xfd7zXZ\0", "compressed by xz: unpack it first"),
  (b"BZh", "compressed by bzip2: unpack it first"),
  (b"PK\x03\x04", "a zip archive: unpack it first"),
  (b"version https://git-lfs", "a pointer of Git LFS in place of the file: get the file by `git lfs pull`"),
  (b"(module", "the text of a WebAssembly module: make a module of it by `wat2wasm` or `wasm-tools parse`"),
  (b"(component", "the text of a WebAssembly component"),
  (b"<!doctype", "an HTML page, such as servers send in place of a file: get the file again"),
  (b"<html", "an HTML page, such as servers send in place of a file: get the file again"),
  (b"!<arch>\n", "a static library: build it with crate-type = [\"cdylib\"]"),
  (b"<?xml", "an XML document, such as servers send in place of a file: get the file again"),
];

/// What a file of `length` bytes is that begins with `start` and is neither a module nor a library.
pub fn describe(start: &[u8], length: u64) -> String {
  if length == 0 {
    return "an empty file".to_string();
  }
  let trimmed = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
  let begins_with = |magic: &[u8]| trimmed.len() >= magic.len() && trimmed[..magic.len()].eq_ignore_ascii_case(magic);
  if let Some((_, what)) = KNOWN.iter().find(|(magic, _)| begins_with(magic)) {
    return (*what).to_string();
  }
  let start = &start[..start.len().min(16)];
  if start.iter().all(|byte| (0x20..0x7f).contains(byte) || byte.is_ascii_whitespace()) {
    format!("text that begins with {:?}", String::from_utf8_lossy(start))
  } else {
    format!("{length} bytes that begin with {start:02x?}")
  }
}

#[cfg(test)]
mod tests {
  use super::describe;

  #[test]
  fn what_is_taken_for_a_plugin_is_told_apart() {
    for (start, told) in [
      (&b"\x1f\x8b\x08\0\0asm"[..], "gzip"),
      (b"version https://git-lfs.github.com/spec/v1\noid sha256:", "Git LFS"),
      (b"\n  <!DOCTYPE html><title>404", "HTML"),
      (b"\xef\xbb\xbf<HTML>", "HTML"),
      (b"!<arch>\n/   ", "a static library"),
      (b"(module (func))", "text of a WebAssembly module"),
      (b"export const a = 1;", "text that begins with \"export const a =\""),
      (b"\xff\xfe", "bytes that begin with"),
    ] {
      let description = describe(start, start.len() as u64);
      assert!(description.contains(told), "{description:?} has no {told:?}");
    }
    assert_eq!(describe(b"", 0), "an empty file");
  }
}
