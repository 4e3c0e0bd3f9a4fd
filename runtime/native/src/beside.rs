//! Libraries that a plugin finds by `$ORIGIN`, the folder that its file is in. What is loaded is a copy, which is in
//! none: they are opened before it, and the loader then knows them by their names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::path::PathBuf;

use libloading::os::unix::Library;
use libloading::os::unix::RTLD_LOCAL;
use libloading::os::unix::RTLD_NOW;
use plugin_handshake::Handshake;

/// Opens the libraries that the one at `path` finds by `$ORIGIN`. They may be closed when it is open.
///
/// # Errors
///
/// What the loader says of the first that it refuses; what it needs and cannot be found so.
///
/// # Safety
///
/// The library's code is trusted, and so is what it names.
pub(super) unsafe fn open_beside(path: &Path, handshake: &Handshake) -> Result<Vec<Library>, String> {
  let origin = path.parent().unwrap_or(Path::new("/"));
  let mut opened = Vec::new();
  for name in &handshake.needs {
    if expand(name, origin).is_some() {
      let name = String::from_utf8_lossy(name);
      return Err(format!(
        "it needs {name}, a path from its own folder, and is loaded from a copy that is in none; link it to the name alone, with -Wl,-rpath,'$ORIGIN'"
      ));
    }
    if let Some(found) = find(name, &handshake.search_path, origin) {
      // SAFETY: the caller's promise.
      let library = unsafe { Library::open(Some(&found), RTLD_NOW | RTLD_LOCAL) };
      opened.push(library.map_err(|error| error.to_string())?);
    }
  }
  Ok(opened)
}

/// What to add to the words of the loader when it does not find a library.
pub(super) fn hint(path: &Path, handshake: &Handshake) -> String {
  let origin = path.parent().unwrap_or(Path::new("/"));
  match folders(&handshake.search_path).any(|folder| expand(folder, origin).is_some()) {
    true => format!(
      " (the folder {} stands for $ORIGIN; a library in it is found if it has its file's name as its soname)",
      origin.display()
    ),
    false => String::new(),
  }
}

/// Where the loader would find a library by `$ORIGIN`; not where it finds it elsewhere before.
fn find(name: &[u8], search_path: &[u8], origin: &Path) -> Option<PathBuf> {
  if name.contains(&b'/') {
    return None;
  }
  folders(search_path).find_map(|folder| {
    let expanded = expand(folder, origin);
    let place = expanded.clone().unwrap_or_else(|| PathBuf::from(OsStr::from_bytes(folder)));
    let file = place.join(OsStr::from_bytes(name));
    file.exists().then_some(expanded.map(|_| file))
  })?
}

fn folders(search_path: &[u8]) -> impl Iterator<Item = &[u8]> {
  search_path.split(|byte| *byte == b':').filter(|folder| !folder.is_empty())
}

/// The path with the folder in place of `$ORIGIN`; `None` when that does not occur.
fn expand(path: &[u8], origin: &Path) -> Option<PathBuf> {
  let (start, length) = ["${ORIGIN}", "$ORIGIN"].iter().find_map(|token| {
    let start = path.windows(token.len()).position(|window| window == token.as_bytes())?;
    Some((start, token.len()))
  })?;
  let parts = [&path[..start], origin.as_os_str().as_bytes(), &path[start + length..]];
  Some(PathBuf::from(OsStr::from_bytes(&parts.concat())))
}
