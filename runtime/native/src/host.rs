//! What native plugins ask of the runtime that has opened them.

use std::rc::Rc;

use plugbay_core::OpFailure;
use plugbay_ops::OpId;
use plugbay_ops::OpTarget;
use plugbay_ops::PluginLabel;
use plugbay_ops::ResourceId;

use super::resource::PluginResource;

/// The host of native plugins, on its thread.
pub trait NativeHost {
  /// Puts an op of an open plugin into the table.
  ///
  /// # Errors
  ///
  /// When the name is taken or is none, and when the plugin is closed.
  fn register_op(&self, name: &str, plugin: &Rc<PluginLabel>, op: Rc<dyn OpTarget>) -> Result<OpId, OpFailure>;

  /// Adds a resource of a plugin. `None` when the plugin is closed; `resource` is not called then.
  fn add_resource(&self, plugin: ResourceId, resource: &mut dyn FnMut() -> Rc<PluginResource>) -> Option<ResourceId>;

  /// The resource of a number, if a native plugin added it.
  fn resource(&self, rid: ResourceId) -> Option<Rc<PluginResource>>;

  /// Closes a resource of any kind; `false` when there is none.
  fn close_resource(&self, rid: ResourceId) -> bool;

  /// Where plugins' jobs run that may block.
  fn tokio(&self) -> &tokio::runtime::Handle;
}
