//! Plugins by ids of the program's choice.

use std::path::Path;

use plugbay_services::Granted;

use crate::error::Error;
use crate::invoke::Plugin;
use crate::runtime::Runtime;

/// The plugins of a runtime that have ids, which are opened, replaced and closed while it runs: the same that scripts
/// have as `Deno.plugins`.
pub struct Plugins<'r> {
  runtime: &'r mut Runtime,
}

impl Runtime {
  /// The plugins that have ids: the same that scripts have as `Deno.plugins`.
  pub fn plugins(&mut self) -> Plugins<'_> {
    Plugins { runtime: self }
  }
}

impl Plugins<'_> {
  /// Opens the plugin at `path` under an id.
  ///
  /// # Errors
  ///
  /// When the id is taken (`ERR_PLUGIN_ID`), and as [`Runtime::open`].
  pub fn open(&mut self, id: &str, path: impl AsRef<Path>) -> Result<Plugin, Error> {
    let opened = self.runtime.manage("openAs", &path.as_ref().to_string_lossy(), id)?;
    Ok(opened.expect("what was opened is a plugin"))
  }

  /// Opens the component at `path` under an id, with what it was granted of the services of its app, as the interfaces
  /// that Spin and WASI have for these. It answers each call with a fresh instance.
  ///
  /// # Errors
  ///
  /// As [`Plugins::open`].
  pub fn open_component(&mut self, id: &str, path: impl AsRef<Path>, granted: Granted) -> Result<Plugin, Error> {
    let opened = self.runtime.open_granted(&path.as_ref().to_string_lossy(), id, granted)?;
    Ok(opened.expect("what was opened is a plugin"))
  }

  /// Opens the plugin at `path` and closes the one that has the id. If the new one cannot be opened, the old one stays.
  /// Calls of the old one that are under way go on if it is native; those of a guest are rejected.
  ///
  /// # Errors
  ///
  /// When there is no plugin with the id (`ERR_PLUGIN_ID`), and as [`Runtime::open`].
  pub fn replace(&mut self, id: &str, path: impl AsRef<Path>) -> Result<Plugin, Error> {
    let opened = self.runtime.manage("replace", &path.as_ref().to_string_lossy(), id)?;
    Ok(opened.expect("what was opened is a plugin"))
  }

  /// The plugin with that id, if there is one.
  ///
  /// # Errors
  ///
  /// [`Error::HeapLimit`].
  pub fn get(&mut self, id: &str) -> Result<Option<Plugin>, Error> {
    self.runtime.manage("get", "", id)
  }

  /// Closes the plugin with that id.
  ///
  /// # Errors
  ///
  /// When there is none (`ERR_PLUGIN_ID`); [`Error::HeapLimit`].
  pub fn close(&mut self, id: &str) -> Result<(), Error> {
    self.runtime.manage("close", "", id).map(drop)
  }
}
