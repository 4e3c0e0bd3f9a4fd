//! A mapped library. It is unmapped when the last future, buffer, op and job of it is gone.
//!
//! Libraries of equal bytes are one: they share their code and their statics.

use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::Weak;

use plugin_abi as abi;
use plugin_handshake::Handshake;

use super::copy::PrivateCopy;
use crate::PluginError;

/// A plugin's library, with the functions the host calls.
pub struct Library {
  pub(crate) entry: abi::EntryFn,
  pub(crate) deinit: Option<abi::DeinitFn>,
  handshake: Handshake,
  /// Keeps the functions valid; dropped before its place.
  _mapped: Mapped,
  place: Arc<Place>,
}

/// Where the library of some bytes is, if it is mapped. Who opens it holds the lock until it is there.
struct Place {
  copy: Arc<PrivateCopy>,
  library: Mutex<Weak<Library>>,
}

/// The places of all libraries that are mapped. They are found by their bytes, of which two that differ seldom have the
/// same number: hashes would cost the first open of each more than this costs later ones.
static PLACES: Mutex<Vec<Arc<Place>>> = Mutex::new(Vec::new());
/// Copies that the loader keeps mapped though nobody has them open, as it does while a thread has destructors of theirs
/// to run.
static LEFT: Mutex<Vec<Arc<PrivateCopy>>> = Mutex::new(Vec::new());

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
  mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Library {
  /// The library of these bytes, which are those of `copy`, a copy of the file at `path`. If it is not there yet its
  /// constructors run.
  ///
  /// # Errors
  ///
  /// Why this host cannot run it; when the system's loader refuses it, with the loader's words.
  ///
  /// # Safety
  ///
  /// What the library does when it is loaded is up to it: native code is trusted, which is what `--allow-plugin`
  /// grants.
  pub unsafe fn open(path: &Path, copy: PrivateCopy, bytes: &[u8]) -> Result<Arc<Self>, PluginError> {
    let place = Place::of(copy, bytes);
    let result = {
      let mut library = lock(&place.library);
      match library.upgrade() {
        Some(library) => Ok(library),
        // SAFETY: the caller's promise.
        None => unsafe { Self::map(path, bytes, place.clone()) }.map(|mapped| {
          let mapped = Arc::new(mapped);
          *library = Arc::downgrade(&mapped);
          mapped
        }),
      }
    };
    Place::leave(&place);
    result
  }

  /// # Safety
  ///
  /// As [`Self::open`].
  unsafe fn map(path: &Path, bytes: &[u8], place: Arc<Place>) -> Result<Self, PluginError> {
    let handshake = plugin_handshake::read(bytes).map_err(|refusal| PluginError::from_handshake(path, refusal))?;
    // SAFETY: the caller's promise.
    let mapped = unsafe { Mapped::new(path, &handshake, place.copy.clone()) };
    let mapped = mapped.map_err(|message| PluginError::Load { path: path.to_owned(), message })?;
    // SAFETY: the symbols have these types in every library with a descriptor of an ABI that the handshake let pass.
    // The pointers are kept beside the library, which outlives them.
    let functions = unsafe {
      mapped.get::<abi::EntryFn>(handshake.entry_symbol).and_then(|entry| {
        let deinit = handshake.has_deinit.then(|| mapped.get::<abi::DeinitFn>(abi::DEINIT_SYMBOL)).transpose()?;
        Ok((entry, deinit))
      })
    };
    let (entry, deinit) = functions.map_err(|message| PluginError::Load { path: path.to_owned(), message })?;
    Ok(Self { entry, deinit, handshake, _mapped: mapped, place })
  }

  /// What its file says of itself.
  pub fn handshake(&self) -> &Handshake {
    &self.handshake
  }
}

impl Drop for Library {
  fn drop(&mut self) {
    Place::leave(&self.place);
  }
}

impl Place {
  /// The place of these bytes, which are those of `copy`.
  fn of(copy: PrivateCopy, bytes: &[u8]) -> Arc<Self> {
    let mut places = lock(&PLACES);
    if let Some(place) = places.iter().find(|place| place.copy.is_of(bytes)) {
      return place.clone();
    }
    let copy = Mapped::take_left(bytes).unwrap_or_else(|| Arc::new(copy));
    let place = Arc::new(Self { copy, library: Mutex::default() });
    places.push(place.clone());
    place
  }

  /// Forgets a place that has no library, if nobody else is there.
  fn leave(this: &Arc<Self>) {
    let mut places = lock(&PLACES);
    let has_library = this.library.try_lock().is_ok_and(|library| library.strong_count() > 0);
    // The table has it and who leaves.
    if !has_library && Arc::strong_count(this) <= 2 {
      places.retain(|place| !Arc::ptr_eq(place, this));
    }
  }
}

/// What the loader has mapped, and the copy that it has mapped.
struct Mapped {
  library: Option<libloading::Library>,
  copy: Arc<PrivateCopy>,
}

impl Mapped {
  /// # Errors
  ///
  /// The loader's words.
  ///
  /// # Safety
  ///
  /// As [`Library::open`].
  unsafe fn new(path: &Path, handshake: &Handshake, copy: Arc<PrivateCopy>) -> Result<Self, String> {
    // SAFETY: the caller's promise.
    let library = unsafe { open_now(path, handshake, &copy) };
    // The loader knows the copy only, the user the file only.
    let place = copy.path().to_string_lossy().into_owned();
    let library = library.map_err(|message| message.replace(&place, &path.to_string_lossy()))?;
    Ok(Self { library: Some(library), copy })
  }

  /// # Safety
  ///
  /// The library's symbol of that name has this type.
  unsafe fn get<T: Copy>(&self, symbol: &str) -> Result<T, String> {
    let library = self.library.as_ref().expect("it is there until it is dropped");
    // SAFETY: the caller's promise.
    unsafe { library.get::<T>(symbol.as_bytes()) }.map(|symbol| *symbol).map_err(|error| error.to_string())
  }

  /// The copy of those bytes that is mapped still, to be opened again.
  fn take_left(bytes: &[u8]) -> Option<Arc<PrivateCopy>> {
    let mut left = lock(&LEFT);
    let index = left.iter().position(|copy| copy.is_of(bytes))?;
    Some(left.swap_remove(index))
  }
}

impl Drop for Mapped {
  fn drop(&mut self) {
    // Nothing is locked: this may run the library's destructors.
    drop(self.library.take());
    // A copy that stays mapped has its path for as long: the loader would take another one with that path for it.
    let mut left = std::mem::take(&mut *lock(&LEFT));
    left.push(self.copy.clone());
    left.retain(|copy| is_mapped(copy));
    lock(&LEFT).append(&mut left);
  }
}

/// # Safety
///
/// As [`Library::open`].
#[cfg(unix)]
unsafe fn open_now(path: &Path, handshake: &Handshake, copy: &PrivateCopy) -> Result<libloading::Library, String> {
  use libloading::os::unix;

  use super::beside;

  // SAFETY: the caller's promise.
  let beside = unsafe { beside::open_beside(path, handshake) }?;
  // All symbols are resolved now, so that one that is missing is an error here and not the end of the process later.
  // SAFETY: the caller's promise.
  let library = unsafe { unix::Library::open(Some(copy.path()), unix::RTLD_NOW | unix::RTLD_LOCAL) };
  drop(beside);
  Ok(library.map_err(|error| format!("{error}{}", beside::hint(path, handshake)))?.into())
}

/// Whether the loader has it mapped.
#[cfg(unix)]
fn is_mapped(copy: &PrivateCopy) -> bool {
  use libloading::os::unix;
  // SAFETY: nothing is loaded that is not there.
  unsafe { unix::Library::open(Some(copy.path()), unix::RTLD_LAZY | libc::RTLD_NOLOAD) }.is_ok()
}

/// # Safety
///
/// As [`Library::open`].
#[cfg(windows)]
unsafe fn open_now(_: &Path, _: &Handshake, copy: &PrivateCopy) -> Result<libloading::Library, String> {
  // SAFETY: the caller's promise.
  unsafe { libloading::Library::new(copy.path()) }.map_err(|error| error.to_string())
}

#[cfg(windows)]
fn is_mapped(_: &PrivateCopy) -> bool {
  false
}
