//! Values of a plugin that a script holds by number.

use std::any::Any;
use std::ffi::c_void;
use std::rc::Rc;

/// A resource that a plugin added. When it is dropped its data is given back to the plugin.
pub struct PluginResource {
  pub(super) name: String,
  /// The plugin's number.
  pub(super) instance: u64,
  pub(super) data: *mut c_void,
  pub(super) drop: Option<unsafe extern "C" fn(*mut c_void)>,
  /// Keeps the library mapped; dropped last.
  pub(super) _plugin: Rc<dyn Any>,
}

impl PluginResource {
  /// What `Deno.resources()` calls it.
  pub fn name(&self) -> &str {
    &self.name
  }
}

impl Drop for PluginResource {
  fn drop(&mut self) {
    if let Some(drop) = self.drop {
      // SAFETY: the data is live, and is given up here; the library is still mapped.
      unsafe { drop(self.data) };
    }
  }
}
