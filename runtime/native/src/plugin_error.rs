//! Why a plugin was not opened. One variant for each step that can fail; every one has a class and a stable code.

use std::io;
use std::path::Path;
use std::path::PathBuf;

use plugbay_core::ErrorCode;
use plugbay_core::OpFailure;
use plugin_handshake::Refusal;

/// Why `Deno.openPlugin` failed before the plugin's own code ran.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what each is")]
pub enum PluginError {
  #[error("cannot open plugin {}: there is no such file; build the plugin first and check the path", shown(path))]
  NotFound { path: PathBuf },
  #[error("cannot open plugin {}: it is a directory; name the library or the .wasm file in it", shown(path))]
  IsADirectory { path: PathBuf },
  #[error("cannot read plugin {}: {source}", shown(path))]
  Read { path: PathBuf, source: io::Error },
  #[error("cannot open plugin {path:?}: {reason}; {advice}")]
  Permission { path: PathBuf, reason: &'static str, advice: String },
  #[error(
    "cannot open plugin {}: it is {found}; a plugin is a dynamic library of this system or a WebAssembly module",
    shown(path)
  )]
  NotALibrary { path: PathBuf, found: String },
  #[error(
    "cannot open plugin {path:?}: it is {found}, and this host runs on {wanted}; build the plugin for this target"
  )]
  WrongTarget { path: PathBuf, found: String, wanted: String },
  #[error(
    "cannot open plugin {path:?}: the library does not export deno_plugin_init; define `#[unsafe(no_mangle)] pub fn deno_plugin_init(interface: &mut dyn Interface)` in it, or in C the function of plugbay.h"
  )]
  NoInit { path: PathBuf },
  #[error(
    "cannot open plugin {path:?}: it was built for another plugin API: it exports deno_plugin_init but no PLUGBAY_PLUGIN_ABI; build it against plugbay's plugin_api, which compiles the sources of Deno 1.1 to 1.8 plugins"
  )]
  NoAbi { path: PathBuf },
  #[error(
    "cannot open plugin {path:?}: {found}; {wanted}; build the plugin against this version of plugin_api or run it on its own version of plugbay"
  )]
  AbiMismatch { path: PathBuf, found: String, wanted: String },
  #[error(
    "cannot open plugin {path:?}: it is native, and {option} is for WebAssembly plugins; leave it out, or open the plugin's .wasm file"
  )]
  OptionOfGuests { path: PathBuf, option: String },
  #[error(
    "cannot load plugin {path:?}: {message}; the file is a plugin, but the system's loader refused it{}",
    advice_on(message)
  )]
  Load { path: PathBuf, message: String },
}

/// What can be done where the loader misses a function of V8's, as plugins of 2020 declare them.
fn advice_on(message: &str) -> &'static str {
  match message.contains("undefined symbol: v8__") {
    true => {
      ". V8's functions are the runtime's own: a script finds the version in Deno.version.v8, and what its heap holds in Deno.memoryUsage(), and passes them on"
    }
    false => "",
  }
}

impl PluginError {
  /// Why a file could not be looked at.
  pub fn from_io(path: &Path, error: io::Error) -> Self {
    match error.kind() {
      io::ErrorKind::NotFound => Self::NotFound { path: path.to_owned() },
      io::ErrorKind::IsADirectory => Self::IsADirectory { path: path.to_owned() },
      _ => Self::Read { path: path.to_owned(), source: error },
    }
  }

  /// Why the handshake refused the library at `path`.
  pub fn from_handshake(path: &Path, refusal: Refusal) -> Self {
    let path = path.to_owned();
    match refusal {
      Refusal::NotALibrary { found } => Self::NotALibrary { path, found },
      Refusal::WrongTarget { found, wanted } => Self::WrongTarget { path, found, wanted },
      Refusal::NoInit => Self::NoInit { path },
      Refusal::NoAbi => Self::NoAbi { path },
      Refusal::AbiMismatch { found, wanted } => Self::AbiMismatch { path, found, wanted },
    }
  }

  fn code(&self) -> ErrorCode {
    match self {
      Self::NotFound { .. } => ErrorCode::PluginNotFound,
      Self::IsADirectory { .. } => ErrorCode::PluginIsDirectory,
      Self::Read { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => ErrorCode::PluginReadDenied,
      Self::Read { .. } => ErrorCode::PluginRead,
      Self::Permission { .. } => ErrorCode::PluginPermission,
      Self::OptionOfGuests { .. } => ErrorCode::PluginOptions,
      Self::NotALibrary { .. } => ErrorCode::PluginNotALibrary,
      Self::WrongTarget { .. } => ErrorCode::PluginWrongTarget,
      Self::NoInit { .. } => ErrorCode::PluginNoInit,
      Self::NoAbi { .. } => ErrorCode::PluginNoAbi,
      Self::AbiMismatch { .. } => ErrorCode::AbiNewer,
      Self::Load { .. } => ErrorCode::PluginLoad,
    }
  }
}

/// A path, and where a relative one begins.
fn shown(path: &Path) -> String {
  match std::env::current_dir() {
    Ok(folder) if path.is_relative() => format!("{path:?} in {folder:?}"),
    _ => format!("{path:?}"),
  }
}

impl From<PluginError> for OpFailure {
  fn from(error: PluginError) -> Self {
    OpFailure::new(error.code(), error.to_string())
  }
}
