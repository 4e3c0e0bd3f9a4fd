//! A mapped library. It is unmapped when the last future, buffer, op and job of it is gone.

use std::collections::BTreeMap;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::PoisonError;

use plugin_abi as abi;

use super::handshake::Handshake;
use crate::plugin_error::PluginError;

/// A plugin's library, with the functions the host calls.
pub(crate) struct Library {
  pub(crate) entry: abi::EntryFn,
  pub(crate) deinit: Option<abi::DeinitFn>,
  /// Keeps the above valid; closes the library when it is dropped.
  _library: libloading::Library,
}

impl Library {
  /// Maps the library at `path`; its constructors run.
  ///
  /// # Errors
  ///
  /// When the system's loader refuses it, with the loader's words.
  ///
  /// # Safety
  ///
  /// `handshake` was read from this file, so that it is a plugin of an ABI that this host speaks. What the library does
  /// when it is loaded is up to it: native code is trusted, which is what `--allow-plugin` grants.
  pub(crate) unsafe fn open(path: &Path, handshake: &Handshake) -> Result<Self, PluginError> {
    let load = |error: libloading::Error| PluginError::Load { path: path.to_owned(), message: error.to_string() };
    // SAFETY: the caller's promise.
    let library = unsafe { open_now(path) }.map_err(load)?;
    // SAFETY: the symbols have these types in every library with a descriptor of an ABI that the handshake let pass.
    // The pointers are kept beside the library, which outlives them.
    unsafe {
      let entry = *library.get::<abi::EntryFn>(handshake.entry_symbol.as_bytes()).map_err(load)?;
      let deinit = match handshake.has_deinit {
        true => Some(*library.get::<abi::DeinitFn>(abi::DEINIT_SYMBOL.as_bytes()).map_err(load)?),
        false => None,
      };
      Ok(Self { entry, deinit, _library: library })
    }
  }
}

/// # Safety
///
/// As [`Library::open`].
#[cfg(unix)]
unsafe fn open_now(path: &Path) -> Result<libloading::Library, libloading::Error> {
  use libloading::os::unix;
  // All symbols are resolved now, so that one that is missing is an error here and not the end of the process later.
  // SAFETY: the caller's promise.
  Ok(unsafe { unix::Library::open(Some(spelling(path)), unix::RTLD_NOW | unix::RTLD_LOCAL) }?.into())
}

/// A spelling of the path that the loader has only seen for the file that is there now. It compares paths before files:
/// while a library is mapped, its path gives it again, though the plugin was built anew meanwhile.
#[cfg(unix)]
fn spelling(path: &Path) -> PathBuf {
  use std::os::unix::fs::MetadataExt;

  /// For each path how many files it has led to, and the device and number of the last.
  static FILES: Mutex<BTreeMap<PathBuf, (usize, u64, u64)>> = Mutex::new(BTreeMap::new());

  let (Ok(metadata), Some(folder), Some(name)) = (std::fs::metadata(path), path.parent(), path.file_name()) else {
    return path.to_owned();
  };
  let (device, number) = (metadata.dev(), metadata.ino());
  let mut files = FILES.lock().unwrap_or_else(PoisonError::into_inner);
  let last = files.entry(path.to_owned()).or_insert((0, device, number));
  if (last.1, last.2) != (device, number) {
    *last = (last.0 + 1, device, number);
  }
  folder.join("./".repeat(last.0)).join(name)
}

/// # Safety
///
/// As [`Library::open`].
#[cfg(windows)]
unsafe fn open_now(path: &Path) -> Result<libloading::Library, libloading::Error> {
  // SAFETY: the caller's promise.
  unsafe { libloading::Library::new(path) }
}
