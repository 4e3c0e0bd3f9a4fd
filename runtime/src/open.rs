//! `Deno.openPlugin`: finds the file, checks the grant, looks at the bytes and hands over to the kind of plugin they
//! are.

use std::fs::File;
use std::path::Path;
use std::path::PathBuf;

use deno_core::v8;
use deno_permissions::PermissionState;
use plugbay_core::GrantedBy;
use plugbay_core::Need;
use plugbay_core::OpFailure;
use plugbay_native::Library;
use plugbay_native::NativePlugin;
use plugbay_native::PluginError;
use plugbay_native::PrivateCopy;
use plugbay_ops::PluginLabel;
use plugin_handshake::file_kind::FileKind;
use v8_bridge::Exception;
use wasm_host::guest_bytes;
use wasm_host::load;
use wasm_host::load::Limits;
use wasm_host::system_paths::may_open;
use wasm_host::system_paths::special_tree;

use crate::host::Host;
use crate::host::Module;
use crate::integrity::Integrity;
use crate::invoke::Plugin;
use crate::native_services::services_of;

/// What a file turned out to be.
pub(crate) enum Opened<'s> {
  /// A native plugin, which is open.
  Native(Plugin),
  /// A WebAssembly module, compiled; `js/wasm/open.js` does the rest.
  Module(v8::Local<'s, v8::Object>),
}

/// A file that may be opened.
struct Found {
  file: PathBuf,
  is_module: bool,
}

/// Opens the plugin at `path`, a path relative to the working directory. Its ops become properties of `ops_object`.
/// `of_guests` names an option that the script passes and that means nothing to a native plugin.
///
/// # Errors
///
/// When it cannot be opened; nothing of it stays then.
pub(crate) fn open<'s>(
  scope: &mut v8::PinScope<'s, '_>,
  host: &Host,
  path: &str,
  ops_object: v8::Local<'s, v8::Object>,
  limits: Limits,
  integrity: &Integrity,
  of_guests: Option<String>,
) -> Result<Opened<'s>, Exception> {
  let path = Path::new(path);
  let Found { file, is_module } = find(host, path)?;
  if is_module {
    let Module { name, bytes } = read(&file, limits, integrity)?;
    return guest_bytes::load(scope, host, &name, bytes, limits).map(Opened::Module);
  }
  match of_guests {
    Some(option) => Err(PluginError::OptionOfGuests { path: path.to_owned(), option }.into()),
    None => open_native(host, &file, v8::Global::new(scope, ops_object), integrity).map(Opened::Native),
  }
}

/// Reads the WebAssembly module at `path`, a path relative to the working directory, for somebody who opens it later.
/// `of_guests` names an option that means nothing to a native plugin.
///
/// # Errors
///
/// When it may not be read, is no module, is too long or has another hash.
pub(crate) fn read_module(
  host: &Host,
  path: &str,
  limits: Limits,
  integrity: &Integrity,
  of_guests: &str,
) -> Result<Module, Exception> {
  let path = Path::new(path);
  let Found { file, is_module } = find(host, path)?;
  match is_module {
    true => Ok(read(&file, limits, integrity)?),
    false => Err(PluginError::OptionOfGuests { path: path.to_owned(), option: of_guests.to_string() }.into()),
  }
}

/// Finds the module or library at `path`, and looks whether it is granted.
fn find(host: &Host, path: &Path) -> Result<Found, PluginError> {
  let grant = Grant::of(host, path);
  let file = match resolve(path) {
    Ok(file) => file,
    // What is not there is only told to those who may look.
    Err(error) if grant.any() => return Err(error),
    Err(_) => return Err(grant.any_refusal(path)),
  };
  // The grant is for the file itself: a link does not lead out of it.
  let grant = Grant::of(host, &file);
  if !grant.any() {
    return Err(grant.any_refusal(path));
  }
  match FileKind::of(&file).map_err(|error| PluginError::from_io(&file, error))? {
    FileKind::Module if !grant.read => Err(grant.wasm_refusal(path)),
    FileKind::Other(found) => Err(PluginError::NotALibrary { path: path.to_owned(), found }),
    FileKind::Library if !grant.plugin => Err(grant.refusal(path)),
    FileKind::Module => Ok(Found { file, is_module: true }),
    FileKind::Library => Ok(Found { file, is_module: false }),
  }
}

fn open_native(
  host: &Host,
  file: &Path,
  ops_object: v8::Global<v8::Object>,
  integrity: &Integrity,
) -> Result<Plugin, Exception> {
  let source = File::open(file).map_err(|error| PluginError::from_io(file, error))?;
  let copy = PrivateCopy::new(file.file_name().unwrap_or_default(), &source).and_then(|copy| Ok((copy.bytes()?, copy)));
  let (bytes, copy) = copy
    .map_err(|error| PluginError::Load { path: file.to_owned(), message: format!("it cannot be copied: {error}") })?;
  integrity.check(&name_of_file(file), &bytes)?;
  // SAFETY: the grant says that the code of this file is trusted.
  let library = unsafe { Library::open(file, copy, &bytes) }?;
  drop(bytes);
  let (name, version) = (&library.handshake().name, library.handshake().version.clone());
  let name = if name.is_empty() { name_of_file(file) } else { name.clone() };
  let label = PluginLabel::new(&name);
  let plugin = NativePlugin::new(library, label.clone(), &host.as_native_host(), services_of(host));
  let rid = host.add_plugin(&label, ops_object);
  if let Err(failure) = plugin.initialise() {
    host.close_resource(rid)?;
    return Err(failure.into());
  }
  tracing::debug!(plugin = name, rid, ?file, "opened");
  Ok(Plugin { rid, runtime: host.mailbox.runtime, name, version })
}

fn read(file: &Path, limits: Limits, integrity: &Integrity) -> Result<Module, OpFailure> {
  let name = name_of_file(file);
  // Looked at before the file is read.
  let length = std::fs::metadata(file).map_or(0, |metadata| metadata.len());
  load::check_length(&name, length, limits)?;
  let bytes = std::fs::read(file).map_err(|error| PluginError::from_io(file, error))?;
  integrity.check(&name, &bytes)?;
  Ok(Module { name, bytes })
}

/// The file itself, by its absolute path without links.
pub(crate) fn resolve(path: &Path) -> Result<PathBuf, PluginError> {
  let file = std::fs::canonicalize(path).map_err(|error| PluginError::from_io(path, error))?;
  let metadata = std::fs::metadata(&file).map_err(|error| PluginError::from_io(path, error))?;
  if metadata.is_dir() {
    return Err(PluginError::IsADirectory { path: path.to_owned() });
  }
  // A pipe or a device: to open one may wait for ever.
  if !metadata.is_file() {
    let found = "neither a file nor a directory".to_string();
    return Err(PluginError::NotALibrary { path: path.to_owned(), found });
  }
  Ok(file)
}

/// `libhash.so` is called `hash`, `add.wasm` is called `add`.
fn name_of_file(file: &Path) -> String {
  let stem = file.file_stem().unwrap_or_default().to_string_lossy();
  let is_library = file.extension().is_some_and(|extension| extension == std::env::consts::DLL_EXTENSION);
  match stem.strip_prefix(std::env::consts::DLL_PREFIX) {
    Some(name) if is_library && !name.is_empty() => name.to_string(),
    _ => stem.into_owned(),
  }
}

/// What the program was granted for a file.
struct Grant {
  by: GrantedBy,
  read: bool,
  plugin: bool,
}

impl Grant {
  fn of(host: &Host, path: &Path) -> Self {
    let (permissions, by) = (host.permissions(), host.granted_by());
    // What file functions may not open is not told by the errors of this one.
    if special_tree(path).is_some() && !may_open(&permissions, path, false) {
      return Self { by, read: false, plugin: false };
    }
    let path = path.to_string_lossy();
    let granted = |state| matches!(state, Ok(PermissionState::Granted));
    let (read, plugin) = (permissions.query_read(Some(&path)), permissions.query_ffi(Some(&path)));
    Self { by, read: granted(read), plugin: granted(plugin) }
  }

  fn any(&self) -> bool {
    self.read || self.plugin
  }

  fn refusal(&self, path: &Path) -> PluginError {
    self.refused(path, "opening a native plugin needs leave to run its code", &[Need::Plugin])
  }

  /// When nothing may be known of the file, not even which kind of plugin it is, but by its name.
  fn any_refusal(&self, path: &Path) -> PluginError {
    if path.extension().is_some_and(|extension| extension == "wasm") {
      return self.wasm_refusal(path);
    }
    let reason = "a native plugin needs leave to run its code, a WebAssembly module leave to read its file";
    self.refused(path, reason, &[Need::Plugin, Need::Read])
  }

  fn wasm_refusal(&self, path: &Path) -> PluginError {
    self.refused(path, "opening a WebAssembly plugin needs leave to read its file", &[Need::Read])
  }

  fn refused(&self, path: &Path, reason: &'static str, needs: &[Need]) -> PluginError {
    let advice = self.by.advice(needs, &path.display().to_string());
    PluginError::Permission { path: path.to_owned(), reason, advice }
  }
}
