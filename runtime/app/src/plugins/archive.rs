//! Archives of plugins.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Component;
use std::path::Path;

use flate2::read::GzDecoder;
use tar::Archive;
use tar::EntryType;

/// What an archive may hold, unpacked.
const MAX_BYTES: u64 = 1 << 30;
/// How many files and folders it may have.
const MAX_ENTRIES: usize = 10_000;

/// Unpacks a tar.gz into a folder. Only files and folders come out of it, and none outside of the folder.
///
/// # Errors
///
/// When it is none, or has something else; what is in the folder then is of no use.
pub(crate) fn unpack(archive: &[u8], folder: &Path) -> Result<(), String> {
  let no_archive = |error: io::Error| format!("the package is no tar.gz: {error}");
  let mut left = MAX_BYTES;
  // One byte more, to know that there is more.
  let mut archive = Archive::new(GzDecoder::new(archive).take(MAX_BYTES + 1));
  for (number, entry) in archive.entries().map_err(no_archive)?.enumerate() {
    let mut entry = entry.map_err(no_archive)?;
    let path = entry.path().map_err(no_archive)?.into_owned();
    let fault = |why: &str| format!("the package has {}, {why}", path.display());
    if number >= MAX_ENTRIES {
      return Err(format!("the package has more than {MAX_ENTRIES} files"));
    }
    if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
      return Err(fault("which leads out of its folder"));
    }
    let to = folder.join(&path);
    let failed = |error: io::Error| format!("cannot write {}: {error}", to.display());
    match entry.header().entry_type() {
      EntryType::Directory => fs::create_dir_all(&to).map_err(failed)?,
      EntryType::Regular | EntryType::Continuous => {
        fs::create_dir_all(to.parent().unwrap_or(folder)).map_err(failed)?;
        left = left.checked_sub(entry.size()).ok_or_else(|| fault("with which it is too large"))?;
        let is_program = entry.header().mode().map_err(no_archive)? & 0o100 != 0;
        // Nothing is written twice, and so nothing through a link.
        let mode = if is_program { 0o755 } else { 0o644 };
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&to).map_err(failed)?;
        io::copy(&mut entry, &mut file).map_err(failed)?;
      }
      _ => return Err(fault("which is neither a file nor a folder")),
    }
  }
  Ok(())
}

#[cfg(test)]
mod tests {
  use flate2::Compression;
  use flate2::write::GzEncoder;
  use tar::Builder;
  use tar::Header;

  use super::*;

  fn header(path: &str, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    // As hostile archives have it: `set_path` refuses what leads out.
    header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o4755);
    header.set_cksum();
    header
  }

  fn unpacked(headers: &[Header]) -> Result<tempfile::TempDir, String> {
    let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for header in headers {
      builder.append(header, &b"text"[..header.size().expect("it has one") as usize]).expect("it can be written");
    }
    let bytes = builder.into_inner().and_then(GzEncoder::finish).expect("it can be written");
    let folder = tempfile::tempdir().expect("a folder can be made");
    unpack(&bytes, &folder.path().join("in")).map(|()| folder)
  }

  #[test]
  fn files_and_folders_come_out() {
    let headers = [header("./a", EntryType::Directory, 0), header("a/b", EntryType::Regular, 4)];
    let folder = unpacked(&headers).expect("it is one");
    assert_eq!(fs::read(folder.path().join("in/a/b")).expect("it is there"), b"text");
  }

  #[test]
  fn nothing_else_does() {
    for (path, told) in [("../a", "leads out"), ("/a", "leads out"), ("a/../../b", "leads out")] {
      let why = unpacked(&[header(path, EntryType::Regular, 4)]).expect_err("it is bad");
      assert!(why.contains(told), "{path}: {why}");
    }
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Fifo] {
      let why = unpacked(&[header("a", kind, 0)]).expect_err("it is bad");
      assert!(why.contains("neither a file nor a folder"), "{why}");
    }
    let twice = header("a", EntryType::Regular, 4);
    assert!(unpacked(&[twice.clone(), twice]).is_err());
    assert!(unpack(b"nothing", Path::new("nowhere")).expect_err("it is none").contains("no tar.gz"));
  }

  #[test]
  fn what_is_too_large_is_refused() {
    // It says so, and has nothing of it.
    let mut tar = header("a", EntryType::Regular, MAX_BYTES + 1).as_bytes().to_vec();
    tar.extend([0; 512]);
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    io::Write::write_all(&mut gzip, &tar).expect("it can be written");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let why = unpack(&gzip.finish().expect("it can be written"), folder.path()).expect_err("it is too large");
    assert!(why.contains("too large"), "{why}");
  }
}
